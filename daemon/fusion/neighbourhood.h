// Who is near in place and time: a grid of cubes, in each the grouped and late events of one status
// class in (time, id) order, with what a search compares side by side. A cube knows the ones that
// touch it, so a search asks no table. Cost of a look: the cubes that the reach touches, and in
// each the rows of the time span, however many others the cube has seen.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "daemon/fusion/node.h"

namespace fusiond::fusion {

// One event as its cube holds it: a cache line, so that the few rows of a search lie side by side.
// Of an episode of one report it holds all that scoring asks for: most are such.
struct Row {
  std::int64_t time = 0;
  Node* node = nullptr;
  Node* anchor = nullptr;        // of its episode; none for late events
  std::int64_t anchor_time = 0;  // when that one occurred
  std::int32_t x = 0;            // from the cube's corner
  std::int32_t y = 0;
  std::int32_t z = 0;
  std::uint32_t variance_m2 = 0;
  std::uint16_t kind = 0;
  std::uint8_t delay_row = 0;
  std::uint32_t key_bits = 0;
  std::int64_t alone_m2 = 0;  // of an episode of this report alone: the variance of its summary; of
                              // others, and where people say that nothing joins it, 0
};
static_assert(sizeof(Row) == 64);

// One cube: rows in (time, id) order. Rows that leave at the front cost nothing.
class Cell {
 public:
  explicit Cell(GridPoint corner) : corner_(corner) {}

  [[nodiscard]] bool empty() const { return begin_ == rows_.size(); }
  [[nodiscard]] const GridPoint& corner() const { return corner_; }    // the least of the cube
  [[nodiscard]] std::int64_t last_time() const { return last_time_; }  // of its last row

  [[nodiscard]] const Row* begin() const { return rows_.data() + begin_; }
  [[nodiscard]] const Row* end() const { return rows_.data() + rows_.size(); }
  // The first row at `time` or later. Cheap near the end, and since() where time goes on with every
  // call, as the begin of a window mostly does.
  [[nodiscard]] const Row* from(std::int64_t time) const;
  [[nodiscard]] const Row* since(std::int64_t time);
  // The row of `node`. Requires: it is in.
  [[nodiscard]] Row& row_of(const Node& node);

  void insert(Node& node);
  void erase(const Node& node);

  // This cube and those there are that touch it, each by the steps to it, plus one: 0, 1 or 2.
  struct Touching {
    Cell* cell = nullptr;
    std::uint8_t x = 1;
    std::uint8_t y = 1;
    std::uint8_t z = 1;
  };
  std::vector<Touching> touching;

 private:
  // The first row that does not come before `node`.
  [[nodiscard]] std::size_t place_of(const Node& node) const;

  std::vector<Row> rows_;
  std::size_t begin_ = 0;  // those before it have left
  std::size_t since_ = 0;  // what since() answered last, or near it
  std::int64_t last_time_ = 0;
  GridPoint corner_;
};

class Neighbourhood {
 public:
  // `side_m`: of a cube; no search reaches further.
  explicit Neighbourhood(std::int64_t side_m) : side_(side_m * kUnitsPerMetre) {}

  // Requires for all: the node has a place, and its facts stay as they are while it is in.
  void add(Node& node);
  void remove(Node& node);
  // Notes to which episode the node belongs now, and whether it is one alone. Requires: its summary
  // stands.
  static void note_anchor(Node& node);

  // May there be a row after `than` in the cubes around `node`? Most events are the latest there.
  [[nodiscard]] static bool any_later(const Node& node, const Node& than) {
    for (const Cell::Touching& one : node.cell->touching) {
      if (one.cell->last_time() >= than.facts.time && (one.cell->end() - 1)->node != &than) {
        return true;
      }
    }
    return false;
  }
  // Calls visit(first, last, centre) for each cube within `reach` of `node` with its rows in the
  // closed span of time, and the node's place from the cube's corner. Requires: node is in.
  template <class Visit>
  void each_cell(const Node& node, std::int64_t reach, std::int64_t from, std::int64_t to,
                 Visit visit) const {
    const GridPoint& place = *node.facts.place;
    const GridPoint& corner = node.cell->corner();
    const Axis x(place.x - corner.x, side_);
    const Axis y(place.y - corner.y, side_);
    const Axis z(place.z - corner.z, side_);
    for (const Cell::Touching& one : node.cell->touching) {
      if (x.outside2[one.x] + y.outside2[one.y] + z.outside2[one.z] > reach * reach ||
          one.cell->last_time() < from) {
        continue;
      }
      const Row* first = one.cell->since(from);
      const Row* last = one.cell->last_time() > to ? one.cell->from(to + 1) : one.cell->end();
      if (first < last) {
        visit(first, last, GridPoint{x.at[one.x], y.at[one.y], z.at[one.z]});
      }
    }
  }
  // Calls visit(const Row&, d^2) for every row within `reach` of `node` in the closed span of time,
  // cube by cube, the node's own among them.
  template <class Visit>
  void each(const Node& node, std::int64_t reach, std::int64_t from, std::int64_t to,
            Visit visit) const {
    each_cell(node, reach, from, to, [&](const Row* first, const Row* last, const GridPoint& at) {
      for (const Row* row = first; row < last; ++row) {
        const std::int64_t square = square_to(*row, at);
        if (square <= reach * reach) {
          visit(*row, square);
        }
      }
    });
  }
  [[nodiscard]] static std::int64_t square_to(const Row& row, const GridPoint& at) {
    const std::int64_t dx = row.x - at.x;
    const std::int64_t dy = row.y - at.y;
    const std::int64_t dz = row.z - at.z;
    return dx * dx + dy * dy + dz * dz;
  }

 private:
  struct Cube {
    Status status;
    std::int64_t x, y, z;
    friend bool operator==(const Cube&, const Cube&) = default;
  };
  struct CubeHash {
    std::size_t operator()(const Cube& cube) const;
  };
  // One axis of a place, seen from the cube before its own, from its own and from the next: where
  // it is, and how far outside, squared.
  struct Axis {
    Axis(std::int64_t own, std::int64_t side)
        : at{own + side, own, own - side},
          outside2{(own + 1) * (own + 1), 0, (side - own) * (side - own)} {}
    std::array<std::int64_t, 3> at;
    std::array<std::int64_t, 3> outside2;
  };
  [[nodiscard]] std::int64_t floor(std::int64_t value) const {
    return value >= 0 ? value / side_ : -((-value + side_ - 1) / side_);
  }
  [[nodiscard]] Cube cube_of(const Node& node) const;
  Cell& open(const Cube& cube);
  void close(const Cube& cube);
  template <class Visit>
  void each_touching(const Cube& cube, Visit visit);

  std::int64_t side_;
  std::unordered_map<Cube, std::unique_ptr<Cell>, CubeHash> cells_;
};

}  // namespace fusiond::fusion
