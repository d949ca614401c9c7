// Places as integers: one grid of 1/16 m for the whole earth, with its origin at the earth's centre
// (x towards 0 N 0 E, z towards the pole). Three axes instead of a flat map: no seam at 180
// degrees, no poles, no tile; the straight line between two points is shorter than the way on the
// ground by 1 part in 10^7 at 10 km.
#pragma once

#include <cstdint>

namespace fusiond::fusion {

constexpr std::int64_t kUnitsPerMetre = 16;

struct GridPoint {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t z = 0;
  friend bool operator==(const GridPoint&, const GridPoint&) = default;
};

// WGS 84 to the grid, within 0.04 m per axis. Latitudes beyond a pole count as the pole, longitudes
// go round.
[[nodiscard]] GridPoint to_grid(std::int32_t lat_e7, std::int32_t lon_e7);

// Squared distance in (1/16 m)^2.
[[nodiscard]] constexpr std::int64_t distance2(const GridPoint& a, const GridPoint& b) {
  const std::int64_t dx = a.x - b.x;
  const std::int64_t dy = a.y - b.y;
  const std::int64_t dz = a.z - b.z;
  return dx * dx + dy * dy + dz * dz;
}

[[nodiscard]] constexpr bool within(const GridPoint& a, const GridPoint& b, std::int64_t metres) {
  const std::int64_t units = metres * kUnitsPerMetre;
  return distance2(a, b) <= units * units;
}

}  // namespace fusiond::fusion
