#include "daemon/rules/zones.h"

#include <chrono>

#include <catch2/catch.hpp>

#include "tests/support/seeded_rng.h"

using namespace fusiond;
using rules::Ring;
using rules::Zone;
using rules::ZonePoint;
using rules::Zones;

namespace {

Ring box(std::int32_t south, std::int32_t west, std::int32_t north, std::int32_t east) {
  return {{south, west}, {south, east}, {north, east}, {north, west}};
}

}  // namespace

TEST_CASE("a point is in a zone, outside it, or in its hole", "[rules]") {
  Zones zones;
  REQUIRE(zones.add("park", {{box(0, 0, 100, 100), box(40, 40, 60, 60)}}));
  CHECK(zones.inside("park", {10, 10}));
  CHECK_FALSE(zones.inside("park", {50, 50}));
  CHECK_FALSE(zones.inside("park", {150, 50}));
  CHECK_FALSE(zones.inside("park", {-1, 50}));
  CHECK_FALSE(zones.add("park", {{box(0, 0, 1, 1)}}));
  CHECK(zones.names() == std::vector<std::string>{"park"});
}

TEST_CASE("neighbouring zones share no point and leave none out", "[rules]") {
  // A grid of boxes: every point is in exactly one, those on the edges too.
  Zones zones;
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      zones.add(std::to_string(i * 4 + j), {{box(i * 10, j * 10, i * 10 + 10, j * 10 + 10)}});
    }
  }
  for (std::int32_t lat = 0; lat < 40; ++lat) {
    for (std::int32_t lon = 0; lon < 40; ++lon) {
      int in = 0;
      for (int k = 0; k < 16; ++k) {
        in += zones.inside(std::to_string(k), {lat, lon}) ? 1 : 0;
      }
      REQUIRE(in == 1);
    }
  }
}

TEST_CASE("corners of the world do not overflow", "[rules]") {
  constexpr std::int32_t kPole = 900'000'000;
  constexpr std::int32_t kDateLine = 1'800'000'000;
  Zones zones;
  zones.add("world", {{box(-kPole, -kDateLine, kPole, kDateLine)}});
  CHECK(zones.inside("world", {0, 0}));
  CHECK(zones.inside("world", {kPole - 1, kDateLine - 1}));
  CHECK(zones.inside("world", {-kPole, -kDateLine}));
}

TEST_CASE("borders that cross or touch themselves are named", "[rules]") {
  CHECK(fault_of(Zone{{box(0, 0, 10, 10)}}).empty());
  CHECK(fault_of(Zone{{box(0, 0, 100, 100), box(40, 40, 60, 60)}}).empty());
  CHECK_FALSE(fault_of(Zone{{{{0, 0}, {10, 10}, {10, 0}, {0, 10}}}}).empty());
  CHECK_FALSE(fault_of(Zone{{{{0, 0}, {0, 10}, {0, 5}}}}).empty());
  CHECK_FALSE(fault_of(Zone{{box(0, 0, 10, 10), box(5, 5, 15, 15)}}).empty());
  CHECK(fault_of(Zone{{{{0, 0}, {1, 1}}}}).find("three points") != std::string::npos);
  CHECK(fault_of(Zone{{{{0, 0}, {0, 0}, {5, 5}}}}).find("stands twice") != std::string::npos);
}

TEST_CASE("a polygon with many points is judged as its triangles are", "[rules]") {
  // A star-shaped ring around the origin, held against the fan of its triangles.
  support::SeededRng rng{7};
  for (int trial = 0; trial < 50; ++trial) {
    Ring ring;
    constexpr std::int32_t kDirections[][2] = {
        {3, 0},  {3, 1},   {2, 2},   {1, 3},   {0, 3},  {-1, 3}, {-2, 2}, {-3, 1},
        {-3, 0}, {-3, -1}, {-2, -2}, {-1, -3}, {0, -3}, {1, -3}, {2, -2}, {3, -1}};
    for (const auto& direction : kDirections) {
      const auto far = static_cast<std::int32_t>(rng.between(100, 1000));
      ring.push_back({direction[0] * far, direction[1] * far});
    }
    REQUIRE(fault_of(Zone{{ring}}).empty());
    Zones zones;
    zones.add("star", {{ring}});
    for (std::size_t i = 0; i < ring.size(); ++i) {
      zones.add(std::to_string(i), {{{{0, 0}, ring[i], ring[(i + 1) % ring.size()]}}});
    }
    for (int k = 0; k < 200; ++k) {
      const ZonePoint point{static_cast<std::int32_t>(rng.between(-3000, 3000)),
                            static_cast<std::int32_t>(rng.between(-3000, 3000))};
      int in = 0;
      for (std::size_t i = 0; i < ring.size(); ++i) {
        in += zones.inside(std::to_string(i), point) ? 1 : 0;
      }
      INFO(point.lat_e7 << "," << point.lon_e7);
      REQUIRE(in == (zones.inside("star", point) ? 1 : 0));
    }
  }
}
