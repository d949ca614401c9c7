#include "daemon/route/homes.h"

#include <algorithm>
#include <utility>

namespace fusiond::route {

Home Homes::settle(const EventState& state) {
  const Event& event = state.deciding ? *state.deciding : state.newest();
  Home home;
  home.area = grid_.area_of(event);
  home.owner = owner_of(home.area, shards_);
  Owner& owner = owners_.emplace(event.id, Owner{home.owner, 0}).first->second;
  if (owner.shard != home.owner) {
    home.left = std::exchange(owner.shard, home.owner);
    ++owner.moves;
  }
  home.moves = owner.moves;
  if (event.place) {
    home.near = owners_within(*event.place, reaches_.near_m, home.owner);
    home.wide = owners_within(*event.place, reaches_.wide_m, home.owner);
  }
  return home;
}

std::vector<std::uint32_t> Homes::owners_within(const Place& place, std::uint32_t metres,
                                                std::uint32_t but) {
  grid_.within(place, metres, areas_);
  std::vector<std::uint32_t> owners;
  for (const Area& area : areas_) {
    owners.push_back(owner_of(area, shards_));
  }
  std::sort(owners.begin(), owners.end());
  owners.erase(std::unique(owners.begin(), owners.end()), owners.end());
  std::erase(owners, but);
  return owners;
}

}  // namespace fusiond::route
