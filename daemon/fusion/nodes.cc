#include "daemon/fusion/nodes.h"

#include <utility>

#include "daemon/base/check.h"

namespace fusiond::fusion {

// Where `id` stands, or the empty slot where it would.
std::size_t Nodes::place_of(ShortId id) const {
  std::size_t at = home(id);
  while (table_[at].node != nullptr && table_[at].id != id) {
    at = (at + 1) & (table_.size() - 1);
  }
  return at;
}

Node* Nodes::find(ShortId id) const {
  return table_[place_of(id)].node;
}

Node& Nodes::make(const EventId& id) {
  const ShortId number = short_id(id);
  std::size_t at = place_of(number);
  if (table_[at].node != nullptr) {
    return *table_[at].node;
  }
  if (2 * (size_ + 1) > table_.size()) {
    grow();
    at = place_of(number);
  }
  if (free_.empty()) {
    blocks_.push_back(std::make_unique<Node[]>(kBlock));
    for (std::size_t i = kBlock; i-- > 0;) {
      free_.push_back(&blocks_.back()[i]);
    }
  }
  Node& node = *free_.back();
  free_.pop_back();
  node.id = id;
  node.number = number;
  table_[at] = {number, &node};
  ++size_;
  return node;
}

void Nodes::erase(Node& node) {
  std::size_t hole = place_of(node.number);
  FUSIOND_CHECK(table_[hole].node == &node, "a node is erased once");
  // Whoever stands behind the hole and could stand in it moves up.
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = (hole + 1) & mask; table_[at].node != nullptr; at = (at + 1) & mask) {
    if (((at - home(table_[at].id)) & mask) >= ((at - hole) & mask)) {
      table_[hole] = table_[at];
      hole = at;
    }
  }
  table_[hole] = {};
  --size_;
  node = Node{};
  free_.push_back(&node);
}

void Nodes::grow() {
  std::vector<Slot> old(2 * table_.size());
  std::swap(old, table_);
  for (const Slot& slot : old) {
    if (slot.node != nullptr) {
      table_[place_of(slot.id)] = slot;
    }
  }
}

}  // namespace fusiond::fusion
