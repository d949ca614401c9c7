#include "daemon/route/areas.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/fusion/earth_grid.h"
#include "daemon/route/homes.h"
#include "tests/support/event_builder.h"
#include "tests/support/seeded_rng.h"

namespace fusiond::route {
namespace {

using support::EventBuilder;
using support::SeededRng;

Event event_at(std::int64_t lat_e7, std::int64_t lon_e7) {
  Place place;
  place.lat_e7 = static_cast<std::int32_t>(lat_e7);
  place.lon_e7 = static_cast<std::int32_t>(lon_e7);
  return EventBuilder("e").place(place);
}

EventState state_of(const Event& event) {
  EventState state;
  state.deciding = event;
  return state;
}

}  // namespace

TEST_CASE("an area within reach of a place is always among those that are named",
          "[route][areas]") {
  SeededRng rng{support::test_seed(1)};
  std::vector<Area> areas;
  for (int i = 0; i < 20000; ++i) {
    const AreaGrid grid{static_cast<std::uint32_t>(rng.between(200, 8000))};
    const auto metres = static_cast<std::uint32_t>(rng.between(1, 4000));
    // Everywhere, and often where the grid is at its seams.
    std::int64_t lat = rng.between(-900000000, 900000000);
    std::int64_t lon = rng.between(-1800000000, 1800000000);
    if (rng.chance(20)) {
      lat = (rng.chance(50) ? 1 : -1) * (900000000 - rng.between(0, 3000000));
    }
    if (rng.chance(20)) {
      lon = (rng.chance(50) ? 1 : -1) * (1800000000 - rng.between(0, 3000000));
    }
    if (rng.chance(10)) {
      lat = rng.between(-300000, 300000);
    }
    const Event here = event_at(lat, lon);
    grid.within(*here.place, metres, areas);
    REQUIRE(std::find(areas.begin(), areas.end(), grid.area_of(here)) != areas.end());
    const fusion::GridPoint at = fusion::to_grid(here.place->lat_e7, here.place->lon_e7);
    for (int j = 0; j < 10; ++j) {
      std::int64_t lat_there = std::clamp<std::int64_t>(
          lat + rng.between(-91, 91) * static_cast<std::int64_t>(metres), -900000000, 900000000);
      std::int64_t lon_there =
          lon + rng.between(-4000000, 4000000) * (rng.chance(50) ? 1 : rng.between(1, 400));
      lon_there = (lon_there + 5400000000) % 3600000000 - 1800000000;
      const Event there = event_at(lat_there, lon_there);
      if (within(at, fusion::to_grid(there.place->lat_e7, there.place->lon_e7), metres)) {
        INFO(lat << " " << lon << " and " << lat_there << " " << lon_there << ", " << metres);
        REQUIRE(std::find(areas.begin(), areas.end(), grid.area_of(there)) != areas.end());
      }
    }
  }
}

TEST_CASE("an area is as wide as it is high, and few are named beyond reach", "[route][areas]") {
  const AreaGrid grid{5000};
  std::vector<Area> areas;
  std::map<std::size_t, int> named;
  SeededRng rng{support::test_seed(2)};
  for (int i = 0; i < 5000; ++i) {
    const Event here = event_at(378000000 + rng.between(-3000000, 3000000),
                                -1222700000 + rng.between(-3000000, 3000000));
    grid.within(*here.place, 1200, areas);
    CHECK(std::set<Area>(areas.begin(), areas.end()).size() == areas.size());
    ++named[areas.size()];
  }
  std::size_t sum = 0;
  for (const auto& [count, times] : named) {
    sum += count * static_cast<std::size_t>(times);
  }
  CHECK(named.rbegin()->first <= 4);
  // (5 + 2 * 1.2)^2 / 25 = 2.2 areas by the square around it.
  CHECK(sum >= 5000 * 20 / 10);
  CHECK(sum <= 5000 * 24 / 10);
}

TEST_CASE("one area holds everything, and sources share out what has no place", "[route][areas]") {
  const AreaGrid one{0};
  CHECK(one.area_of(event_at(378000000, -1222700000)) == Area{});
  CHECK(one.area_of(EventBuilder("e").nowhere()) == Area{});
  const AreaGrid many{5000};
  const Area cad = many.area_of(EventBuilder("a", "cad").nowhere());
  CHECK(cad == many.area_of(EventBuilder("b", "cad").nowhere()));
  CHECK(cad != many.area_of(EventBuilder("b", "county").nowhere()));
  CHECK(text_of(cad).starts_with("unplaced/"));
  CHECK(owner_of(cad, 1) == 0);
  // State and log depend on who owns an area: these numbers may not change.
  CHECK(owner_of({2840, 520}, 8) == 0);
  CHECK(owner_of({2841, 520}, 8) == 6);
  CHECK(owner_of({2841, 521}, 8) == 4);
}

TEST_CASE("an event that moves leaves its shard, and counts its moves", "[route][areas]") {
  Homes homes{AreaGrid{1000}, {1200, 3000}, 64};
  const Event first = event_at(378000000, -1222700000);
  const Home home = homes.settle(state_of(first));
  CHECK_FALSE(home.left);
  CHECK(home.moves == 0);
  CHECK(std::find(home.near.begin(), home.near.end(), home.owner) == home.near.end());
  CHECK(std::includes(home.wide.begin(), home.wide.end(), home.near.begin(), home.near.end()));
  const Home stays = homes.settle(state_of(first));
  CHECK_FALSE(stays.left);
  const Home moved = homes.settle(state_of(event_at(379000000, -1222700000)));
  REQUIRE(moved.left == home.owner);
  CHECK(moved.moves == 1);
  const Home back = homes.settle(state_of(first));
  CHECK(back.owner == home.owner);
  CHECK(back.left == moved.owner);
  CHECK(back.moves == 2);
  const Home nowhere = homes.settle(state_of(EventBuilder("e").nowhere()));
  CHECK(nowhere.near.empty());
  CHECK(nowhere.wide.empty());
}

}  // namespace fusiond::route
