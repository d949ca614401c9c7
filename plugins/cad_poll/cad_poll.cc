// Open-data computer-aided dispatch: a city's calls as JSON rows or GeoJSON, polled whole again and
// again. Journey: here -> plugins/cad_poll/parse.cc
#include "plugins/cad_poll/parse.h"

namespace fusiond::cad_poll {
namespace {

class CadPoll final : public sdk::Source {
 public:
  explicit CadPoll(Options options) : options_(std::move(options)) {}

  static std::expected<std::unique_ptr<CadPoll>, std::string> make(std::string_view settings_json) {
    auto options = read_options(settings_json);
    if (!options) {
      return std::unexpected(std::move(options.error()));
    }
    return std::make_unique<CadPoll>(std::move(*options));
  }
  void parse(const sdk::Delivery& delivery, sdk::Emitter& out) override {
    cad_poll::parse(options_, parser_, delivery, out);
  }

 private:
  Options options_;
  simdjson::dom::parser parser_;
};

}  // namespace
}  // namespace fusiond::cad_poll

FUSIOND_PLUGIN("cad_poll", "1.0.0", fusiond::cad_poll::CadPoll)
