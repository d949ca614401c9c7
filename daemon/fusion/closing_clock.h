// The time before which nothing can be admitted any more: C = min over the sources that are up of
// (ingest time seen - lateness) - skew. design/0005, 5. A function of the source clocks as they
// stand: a source that comes up again can take it back.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "daemon/model/event_state.h"

namespace fusiond::fusion {

// What every source's ingest clock has passed. For sources that are down or at their end there is
// nothing to wait; nothing when there is no other. State that is older is remembered for nobody.
[[nodiscard]] std::optional<WallTime> passed_by_all(const std::vector<SourceClock>& sources);

class ClosingClock {
 public:
  explicit ClosingClock(Micros skew) : skew_(skew) {}

  // A source that was never heard of before counts as up. Its allowance is that of its newest
  // record.
  void see(const Event& event);
  // What ticks say of a source's state and allowance counts; its ingest time never goes back.
  void see(const SourceClock& clock);
  // What another shard has seen of a source: how far it is, and its allowance then.
  void see_elsewhere(const SourceClock& clock);

  // Microseconds of event time; the least number there is while no source is up.
  [[nodiscard]] std::int64_t value() const;
  [[nodiscard]] const std::vector<SourceClock>& sources() const { return sources_; }  // by name

  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

 private:
  SourceClock& of(const SourceId& source);

  Micros skew_;
  std::vector<SourceClock> sources_;
};

}  // namespace fusiond::fusion
