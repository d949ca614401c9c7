// v1.Event bytes ↔ Event. Strict: a required field that is missing or out of range is a bad_input
// that names it. Writes events back, too, for the journal's rows.
// Journey: pipeline/step.cc → here → route/router.cc
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/model/event.h"

namespace fusiond::v1 {
class Event;
}

namespace fusiond::wire {

// The name of our own kind among an event's kind_codes; set at intake.
inline constexpr std::string_view kKindScheme = "fusiond";

// A plate as it is compared: letters and digits only, letters in upper case.
std::string normalised_plate(std::string_view raw);

// Required: event_id (a UUID), source, source_event_id, revision, source_kind, lifecycle, status,
// times.occurred, times.received, lateness_us >= 0, a kind code of scheme "fusiond". A location of
// 0/0 is no place.
Result<Event> event_from(const v1::Event& message);

// A message that event_from reads back exactly; it holds what the model knows, not what the plugin
// said.
void write_event(const Event& event, v1::Event& out);
std::string encode_event(const Event& event);

// Decodes many events: what is as events mostly are straight from its bytes (event_reader.h), the
// rest by way of a message, and with the same result. Threads: one at a time.
class EventDecoder {
 public:
  EventDecoder();
  ~EventDecoder();
  EventDecoder(EventDecoder&&) noexcept;
  EventDecoder& operator=(EventDecoder&&) noexcept;
  Result<Event> decode(std::string_view bytes);
  // Always by way of a message.
  Result<Event> decode_slowly(std::string_view bytes);

 private:
  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

Result<Event> decode_event(std::string_view bytes);

// One line of JSON in protobuf's own mapping. What intake would have stamped may be missing:
// event_id is then made of source and source_event_id, and lateness_us (0 counts as missing) is
// `lateness`. Errors: bad_input; a field that is not known is one.
Result<Event> event_from_json(const std::string& json, Micros lateness);

}  // namespace fusiond::wire
