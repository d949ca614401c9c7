// Any bytes as a delivery to social, under each of its samples' settings.
#include <array>
#include <vector>

#include "plugins/social/parse.h"
#include "tests/fuzz/plugin_parse_fuzz.h"

namespace {

constexpr std::array<std::string_view, 4> kSettings = {
    R"({"author_key": "a key for samples only", "gazetteer": [{"names": ["Lantern Quay", )"
    R"("the quay"], "lat": 44.1209, "lon": -38.512, "radius_m": 150}, {"names": ["Universite", )"
    R"("University"], "lat": 44.14, "lon": -38.55, "radius_m": 400}]})",
    R"({"author_key": "a key for samples only", "keep_text": true, "keep_reposts": true, )"
    R"("gazetteer": [{"names": "Lantern Quay", "lat": 44.1209, "lon": -38.512}, )"
    R"({"names": "université", "lat": 44.14, "lon": -38.55}]})",
    R"({"author_key": "a key for samples only", "gazetteer": [{"names": ["Mill Bridge"], )"
    R"("lat": 44.13, "lon": -38.53}]})",
    R"({"author_key": "a key for samples only", "gazetteer": [{"names": ["Lantern Quay"], )"
    R"("lat": 44.1209, "lon": -38.512}, {"names": ["Lantern Quay East"], "lat": 44.1212, )"
    R"("lon": -38.509}]})"};

std::vector<fusiond::social::Options> read_all() {
  std::vector<fusiond::social::Options> out;
  for (const auto settings : kSettings) {
    auto options = fusiond::social::read_options(settings);
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
              social::Session session;
              social::parse(options[choice], session, delivery, out);
            });
  return 0;
}
