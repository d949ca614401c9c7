// Any bytes as a delivery to acoustic, under each of its samples' settings.
#include <array>
#include <vector>

#include "plugins/acoustic/parse.h"
#include "tests/fuzz/plugin_parse_fuzz.h"

namespace {

constexpr std::array<std::string_view, 5> kSettings = {
    R"({"time_zone": "America/St_Johns"})", R"({"time_zone": "America/St_Johns", "radius_m": 25})",
    R"({"time_zone": "America/St_Johns", "default_state": "confirmed"})",
    R"({"time_zone": "America/St_Johns", "id_parts": ["date", "time_range", "lat", "lon", "type"]})",
    R"({"time_zone": "America/St_Johns", "time_format": "epoch_s", "types": {"GUN-M": "multiple"}, )"
    R"("states": {"VER": "confirmed"}, "fields": {"id": "/msg/ref", "occurred": "/msg/at", )"
    R"("type": "/msg/what", "rounds": "/msg/n", "lat": "/pos/y", "lon": "/pos/x", )"
    R"("radius_m": "/pos/err", "state": "/phase"}})"};

std::vector<fusiond::acoustic::Options> read_all() {
  std::vector<fusiond::acoustic::Options> out;
  for (const auto settings : kSettings) {
    auto options = fusiond::acoustic::read_options(settings);
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
              simdjson::dom::parser parser;
              acoustic::parse(options[choice], parser, delivery, out);
            });
  return 0;
}
