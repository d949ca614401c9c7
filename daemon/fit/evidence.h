// What the page shows beside each estimate: the data without the part that is chance, against what
// the constants expect.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "daemon/fit/mixture.h"

namespace fusiond::fit {

struct Histogram {
  std::size_t which = 0;              // stand-off or source kind
  double step = 0;                    // of a bin
  std::vector<double> seen, chance;   // pairs
  std::vector<double> given, fitted;  // what the constants expect beyond chance
};

// Pairs whose posterior lies in [k/10, (k+1)/10): how many there are, how many chance makes.
struct Reliability {
  double pairs = 0, chance = 0, said = 0;  // said: sum of the posteriors
};

struct RingGrid {
  static constexpr std::array<double, 5> kMetres{100, 250, 500, 800, 1200};
  static constexpr std::array<double, 5> kMinutes{2, 5, 10, 15, 30};
  struct Cell {
    double seen = 0, chance = 0, said = 0;
  };
  std::size_t family = 0;
  std::array<std::array<Cell, 5>, 5> cells;
};

// Distances in units of the fitted sigma, up to 4, of pairs with a stand-off of `which`.
[[nodiscard]] std::vector<Histogram> distances(const History& history, const Pairs& pairs,
                                               const Parameters& given, const Parameters& fitted);
// Gaps in seconds, by the source of the later.
[[nodiscard]] std::vector<Histogram> gaps(const History& history, const Pairs& pairs,
                                          const Parameters& given, const Parameters& fitted);
// By family, of pairs of one leading family.
[[nodiscard]] std::vector<RingGrid> ring_grids(const History& history, const Pairs& pairs,
                                               const Parameters& fitted);
[[nodiscard]] std::vector<Reliability> reliability(const History& history, const Pairs& pairs,
                                                   const std::vector<double>& weights,
                                                   const Parameters& parameters);

}  // namespace fusiond::fit
