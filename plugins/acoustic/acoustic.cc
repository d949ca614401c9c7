// Acoustic gunshot detection: alerts as a vendor's gateway pushes them, or as cities publish them.
// Journey: here -> plugins/acoustic/parse.cc
#include "plugins/acoustic/parse.h"

namespace fusiond::acoustic {
namespace {

class Acoustic final : public sdk::Source {
 public:
  explicit Acoustic(Options options) : options_(std::move(options)) {}

  static std::expected<std::unique_ptr<Acoustic>, std::string> make(
      std::string_view settings_json) {
    auto options = read_options(settings_json);
    if (!options) {
      return std::unexpected(std::move(options.error()));
    }
    return std::make_unique<Acoustic>(std::move(*options));
  }
  void parse(const sdk::Delivery& delivery, sdk::Emitter& out) override {
    acoustic::parse(options_, parser_, delivery, out);
  }

 private:
  Options options_;
  simdjson::dom::parser parser_;
};

}  // namespace
}  // namespace fusiond::acoustic

FUSIOND_PLUGIN("acoustic", "1.0.0", fusiond::acoustic::Acoustic)
