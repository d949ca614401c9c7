// Public posts that name a place and something happening there: Bluesky and Mastodon.
// Journey: here -> plugins/social/parse.cc
#include "plugins/social/parse.h"

namespace fusiond::social {
namespace {

class Social final : public sdk::Source {
 public:
  explicit Social(Options options) : options_(std::move(options)) {}

  static std::expected<std::unique_ptr<Social>, std::string> make(std::string_view settings_json) {
    auto options = read_options(settings_json);
    if (!options) {
      return std::unexpected(std::move(options.error()));
    }
    return std::make_unique<Social>(std::move(*options));
  }
  void parse(const sdk::Delivery& delivery, sdk::Emitter& out) override {
    social::parse(options_, session_, delivery, out);
  }

 private:
  Options options_;
  Session session_;
};

}  // namespace
}  // namespace fusiond::social

FUSIOND_PLUGIN("social", "1.0.0", fusiond::social::Social)
