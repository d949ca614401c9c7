#include "daemon/wire/disposition_wire.h"

#include "daemon/wire/fields.h"
#include "fusiond/v1/event.pb.h"

namespace fusiond::wire {

Result<DispositionRecord> disposition_of(std::string_view event_bytes) {
  v1::Event message;
  if (!message.ParseFromArray(event_bytes.data(), static_cast<int>(event_bytes.size()))) {
    return fail(Fault::bad_input, "not a v1.Event, bytes: " + std::to_string(event_bytes.size()));
  }
  const auto received = micros_from(message.times().received(), "times.received");
  if (!received) {
    return fail(received.error());
  }
  return DispositionRecord{EventId{message.event_id()}, message.cad_call().disposition(),
                           wall_time(*received)};
}

}  // namespace fusiond::wire
