#include "daemon/fusion/root_index.h"

#include <algorithm>

#include "daemon/base/check.h"

namespace fusiond::fusion {

RootIndex::RootIndex(std::int64_t reach_m, std::int64_t window_us)
    : reach_(std::max<std::int64_t>(reach_m, 1) * kUnitsPerMetre),
      reach2_(reach_m * kUnitsPerMetre * reach_m * kUnitsPerMetre),
      window_us_(window_us) {}

std::size_t RootIndex::KeyHash::operator()(const Key& key) const noexcept {
  std::uint64_t hash = key.kind;
  for (const std::int32_t part : {key.x, key.y, key.z}) {
    hash = (hash ^ static_cast<std::uint32_t>(part)) * 0x9e3779b97f4a7c15ULL;
    hash ^= hash >> 29U;
  }
  return hash;
}

std::int32_t RootIndex::cell_of(std::int64_t units) const {
  const std::int64_t width = 2 * reach_;
  return static_cast<std::int32_t>(units >= 0 ? units / width : -((width - 1 - units) / width));
}

RootIndex::Key RootIndex::key_of(const Listed& listed) const {
  const GridPoint& at = *listed.place;
  return {
      cell_of(at.x), cell_of(at.y), cell_of(at.z),
      static_cast<std::uint32_t>(listed.status) << 16U | static_cast<std::uint32_t>(listed.family)};
}

// Where `root` stands or would stand.
std::size_t RootIndex::Cell::place_of(const Node& root) const {
  const std::int64_t time = root.listed->time;
  const auto earlier = [&](const Row& row) {
    return row.time != time ? row.time < time : row.node->number < root.number;
  };
  if (rows.size() > first && earlier(rows.back())) {
    return rows.size();
  }
  const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(first);
  return static_cast<std::size_t>(std::partition_point(begin, rows.end(), earlier) - rows.begin());
}

void RootIndex::add(Node& root) {
  Cell& cell = cells_[key_of(*root.listed)];
  const auto at = static_cast<std::ptrdiff_t>(cell.place_of(root));
  cell.rows.insert(cell.rows.begin() + at, Row{root.listed->time, &root, *root.listed->place});
}

void RootIndex::remove(Node& root) {
  const auto found = cells_.find(key_of(*root.listed));
  FUSIOND_CHECK(found != cells_.end(), "a root is removed from where it was added");
  Cell& cell = found->second;
  const std::size_t at = cell.place_of(root);
  FUSIOND_CHECK(at < cell.rows.size() && cell.rows[at].node == &root, "a listed root has its row");
  if (at == cell.first) {
    ++cell.first;  // as the oldest mostly are the first to go
  } else {
    cell.rows.erase(cell.rows.begin() + static_cast<std::ptrdiff_t>(at));
  }
  if (cell.first == cell.rows.size()) {
    cells_.erase(found);
  } else if (2 * cell.first > cell.rows.size()) {
    cell.rows.erase(cell.rows.begin(), cell.rows.begin() + static_cast<std::ptrdiff_t>(cell.first));
    cell.first = 0;
  }
}

void RootIndex::before(const Node& root, std::size_t most, std::vector<Node*>& found) const {
  found.clear();
  const std::int64_t oldest = root.listed->time - window_us_;
  const auto later = [](const Node* a, const Node* b) {
    const std::int64_t one = a->listed->time;
    const std::int64_t other = b->listed->time;
    return one != other ? one > other : b->number < a->number;
  };
  each_cell(*root.listed, [&](const Cell& cell) {
    for (std::size_t i = cell.place_of(root); i-- > cell.first;) {
      const Row& row = cell.rows[i];
      if (row.time < oldest || (found.size() == most && later(found.back(), row.node))) {
        return;
      }
      if (distance2(row.at, *root.listed->place) > reach2_) {
        continue;
      }
      if (found.size() == most) {
        found.pop_back();
      }
      found.insert(std::upper_bound(found.begin(), found.end(), row.node, later), row.node);
    }
  });
}

}  // namespace fusiond::fusion
