// Any bytes where the state's own bytes are expected: refused as corrupt, or a value that survives
// its own round trip.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/base/check.h"
#include "daemon/wire/state_wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fusiond;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto state = wire::decode_event_state(bytes)) {
    const auto again = wire::decode_event_state(wire::encode_event_state(*state));
    FUSIOND_CHECK(again && *again == *state, "nothing is lost on the way");
  }
  if (const auto meta = wire::decode_shard_meta(bytes)) {
    const auto again = wire::decode_shard_meta(wire::encode_shard_meta(*meta));
    FUSIOND_CHECK(again && *again == *meta, "nothing is lost on the way");
  }
  if (const auto record = wire::decode_out_record(bytes)) {
    const auto again = wire::decode_out_record(wire::encode_out_record(*record));
    FUSIOND_CHECK(again && again->value == record->value && again->headers == record->headers,
                  "nothing is lost on the way");
  }
  return 0;
}
