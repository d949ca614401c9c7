// Where each event is at home (design/0013): the shard that owns the area of its deciding place,
// and whom it concerns besides.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "daemon/base/ids.h"
#include "daemon/model/event_state.h"
#include "daemon/route/areas.h"

namespace fusiond::route {

// How far an event concerns others.
struct Reaches {
  std::uint32_t near_m = 0;  // as far as one decision looks
  std::uint32_t wide_m = 0;  // as far as incidents are related
};

// Where an event goes.
struct Home {
  Area area;
  std::uint32_t owner = 0;
  std::optional<std::uint32_t> left;  // another shard, where it was at home before
  std::uint64_t moves = 0;            // how often that has happened
  std::vector<std::uint32_t> near;    // shards but the owner, sorted
  std::vector<std::uint32_t> wide;
};

// Pure. What it holds follows from the newest state of each event.
class Homes {
 public:
  Homes(AreaGrid grid, Reaches reaches, std::uint32_t shards)
      : grid_(grid), reaches_(reaches), shards_(shards) {}
  // The event is where its state says from now on.
  [[nodiscard]] Home settle(const EventState& state);
  void forget(const EventId& id) { owners_.erase(id); }

 private:
  [[nodiscard]] std::vector<std::uint32_t> owners_within(const Place& place, std::uint32_t metres,
                                                         std::uint32_t but);

  AreaGrid grid_;
  Reaches reaches_;
  std::uint32_t shards_;
  struct Owner {
    std::uint32_t shard = 0;
    std::uint64_t moves = 0;
  };
  std::unordered_map<EventId, Owner> owners_;
  std::vector<Area> areas_;
};

}  // namespace fusiond::route
