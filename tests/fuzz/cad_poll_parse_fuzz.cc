// Any bytes as a delivery to cad_poll, under each of its samples' settings.
#include <array>
#include <vector>

#include "plugins/cad_poll/parse.h"
#include "tests/fuzz/plugin_parse_fuzz.h"

namespace {

constexpr std::array<std::string_view, 3> kSettings = {
    R"({"time_zone": "America/St_Johns", "scheme": "marlow_bay", "agency": "Marlow Bay PD", )"
    R"("priorities": {"A": 9, "B": 6, "C": 3}, "duplicate_dispositions": ["DUP"], )"
    R"("caller_key": "a key for samples only", "columns": {"id": "incident_no", )"
    R"("occurred": "received", "received": "received", "entry": "entered", )"
    R"("dispatched": "dispatched", "closed": "closed", "updated": "last_change", )"
    R"("type_code": ["code", "code_first"], "type_text": ["code_text", "code_first_text"], )"
    R"("type_code_original": "code_first", "type_text_original": "code_first_text", )"
    R"("priority": "level", "disposition": "outcome", "address": "where", "geometry": "point", )"
    R"("beat": "district", "parent": "belongs_to", "caller": "caller", "sensitive": "private"}})",
    R"({"time_zone": "America/St_Johns", "scheme": "marlow_bay_map", "agency": "Marlow Bay PD", )"
    R"("time_format": "epoch_ms_local_wall", "closed_statuses": ["C"], )"
    R"("cancelled_statuses": ["X"], "columns": {"id": "NUMBER", "occurred": "CALLED", )"
    R"("updated": "CHANGED", "type_code": "CODE", "type_text": "TEXT", "status": "STATE", )"
    R"("address": "PLACE", "beat": "AREA"}})",
    R"({"time_zone": "America/St_Johns", "scheme": "marlow_bay_fire", )"
    R"("columns": {"id": "incident_number", "occurred": "datetime", "type_text": "type", )"
    R"("address": "address", "lat": "latitude", "lon": "longitude", "geometry": "report_location"}})"};

std::vector<fusiond::cad_poll::Options> read_all() {
  std::vector<fusiond::cad_poll::Options> out;
  for (const auto settings : kSettings) {
    auto options = fusiond::cad_poll::read_options(settings);
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
              cad_poll::parse(options[choice], parser, delivery, out);
            });
  return 0;
}
