// How far a source's clock is off, from what its reports say of themselves: the lag from the latest
// time that a report names to its receipt. A right clock gives a lag that is never negative; a
// steady negative one is proof of a clock that is ahead. A steady lag that is longer than usual may
// be a slow feed as well as a clock that is behind; only where an administrator says what is usual
// (usual_lag_s) is it put down to the clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "daemon/base/time.h"

namespace fusiond::ingest {

struct ClockEstimate {
  Micros offset{0};  // add it to the source's own times; 0 = right, as far as is known
  Micros error{0};   // half of the lags lie this near to the middle one
  bool operator==(const ClockEstimate&) const = default;
};

// Pure: time comes from the reports. Threads: the source's.
class ClockWatch {
 public:
  static constexpr Micros kEvery{1'000'000};      // the shortest lag of each second counts
  static constexpr std::size_t kWindow = 31;      // seconds in which something came
  static constexpr std::size_t kEnoughAhead = 5;  // of them, for a clock that is ahead
  static constexpr std::size_t kJump = 5;         // in a row far off in one direction: a new clock
  static constexpr Micros kSteady{5'000'000};     // the middle half of the lags lies within
  static constexpr Micros kNoticeable{100'000};

  // `usual_lag`: from a report's latest time to its receipt when the clock is right.
  explicit ClockWatch(std::optional<Micros> usual_lag) : usual_lag_(usual_lag) {}

  // One report: when it was received, and the latest time that it names as past. Cost: that of
  // sorting 31 numbers, once a second.
  void see(WallTime received, Micros lag);
  [[nodiscard]] const ClockEstimate& estimate() const { return estimate_; }

 private:
  void push(Micros lag);
  void forget_before_jump();
  void settle();

  std::optional<Micros> usual_lag_;
  std::deque<Micros> lags_;
  std::optional<WallTime> second_from_;
  Micros shortest_{0};
  ClockEstimate estimate_;
};

}  // namespace fusiond::ingest
