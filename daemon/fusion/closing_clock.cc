#include "daemon/fusion/closing_clock.h"

#include <algorithm>

namespace fusiond::fusion {

std::optional<WallTime> passed_by_all(const std::vector<SourceClock>& sources) {
  std::optional<WallTime> least;
  for (const SourceClock& source : sources) {
    const bool counts = source.up && source.ingest_time < kEndOfTime;
    if (counts && (!least || source.ingest_time < *least)) {
      least = source.ingest_time;
    }
  }
  return least;
}

SourceClock& ClosingClock::of(const SourceId& source) {
  const auto at = std::lower_bound(
      sources_.begin(), sources_.end(), source,
      [](const SourceClock& clock, const SourceId& id) { return clock.source < id; });
  if (at != sources_.end() && at->source == source) {
    return *at;
  }
  return *sources_.insert(at,
                          SourceClock{source, true, WallTime::min(), Micros{0}, WallTime::min()});
}

void ClosingClock::see(const Event& event) {
  SourceClock& clock = of(event.source);
  clock.heard_to = std::max(clock.heard_to, event.received);
  if (event.received < clock.ingest_time) {
    return;
  }
  clock.lateness = event.received > clock.ingest_time ? event.lateness
                                                      : std::max(clock.lateness, event.lateness);
  clock.ingest_time = event.received;
}

void ClosingClock::see(const SourceClock& told) {
  SourceClock& clock = of(told.source);
  clock.up = told.up;
  if (told.heard_to > WallTime::min()) {
    // Of a restart: its ingest time may have been reached while it was down.
    clock.heard_to = std::max(clock.heard_to, told.heard_to);
  } else if (told.up && told.ingest_time < kEndOfTime) {
    clock.heard_to = std::max(clock.heard_to, told.ingest_time);
  }
  clock.ingest_time = std::max(clock.ingest_time, told.ingest_time);
  clock.lateness = told.lateness;
}

void ClosingClock::see_elsewhere(const SourceClock& told) {
  SourceClock& clock = of(told.source);
  clock.heard_to = std::max(clock.heard_to, told.heard_to);
  if (told.ingest_time > clock.ingest_time) {
    clock.ingest_time = told.ingest_time;
    clock.lateness = told.lateness;
  } else if (told.ingest_time == clock.ingest_time) {
    clock.lateness = std::max(clock.lateness, told.lateness);
  }
}

std::int64_t ClosingClock::value() const {
  std::int64_t least = kNever;
  for (const SourceClock& clock : sources_) {
    if (!clock.up) {
      continue;
    }
    const std::int64_t reached =
        micros_of(clock.ingest_time) - clock.lateness.count() - skew_.count();
    least = least == kNever ? reached : std::min(least, reached);
  }
  return least;
}

}  // namespace fusiond::fusion
