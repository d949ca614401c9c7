// Three kinds of time that do not compile together: event time (when it happened, by its source),
// wall time (when this process saw it), monotonic time (timeouts). All in microseconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/result.h"

namespace fusiond {

using Micros = std::chrono::microseconds;

struct EventClock {
  using duration = Micros;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<EventClock>;
  static constexpr bool is_steady = false;
};

using EventTime = std::chrono::time_point<EventClock, Micros>;
using WallTime = std::chrono::sys_time<Micros>;
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, Micros>;

constexpr EventTime event_time(std::int64_t us) {
  return EventTime{Micros{us}};
}
constexpr WallTime wall_time(std::int64_t us) {
  return WallTime{Micros{us}};
}
constexpr std::int64_t micros_of(EventTime t) {
  return t.time_since_epoch().count();
}
constexpr std::int64_t micros_of(WallTime t) {
  return t.time_since_epoch().count();
}

// RFC 3339 in UTC with as many fractional digits as are not zero (none, 3 or 6):
// "2023-06-18T18:00:00Z".
std::string to_rfc3339(std::int64_t us);

// Reads RFC 3339 with `Z` or a numeric offset. Errors: bad_input.
Result<WallTime> parse_rfc3339(std::string_view text);

}  // namespace fusiond
