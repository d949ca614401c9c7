#include "daemon/fusion/neighbourhood.h"

#include "daemon/base/check.h"

namespace fusiond::fusion {

std::size_t Neighbourhood::CellHash::operator()(const Cell& cell) const {
  auto mixed = static_cast<std::uint64_t>(cell.status);
  for (const std::int64_t part : {cell.x, cell.y, cell.z}) {
    mixed = (mixed ^ static_cast<std::uint64_t>(part)) * 0x9e3779b97f4a7c15ULL;
    mixed ^= mixed >> 29;
  }
  return mixed;
}

Neighbourhood::Cell Neighbourhood::cell_of(const Node& node) const {
  const GridPoint& place = *node.facts.place;
  return {node.facts.status, floor(place.x), floor(place.y), floor(place.z)};
}

std::vector<Neighbourhood::Entry>::iterator Neighbourhood::find(std::vector<Entry>& entries,
                                                                const Node& node) {
  return std::lower_bound(entries.begin(), entries.end(), &node,
                          [](const Entry& left, const Node* right) {
                            return left.time != right->facts.time ? left.time < right->facts.time
                                                                  : left.node->id < right->id;
                          });
}

void Neighbourhood::add(Node& node) {
  auto& entries = cells_[cell_of(node)];
  entries.insert(find(entries, node), {node.facts.time, *node.facts.place, &node});
}

void Neighbourhood::remove(Node& node) {
  const auto cell = cells_.find(cell_of(node));
  FUSIOND_CHECK(cell != cells_.end(), "a node leaves the cell that it entered");
  const auto entry = find(cell->second, node);
  FUSIOND_CHECK(entry != cell->second.end() && entry->node == &node,
                "a node leaves with the facts that it entered with");
  cell->second.erase(entry);
  if (cell->second.empty()) {
    cells_.erase(cell);
  }
}

}  // namespace fusiond::fusion
