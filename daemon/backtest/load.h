// How many alarms an operator has to take, against the limits of ANSI/ISA-18.2 (IEC 62682).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/base/time.h"

namespace fusiond::backtest {

// ISA-18.2, of one operator: an average of 1 in 10 min is very likely to be acceptable, of 2 the
// most that can be managed; above 10 in 10 min a flood begins, below 5 it ends; at most 1 % of the
// time in flood.
inline constexpr std::chrono::minutes kWindow{10};
inline constexpr double kAcceptable = 1;
inline constexpr double kManageable = 2;
inline constexpr std::size_t kFlood = 10;
inline constexpr std::size_t kFloodOver = 5;
inline constexpr double kFloodShare = 0.01;

struct Load {
  std::size_t alarms = 0;
  std::size_t windows = 0;  // of 10 min, from the first to the last moment
  double mean = 0;          // alarms in 10 min
  std::size_t most = 0;     // in one window
  WallTime most_at{};       // its begin
  std::size_t above = 0;    // windows with more than kFlood
  std::size_t floods = 0;
  double flood_share = 0;             // of the windows
  std::vector<std::size_t> by_count;  // windows with 0, 1, … alarms; the last: so many or more
  std::vector<std::size_t> by_hour;   // alarms by hour of the day, UTC; 24 of them
};
inline constexpr std::size_t kCounts = 21;  // of by_count

// `times`: of the alarms, in any order. Windows begin at multiples of 10 min. Requires: operators
// >= 1; the alarms are spread evenly over them.
[[nodiscard]] Load load_of(std::vector<WallTime> times, WallTime from, WallTime to,
                           std::size_t operators);

enum class LoadVerdict : std::uint8_t { acceptable, manageable, too_much };
// By the mean, the share of the time in flood and the windows above kFlood.
[[nodiscard]] LoadVerdict verdict_of(const Load& load);

}  // namespace fusiond::backtest
