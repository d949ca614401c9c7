// Any bytes as an event or a tick of the log: refused with a reason, or a value that survives its
// own round trip.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/base/check.h"
#include "daemon/wire/event_wire.h"
#include "daemon/wire/tick_wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fusiond;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static wire::EventDecoder decoder;
  const auto event = decoder.decode(bytes);
  const auto slow = decoder.decode_slowly(bytes);
  FUSIOND_CHECK(event.has_value() == slow.has_value(), "both ways to read take the same bytes");
  FUSIOND_CHECK(event ? *event == *slow : event.error().message == slow.error().message,
                "both ways to read see the same");
  if (event) {
    const auto again = wire::decode_event(wire::encode_event(*event));
    FUSIOND_CHECK(again.has_value(), "an event that was read can be written and read");
    FUSIOND_CHECK(*again == *event, "nothing is lost on the way");
  }
  if (const auto tick = wire::decode_tick(bytes)) {
    const auto again = wire::decode_tick(wire::encode_tick(*tick));
    FUSIOND_CHECK(again && again->sources == tick->sources, "nothing is lost on the way");
  }
  return 0;
}
