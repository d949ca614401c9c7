// Any bytes as an incident: refused with a reason, or a revision whose bytes and JSON can be
// written.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/base/check.h"
#include "daemon/wire/incident_wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fusiond;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto revision = wire::decode_incident(bytes)) {
    const auto written = wire::encode_incident(*revision);
    const auto again = wire::decode_incident(written);
    FUSIOND_CHECK(again.has_value(), "a revision that was read can be written and read");
    FUSIOND_CHECK(again->content == revision->content, "nothing is lost on the way");
    FUSIOND_CHECK(wire::encode_incident(*again) == written, "the same revision, the same bytes");
    FUSIOND_CHECK(!wire::incident_json(*again).empty(), "a revision has a JSON form");
  }
  (void)wire::incident_json(bytes);
  return 0;
}
