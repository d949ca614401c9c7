#include "daemon/backtest/load.h"

#include <algorithm>

namespace fusiond::backtest {
namespace {

std::int64_t window_of(WallTime time) {
  const std::int64_t us = micros_of(time);
  const std::int64_t step = Micros{kWindow}.count();
  return us >= 0 ? us / step : -((-us + step - 1) / step);
}

}  // namespace

Load load_of(std::vector<WallTime> times, WallTime from, WallTime to, std::size_t operators) {
  Load load;
  load.by_count.resize(kCounts);
  load.by_hour.resize(24);
  if (to <= from) {
    return load;
  }
  std::erase_if(times, [&](WallTime time) { return time < from || time > to; });
  const std::int64_t first = window_of(from);
  load.windows = static_cast<std::size_t>(window_of(to) - first) + 1;
  load.alarms = times.size();
  std::vector<std::size_t> counts(load.windows);
  for (const WallTime time : times) {
    ++counts[static_cast<std::size_t>(window_of(time) - first)];
    const auto hours = std::chrono::floor<std::chrono::hours>(time.time_since_epoch()).count();
    ++load.by_hour[static_cast<std::size_t>(((hours % 24) + 24) % 24)];
  }
  bool flood = false;
  std::size_t flooded = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    // What falls to one of them, rounded up: somebody has it.
    const std::size_t count = (counts[i] + operators - 1) / operators;
    ++load.by_count[std::min(count, kCounts - 1)];
    if (count > load.most) {
      load.most = count;
      load.most_at = wall_time((first + static_cast<std::int64_t>(i)) * Micros{kWindow}.count());
    }
    load.above += count > kFlood ? 1 : 0;
    const bool was = flood;
    flood = was ? count >= kFloodOver : count > kFlood;
    load.floods += flood && !was ? 1 : 0;
    flooded += flood ? 1 : 0;
  }
  const auto windows = static_cast<double>(load.windows);
  load.mean = static_cast<double>(load.alarms) / windows / static_cast<double>(operators);
  load.flood_share = static_cast<double>(flooded) / windows;
  return load;
}

LoadVerdict verdict_of(const Load& load) {
  const double above =
      load.windows == 0 ? 0 : static_cast<double>(load.above) / static_cast<double>(load.windows);
  if (load.mean > kManageable || load.flood_share > kFloodShare || above > kFloodShare) {
    return LoadVerdict::too_much;
  }
  return load.mean > kAcceptable ? LoadVerdict::manageable : LoadVerdict::acceptable;
}

}  // namespace fusiond::backtest
