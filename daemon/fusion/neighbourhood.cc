#include "daemon/fusion/neighbourhood.h"

#include <cstring>

#include "daemon/base/check.h"

namespace fusiond::fusion {
namespace {

constexpr std::size_t kLeastRoom = 8;

}  // namespace

// Most searches are for the latest rows: steps that double, from the end, then halves.
std::size_t Cell::from(std::int64_t time) const {
  std::size_t low = begin_;
  std::size_t high = end_;
  for (std::size_t step = 1; high > low; step *= 2) {
    const std::size_t at = high - std::min(step, high - low);
    if (time_[at] < time) {
      low = at + 1;
      break;
    }
    high = at;
  }
  return static_cast<std::size_t>(std::lower_bound(time_ + low, time_ + high, time) - time_);
}

std::size_t Cell::row_of(const Node& node) const {
  std::size_t row = from(node.facts.time);
  while (row < end_ && time_[row] == node.facts.time && node_[row]->number < node.number) {
    ++row;
  }
  return row;
}

// Rows first go to the front of the room they have, then to twice the room.
void Cell::make_room() {
  if (end_ < room_) {
    return;
  }
  if (begin_ > room_ / 2) {
    move_rows(begin_, 0, size());
    end_ -= begin_;
    begin_ = 0;
    return;
  }
  const std::size_t room = std::max(kLeastRoom, 2 * room_);
  std::size_t row_bytes = 0;
  each_column([&](auto* column) { row_bytes += sizeof(*column); });
  auto bytes = std::make_unique<std::byte[]>(room * row_bytes);
  std::byte* next = bytes.get();
  each_column([&](auto*& column) {
    if (size() > 0) {
      std::memcpy(next, column + begin_, size() * sizeof(*column));
    }
    column = reinterpret_cast<std::remove_reference_t<decltype(column)>>(next);
    next += room * sizeof(*column);
  });
  bytes_ = std::move(bytes);
  end_ -= begin_;
  begin_ = 0;
  room_ = room;
}

void Cell::move_rows(std::size_t from, std::size_t to, std::size_t count) {
  if (count > 0) {
    each_column(
        [&](auto* column) { std::memmove(column + to, column + from, count * sizeof(*column)); });
  }
}

void Cell::insert(Node& node) {
  make_room();
  const std::size_t row = row_of(node);
  move_rows(row, row + 1, end_ - row);
  ++end_;
  const GridPoint& place = *node.facts.place;
  time_[row] = node.facts.time;
  node_[row] = &node;
  anchor_[row] = node.anchor;
  x_[row] = static_cast<std::int32_t>(place.x - corner_.x);
  y_[row] = static_cast<std::int32_t>(place.y - corner_.y);
  z_[row] = static_cast<std::int32_t>(place.z - corner_.z);
  variance_m2_[row] = static_cast<std::uint32_t>(node.facts.variance_m2);
  kind_[row] = node.facts.kind;
}

void Cell::erase(const Node& node) {
  const std::size_t row = row_of(node);
  FUSIOND_CHECK(row < end_ && node_[row] == &node,
                "a node leaves with the facts that it entered with");
  if (row - begin_ < end_ - row) {
    move_rows(begin_, begin_ + 1, row - begin_);
    ++begin_;
  } else {
    move_rows(row + 1, row, end_ - row - 1);
    --end_;
  }
}

std::size_t Neighbourhood::CubeHash::operator()(const Cube& cube) const {
  auto mixed = static_cast<std::uint64_t>(cube.status);
  for (const std::int64_t part : {cube.x, cube.y, cube.z}) {
    mixed = (mixed ^ static_cast<std::uint64_t>(part)) * 0x9e3779b97f4a7c15ULL;
    mixed ^= mixed >> 29;
  }
  return mixed;
}

Neighbourhood::Cube Neighbourhood::cube_of(const Node& node) const {
  const GridPoint& place = *node.facts.place;
  return {node.facts.status, floor(place.x), floor(place.y), floor(place.z)};
}

// Calls visit(Cell&) for every cube that touches `cube` or is it.
template <class Visit>
void Neighbourhood::each_touching(const Cube& cube, Visit visit) {
  for (std::int64_t x = cube.x - 1; x <= cube.x + 1; ++x) {
    for (std::int64_t y = cube.y - 1; y <= cube.y + 1; ++y) {
      for (std::int64_t z = cube.z - 1; z <= cube.z + 1; ++z) {
        const auto found = cells_.find({cube.status, x, y, z});
        if (found != cells_.end()) {
          visit(*found->second);
        }
      }
    }
  }
}

Cell& Neighbourhood::open(const Cube& cube) {
  const auto [at, is_new] = cells_.try_emplace(cube);
  if (!is_new) {
    return *at->second;
  }
  at->second = std::make_unique<Cell>(cube.status,
                                      GridPoint{cube.x * side_, cube.y * side_, cube.z * side_});
  Cell& cell = *at->second;
  each_touching(cube, [&](Cell& other) {
    cell.touching.push_back({&other, other.corner()});
    if (&other != &cell) {
      other.touching.push_back({&cell, cell.corner()});
    }
  });
  return cell;
}

void Neighbourhood::close(const Cube& cube) {
  const auto found = cells_.find(cube);
  const Cell* cell = found->second.get();
  each_touching(cube, [&](Cell& other) {
    std::erase_if(other.touching, [&](const Cell::Touching& one) { return one.cell == cell; });
  });
  cells_.erase(found);
}

void Neighbourhood::add(Node& node) {
  Cell& cell = open(cube_of(node));
  cell.insert(node);
  node.cell = &cell;
}

void Neighbourhood::remove(Node& node) {
  FUSIOND_CHECK(node.cell != nullptr, "a node leaves the cell that it entered");
  node.cell->erase(node);
  if (node.cell->empty()) {
    close(cube_of(node));
  }
  node.cell = nullptr;
}

void Neighbourhood::note_anchor(Node& node) {
  if (node.cell != nullptr) {
    node.cell->anchor()[node.cell->row_of(node)] = node.anchor;
  }
}

}  // namespace fusiond::fusion
