#include "daemon/fusion/neighbourhood.h"

#include "daemon/base/check.h"

namespace fusiond::fusion {

// Most searches are for the latest rows: single steps from the end first, then such that double,
// then halves.
const Row* Cell::from(std::int64_t time) const {
  constexpr std::ptrdiff_t kSteps = 12;
  const Row* low = begin();
  const Row* high = end();
  const Row* const near = high - std::min(kSteps, high - low);
  for (; high > near; --high) {
    if ((high - 1)->time < time) {
      return high;
    }
  }
  for (std::ptrdiff_t step = kSteps; high > low; step *= 2) {
    const Row* at = high - std::min(step, high - low);
    if (at->time < time) {
      low = at + 1;
      break;
    }
    high = at;
  }
  return std::lower_bound(low, high, time,
                          [](const Row& row, std::int64_t least) { return row.time < least; });
}

const Row* Cell::since(std::int64_t time) {
  constexpr std::size_t kSteps = 12;
  std::size_t at = std::clamp(since_, begin_, rows_.size());
  const std::size_t far = std::min(at + kSteps, rows_.size());
  while (at < far && rows_[at].time < time) {
    ++at;
  }
  const bool too_late = at > begin_ && rows_[at - 1].time >= time;
  const bool too_early = at < rows_.size() && rows_[at].time < time;
  if (too_late || too_early) {
    at = static_cast<std::size_t>(from(time) - rows_.data());
  }
  since_ = at;
  return rows_.data() + at;
}

std::size_t Cell::place_of(const Node& node) const {
  const Row* row = from(node.facts.time);
  while (row < end() && row->time == node.facts.time && row->node->number < node.number) {
    ++row;
  }
  return static_cast<std::size_t>(row - rows_.data());
}

Row& Cell::row_of(const Node& node) {
  Row& row = rows_[place_of(node)];
  FUSIOND_CHECK(row.node == &node, "a node stands where its facts say");
  return row;
}

void Cell::insert(Node& node) {
  if (begin_ > rows_.size() / 2 && rows_.size() == rows_.capacity()) {
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
  const GridPoint& place = *node.facts.place;
  const Row row{node.facts.time,
                &node,
                node.anchor,
                0,
                static_cast<std::int32_t>(place.x - corner_.x),
                static_cast<std::int32_t>(place.y - corner_.y),
                static_cast<std::int32_t>(place.z - corner_.z),
                static_cast<std::uint32_t>(node.facts.variance_m2),
                static_cast<std::uint16_t>(node.facts.kind),
                node.facts.delay_row,
                node.facts.keys.bits,
                0};
  rows_.insert(rows_.begin() + static_cast<std::ptrdiff_t>(place_of(node)), row);
  last_time_ = rows_.back().time;
}

void Cell::erase(const Node& node) {
  const std::size_t at = place_of(node);
  FUSIOND_CHECK(at < rows_.size() && rows_[at].node == &node,
                "a node leaves with the facts that it entered with");
  const auto row = rows_.begin() + static_cast<std::ptrdiff_t>(at);
  if (at - begin_ < rows_.size() - at) {
    const auto first = rows_.begin() + static_cast<std::ptrdiff_t>(begin_);
    std::move_backward(first, row, row + 1);
    ++begin_;
  } else {
    rows_.erase(row);
  }
  last_time_ = empty() ? 0 : rows_.back().time;
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

// Calls visit(Cell&, x, y, z) for every cube that touches `cube` or is it, with the steps to it
// plus one.
template <class Visit>
void Neighbourhood::each_touching(const Cube& cube, Visit visit) {
  for (std::uint8_t x = 0; x < 3; ++x) {
    for (std::uint8_t y = 0; y < 3; ++y) {
      for (std::uint8_t z = 0; z < 3; ++z) {
        const auto found =
            cells_.find({cube.status, cube.x + x - 1, cube.y + y - 1, cube.z + z - 1});
        if (found != cells_.end()) {
          visit(*found->second, x, y, z);
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
  at->second = std::make_unique<Cell>(GridPoint{cube.x * side_, cube.y * side_, cube.z * side_});
  Cell& cell = *at->second;
  each_touching(cube, [&](Cell& other, std::uint8_t x, std::uint8_t y, std::uint8_t z) {
    const auto back = [](std::uint8_t step) { return static_cast<std::uint8_t>(2 - step); };
    cell.touching.push_back({&other, x, y, z});
    if (&other != &cell) {
      other.touching.push_back({&cell, back(x), back(y), back(z)});
    }
  });
  return cell;
}

void Neighbourhood::close(const Cube& cube) {
  const auto found = cells_.find(cube);
  const Cell* cell = found->second.get();
  each_touching(cube, [&](Cell& other, std::uint8_t, std::uint8_t, std::uint8_t) {
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
    Row& row = node.cell->row_of(node);
    row.anchor = node.anchor;
    row.anchor_time = node.anchor == nullptr ? 0 : node.anchor->facts.time;
    const bool alone = node.is_anchor() && node.members.size() == 1 && !node.ejected;
    row.alone_m2 = alone ? node.summary.variance_m2 : 0;
  }
}

}  // namespace fusiond::fusion
