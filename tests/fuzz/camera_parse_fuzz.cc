// Any bytes as a delivery to camera, under each of its samples' settings.
#include <array>
#include <vector>

#include "plugins/camera/parse.h"
#include "tests/fuzz/plugin_parse_fuzz.h"

namespace {

constexpr std::array<std::string_view, 2> kSettings = {
    R"({})",
    R"({"labels": ["person"], "speed_unit": "kph", "frame_width_px": 640, "frame_height_px": 360, )"
    R"("base_url": "http://nvr.example.org:5000"})"};

std::vector<fusiond::camera::Options> read_all() {
  std::vector<fusiond::camera::Options> out;
  for (const auto settings : kSettings) {
    auto options = fusiond::camera::read_options(settings);
    FUSIOND_CHECK(options.has_value(), "the settings of the samples are good");
    out.push_back(std::move(*options));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fusiond;
  static const auto options = read_all();
  fuzz::run(data, size, kSettings,
            [](std::size_t choice, const sdk::Delivery& delivery, sdk::Emitter& out) {
              camera::Session session(options[choice]);
              camera::parse(options[choice], session, delivery, out);
            });
  return 0;
}
