// Every node there is, by event id. Owns them: blocks of nodes that stay where they are, and a free
// list, so that a new event costs no allocation of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "daemon/fusion/node.h"

namespace fusiond::fusion {

class Nodes {
 public:
  [[nodiscard]] Node* find(ShortId id) const;
  [[nodiscard]] Node* find(const EventId& id) const { return find(short_id(id)); }
  // The node of `id`, made if there is none.
  Node& make(const EventId& id);
  // Requires: nothing points at it any more.
  void erase(Node& node);
  [[nodiscard]] std::size_t size() const { return size_; }

  // Calls visit(Node&) for each, in no order. No node may come or go meanwhile.
  template <class Visit>
  void each(Visit visit) const {
    for (const Slot& slot : table_) {
      if (slot.node != nullptr) {
        visit(*slot.node);
      }
    }
  }

 private:
  static constexpr std::size_t kBlock = 64;
  // An open table, probed one by one; at most half full.
  struct Slot {
    ShortId id;
    Node* node = nullptr;
  };
  [[nodiscard]] std::size_t home(ShortId id) const {
    return ShortIdHash{}(id) & (table_.size() - 1);
  }
  [[nodiscard]] std::size_t place_of(ShortId id) const;
  void grow();

  std::vector<Slot> table_ = std::vector<Slot>(kBlock);
  std::size_t size_ = 0;
  std::vector<std::unique_ptr<Node[]>> blocks_;
  std::vector<Node*> free_;
};

}  // namespace fusiond::fusion
