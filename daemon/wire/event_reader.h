// An event's bytes → its fields, without a message in between: for bytes as they mostly are. What
// is broken, unknown or merely unusual is left to protobuf, so that nothing is judged twice.
// Inside daemon/wire only.
#pragma once

#include <memory>
#include <string_view>

#include "daemon/wire/event_fields.h"

namespace fusiond::wire {

class EventReader {
 public:
  EventReader();
  ~EventReader();
  EventReader(EventReader&&) noexcept;
  EventReader& operator=(EventReader&&) noexcept;

  // The fields, as protobuf's message would show them; they stand as long as the bytes and until
  // the next call. Nothing when protobuf should look: bytes that it refuses, fields that nobody
  // knows, a message that comes in two parts, a place that is neither a point nor a circle.
  [[nodiscard]] const EventFields* read(std::string_view bytes);

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace fusiond::wire
