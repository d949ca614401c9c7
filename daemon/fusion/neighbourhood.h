// Who is near in place and time: a grid of cubes, in each the nodes in (time, id) order. Cost of a
// look: the cells that the reach touches, and in each the nodes of the time span, however many
// others the cell has seen.
#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "daemon/fusion/node.h"

namespace fusiond::fusion {

// What to look for: events of one status class around a place, in a closed span of time.
struct Look {
  Status status = Status::actual;
  GridPoint centre;
  std::int64_t reach = 0;  // 1/16 m
  std::int64_t from = 0;   // microseconds
  std::int64_t to = 0;
};

class Neighbourhood {
 public:
  // `cell_m`: best the reach that is asked for most.
  explicit Neighbourhood(std::int64_t cell_m) : cell_(cell_m * kUnitsPerMetre) {}

  // Requires for all: the node has a place, and its facts stay as they are while it is in.
  void add(Node& node);
  void remove(Node& node);

  // Calls visit(Node&) for every node in `look`, cell by cell.
  template <class Visit>
  void each(const Look& look, Visit visit) const {
    const std::int64_t reach2 = look.reach * look.reach;
    for (std::int64_t x = floor(look.centre.x - look.reach); x <= floor(look.centre.x + look.reach);
         ++x) {
      for (std::int64_t y = floor(look.centre.y - look.reach);
           y <= floor(look.centre.y + look.reach); ++y) {
        for (std::int64_t z = floor(look.centre.z - look.reach);
             z <= floor(look.centre.z + look.reach); ++z) {
          const auto cell = cells_.find({look.status, x, y, z});
          if (cell == cells_.end()) {
            continue;
          }
          auto entry = std::lower_bound(
              cell->second.begin(), cell->second.end(), look.from,
              [](const Entry& left, std::int64_t time) { return left.time < time; });
          for (; entry != cell->second.end() && entry->time <= look.to; ++entry) {
            if (distance2(entry->place, look.centre) <= reach2) {
              visit(*entry->node);
            }
          }
        }
      }
    }
  }

 private:
  struct Entry {
    std::int64_t time;
    GridPoint place;
    Node* node;
  };
  struct Cell {
    Status status;
    std::int64_t x, y, z;
    friend bool operator==(const Cell&, const Cell&) = default;
  };
  struct CellHash {
    std::size_t operator()(const Cell& cell) const;
  };
  [[nodiscard]] std::int64_t floor(std::int64_t value) const {
    return value >= 0 ? value / cell_ : -((-value + cell_ - 1) / cell_);
  }
  [[nodiscard]] Cell cell_of(const Node& node) const;
  static std::vector<Entry>::iterator find(std::vector<Entry>& entries, const Node& node);

  std::int64_t cell_;
  std::unordered_map<Cell, std::vector<Entry>, CellHash> cells_;
};

}  // namespace fusiond::fusion
