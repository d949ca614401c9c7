#include "daemon/fusion/earth_grid.h"

#include <algorithm>
#include <cmath>

#include <catch2/catch.hpp>

#include "tests/support/seeded_rng.h"

namespace fusiond::fusion {
namespace {

struct True {
  long double x, y, z;
};

True true_point(std::int32_t lat_e7, std::int32_t lon_e7) {
  const long double radian = 3.14159265358979323846L / 1.8e9L;
  const long double lat = lat_e7 * radian;
  const long double lon = lon_e7 * radian;
  const long double e2 = 0.00669437999014131699614L;
  const long double normal = 6378137.0L / std::sqrt(1 - e2 * std::sin(lat) * std::sin(lat));
  return {normal * std::cos(lat) * std::cos(lon), normal * std::cos(lat) * std::sin(lon),
          normal * (1 - e2) * std::sin(lat)};
}

double metres(const GridPoint& a, const GridPoint& b) {
  return std::sqrt(static_cast<double>(distance2(a, b))) / 16;
}

}  // namespace

TEST_CASE("the grid is within 0.04 m of the ellipsoid on every axis", "[fusion][earth_grid]") {
  support::SeededRng rng{3};
  long double worst = 0;
  for (int i = 0; i < 200000; ++i) {
    const auto lat = static_cast<std::int32_t>(rng.between(-900000000, 900000000));
    const auto lon = static_cast<std::int32_t>(rng.between(-1800000000, 1800000000));
    const GridPoint p = to_grid(lat, lon);
    const True t = true_point(lat, lon);
    for (const long double error : {p.x / 16.0L - t.x, p.y / 16.0L - t.y, p.z / 16.0L - t.z}) {
      worst = std::max(worst, std::abs(error));
    }
  }
  CHECK(worst < 0.04L);
}

TEST_CASE("distances cross 180 degrees and the poles without a seam", "[fusion][earth_grid]") {
  CHECK(to_grid(100000000, 1800000000) == to_grid(100000000, -1800000000));
  CHECK(metres(to_grid(0, 1799995000), to_grid(0, -1799995000)) == Approx(111.32).margin(0.1));
  CHECK(metres(to_grid(899995000, 0), to_grid(899995000, 1800000000)) ==
        Approx(111.69).margin(0.1));
}

TEST_CASE("what lies beyond the earth's range does no harm", "[fusion][earth_grid]") {
  CHECK(to_grid(2000000000, 0) == to_grid(900000000, 0));
  CHECK(to_grid(0, 2000000000) == to_grid(0, -1600000000));
}

TEST_CASE("a street's length comes out to the decimetre", "[fusion][earth_grid]") {
  // 0.001 degrees north and 0.001 east in Oakland: 110.99 m and 88.05 m.
  const GridPoint here = to_grid(378000000, -1222700000);
  CHECK(metres(here, to_grid(378010000, -1222700000)) == Approx(110.99).margin(0.1));
  CHECK(metres(here, to_grid(378000000, -1222690000)) == Approx(88.05).margin(0.1));
}

}  // namespace fusiond::fusion
