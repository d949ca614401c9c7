// Pairs of reports that are near each other, and how many such pairs chance alone makes: the same
// place some days or hours away, where nothing can belong together.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "daemon/fit/history.h"

namespace fusiond::fit {

struct Reach {
  double metres = 1200;
  double seconds = 1800;
};

enum class Known : std::uint8_t { nothing, same, apart };

struct Pair {
  std::uint32_t earlier = 0, later = 0;
  float distance2 = 0;
  float gap_s = 0;
  float chance = 0;    // reports per m^2 and s, here, that have nothing to do with the earlier one
  float key_nats = 0;  // what cross references say
  Known known = Known::nothing;
};

// Distances within which the chance is taken to be the same.
constexpr std::array<double, 6> kRings{50, 150, 300, 500, 800, 1e9};

struct Pairs {
  Reach reach;
  std::vector<Pair> near;
  std::vector<Pair> shifted;         // `later` lies near where and some days or hours from when
                                     // `earlier` does; its gap is from that time
  std::vector<std::uint8_t> shifts;  // per report: how often it could be shifted
  double mean_chance = 0;            // per m^2 and s, over reports
};

struct KeyNats {
  double cad = 20, duplicate_of = 5;
};

// Pairs of one witness (one caller, device or author; a unit's own track) say nothing and are left
// out.
[[nodiscard]] Pairs find_pairs(const History& history, const Reach& reach, const KeyNats& keys);

}  // namespace fusiond::fit
