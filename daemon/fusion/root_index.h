// The live roots with a place and a family, by place and in order of time: who is related to whom
// (README.md). Journey: fusion/incident_book.cc -> here
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/fusion/node.h"

namespace fusiond::fusion {

class RootIndex {
 public:
  // `reach_m`: how far apart related incidents are; `window_us`: how long.
  RootIndex(std::int64_t reach_m, std::int64_t window_us);

  // Requires: listed, can_relate(), as it was when it was added.
  void add(Node& root);
  void remove(Node& root);

  // Of the same status and family, near and not more than the window before `root`: the `most`
  // latest, latest first. Cost: at most eight cells, and in each those later than the ones found.
  void before(const Node& root, std::size_t most, std::vector<Node*>& found) const;
  // Calls visit(Node&) for those not more than the window after.
  template <class Visit>
  void each_after(const Node& root, Visit visit) const {
    each_cell(*root.listed, [&](const Cell& cell) {
      for (std::size_t i = cell.place_of(root); i < cell.rows.size(); ++i) {
        const Row& row = cell.rows[i];
        if (row.time > root.listed->time + window_us_) {
          return;
        }
        if (row.node != &root && distance2(row.at, *root.listed->place) <= reach2_) {
          visit(*row.node);
        }
      }
    });
  }

 private:
  struct Row {
    std::int64_t time = 0;
    Node* node = nullptr;
    GridPoint at;
  };
  // Rows in (time, id) order from `first` on; those before have gone.
  struct Cell {
    std::vector<Row> rows;
    std::size_t first = 0;
    [[nodiscard]] std::size_t place_of(const Node& root) const;
  };
  // A cube as wide as twice the reach, of one status and family.
  struct Key {
    std::int32_t x = 0;
    std::int32_t y = 0;
    std::int32_t z = 0;
    std::uint32_t kind = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  [[nodiscard]] std::int32_t cell_of(std::int64_t units) const;
  [[nodiscard]] Key key_of(const Listed& listed) const;

  // The cells that hold what is within reach.
  template <class Visit>
  void each_cell(const Listed& listed, Visit visit) const {
    const GridPoint& at = *listed.place;
    Key key = key_of(listed);
    const auto span = [&](std::int64_t units) {
      return std::pair(cell_of(units - reach_), cell_of(units + reach_));
    };
    const auto [x0, x1] = span(at.x);
    const auto [y0, y1] = span(at.y);
    const auto [z0, z1] = span(at.z);
    for (key.x = x0; key.x <= x1; ++key.x) {
      for (key.y = y0; key.y <= y1; ++key.y) {
        for (key.z = z0; key.z <= z1; ++key.z) {
          if (const auto found = cells_.find(key); found != cells_.end()) {
            visit(found->second);
          }
        }
      }
    }
  }

  std::int64_t reach_;  // 1/16 m
  std::int64_t reach2_;
  std::int64_t window_us_;
  std::unordered_map<Key, Cell, KeyHash> cells_;
};

}  // namespace fusiond::fusion
