// How many reports there are anyway: over the deployment, by hour and place, and where reports are.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "daemon/fit/chance.h"
#include "daemon/fit/history.h"

namespace fusiond::fit {

struct CountedChance {  // of reports with this many unlike ones before them, near by
  std::size_t from = 0, to = 0;
  double reports = 0;
  double seen = 0;     // mean density at the same place and another time, per m^2 and s
  double assumed = 0;  // what the formula makes of the count, per m^2 and s (0 counted: lambda0)
};

struct Background {
  double mean = 0;  // reports per m^2 and s, over the area that holds 99 of 100 reports
  double area_km2 = 0;
  double hours = 0;  // recorded
  double reports = 0;
  double at_reports = 0;             // mean density where and when there is a report
  std::array<double, 24> by_hour{};  // share of the mean, by UTC hour
  std::vector<double> by_place;  // share of the mean of the 1 km cells: 10, 25, 50, 75, 90, 100 %
  std::vector<CountedChance> by_count;
};

struct BackgroundReach {
  double metres = 500;
  double seconds = 900;
};

// `unlike(a, b)`, of strata: these two tell of different things.
[[nodiscard]] Background measure_background(const History& history, const Pairs& pairs,
                                            const BackgroundReach& reach,
                                            const std::vector<std::vector<bool>>& unlike);

}  // namespace fusiond::fit
