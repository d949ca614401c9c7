// Cameras and their analytics: Frigate and UniFi Protect.
// Journey: here -> plugins/camera/parse.cc
#include "plugins/camera/parse.h"

namespace fusiond::camera {
namespace {

class Camera final : public sdk::Source {
 public:
  explicit Camera(Options options) : options_(std::move(options)), session_(options_) {}

  static std::expected<std::unique_ptr<Camera>, std::string> make(std::string_view settings_json) {
    auto options = read_options(settings_json);
    if (!options) {
      return std::unexpected(std::move(options.error()));
    }
    return std::make_unique<Camera>(std::move(*options));
  }
  void parse(const sdk::Delivery& delivery, sdk::Emitter& out) override {
    camera::parse(options_, session_, delivery, out);
  }

 private:
  Options options_;
  Session session_;
};

}  // namespace
}  // namespace fusiond::camera

FUSIOND_PLUGIN("camera", "1.0.0", fusiond::camera::Camera)
