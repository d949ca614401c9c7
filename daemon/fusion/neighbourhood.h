// Who is near in place and time: a grid of cubes, in each the grouped and late events of one status
// class in (time, id) order, what a search compares in columns side by side. A cube knows the ones
// that touch it, so a search asks no table. Cost of a look: the cubes that the reach touches, and
// in each the rows of the time span, however many others the cube has seen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "daemon/fusion/node.h"

namespace fusiond::fusion {

// One cube: rows of (time, id) order in columns. Rows that leave at the front cost nothing.
class Cell {
 public:
  Cell(Status status, GridPoint corner) : status_(status), corner_(corner) {}

  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] Status status() const { return status_; }
  [[nodiscard]] const GridPoint& corner() const { return corner_; }  // the least of the cube

  // Rows are numbers from begin() to end(); they change with every insert and erase.
  [[nodiscard]] std::size_t begin() const { return begin_; }
  [[nodiscard]] std::size_t end() const { return end_; }
  // The first row at `time` or later. Cheap near the end.
  [[nodiscard]] std::size_t from(std::int64_t time) const;
  // The first row that does not come before `node`.
  [[nodiscard]] std::size_t row_of(const Node& node) const;

  void insert(Node& node);
  void erase(const Node& node);

  // The columns. Places are counted from the corner.
  [[nodiscard]] const std::int64_t* time() const { return time_; }
  [[nodiscard]] Node* const* node() const { return node_; }
  [[nodiscard]] Node** anchor() { return anchor_; }  // of its episode; none for late events
  [[nodiscard]] Node* const* anchor() const { return anchor_; }
  [[nodiscard]] const std::int32_t* x() const { return x_; }
  [[nodiscard]] const std::int32_t* y() const { return y_; }
  [[nodiscard]] const std::int32_t* z() const { return z_; }
  [[nodiscard]] const std::uint32_t* variance_m2() const { return variance_m2_; }
  [[nodiscard]] const std::uint32_t* kind() const { return kind_; }

  // This cube and those there are that touch it, by the steps from this one.
  struct Touching {
    Cell* cell = nullptr;
    GridPoint corner;
  };
  std::vector<Touching> touching;

 private:
  template <class Do>
  void each_column(Do act) {
    act(time_);
    act(node_);
    act(anchor_);
    act(x_);
    act(y_);
    act(z_);
    act(variance_m2_);
    act(kind_);
  }
  void make_room();
  void move_rows(std::size_t from, std::size_t to, std::size_t count);

  Status status_;
  GridPoint corner_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t room_ = 0;
  std::unique_ptr<std::byte[]> bytes_;  // all columns, one behind the other
  std::int64_t* time_ = nullptr;
  Node** node_ = nullptr;
  Node** anchor_ = nullptr;
  std::int32_t* x_ = nullptr;
  std::int32_t* y_ = nullptr;
  std::int32_t* z_ = nullptr;
  std::uint32_t* variance_m2_ = nullptr;
  std::uint32_t* kind_ = nullptr;
};

class Neighbourhood {
 public:
  // `side_m`: of a cube; no search reaches further.
  explicit Neighbourhood(std::int64_t side_m) : side_(side_m * kUnitsPerMetre) {}

  // Requires for all: the node has a place, and its facts stay as they are while it is in.
  void add(Node& node);
  void remove(Node& node);
  // Notes to which episode the node belongs now.
  static void note_anchor(Node& node);

  // Calls visit(const Cell&, from, to, centre) for each cube within `reach` of `node`, with its
  // rows in the closed span of time and the node's place from the cube's corner. Requires: node is
  // in.
  template <class Visit>
  static void each_cell(const Node& node, std::int64_t reach, std::int64_t from, std::int64_t to,
                        std::int64_t side, Visit visit) {
    const GridPoint& centre = *node.facts.place;
    for (const Cell::Touching& one : node.cell->touching) {
      const GridPoint at{centre.x - one.corner.x, centre.y - one.corner.y, centre.z - one.corner.z};
      if (outside2(at, side) > reach * reach) {
        continue;
      }
      const Cell& cell = *one.cell;
      const std::size_t first = cell.from(from);
      std::size_t last = cell.end();
      if (last > first && cell.time()[last - 1] > to) {
        last = cell.from(to + 1);
      }
      if (first < last) {
        visit(cell, first, last, at);
      }
    }
  }
  // Calls visit(const Cell&, row, d^2) for every row within `reach` of `node` in the closed span of
  // time, cube by cube, the node's own among them.
  template <class Visit>
  void each(const Node& node, std::int64_t reach, std::int64_t from, std::int64_t to,
            Visit visit) const {
    each_cell(node, reach, from, to, side_,
              [&](const Cell& cell, std::size_t first, std::size_t last, const GridPoint& at) {
                for (std::size_t row = first; row < last; ++row) {
                  const std::int64_t square = square_to(cell, row, at);
                  if (square <= reach * reach) {
                    visit(cell, row, square);
                  }
                }
              });
  }
  [[nodiscard]] static std::int64_t square_to(const Cell& cell, std::size_t row,
                                              const GridPoint& at) {
    const std::int64_t dx = cell.x()[row] - at.x;
    const std::int64_t dy = cell.y()[row] - at.y;
    const std::int64_t dz = cell.z()[row] - at.z;
    return dx * dx + dy * dy + dz * dz;
  }
  [[nodiscard]] std::int64_t side() const { return side_; }

 private:
  struct Cube {
    Status status;
    std::int64_t x, y, z;
    friend bool operator==(const Cube&, const Cube&) = default;
  };
  struct CubeHash {
    std::size_t operator()(const Cube& cube) const;
  };
  // Squared distance from a point to the cube, of which it has the corner as origin.
  [[nodiscard]] static std::int64_t outside2(const GridPoint& at, std::int64_t side) {
    const auto out = [side](std::int64_t value) {
      return value < 0 ? -value : std::max<std::int64_t>(value - side + 1, 0);
    };
    return out(at.x) * out(at.x) + out(at.y) * out(at.y) + out(at.z) * out(at.z);
  }
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
