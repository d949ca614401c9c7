// Nodes that wait to be decided, earliest first, each once. The flag in the node says that it
// waits; room is kept from one time to the next.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "daemon/fusion/node.h"

namespace fusiond::fusion {

class NodeQueue {
 public:
  explicit NodeQueue(bool Node::* flag) : flag_(flag) {}

  void push(Node& node) {
    if (node.*flag_) {
      return;
    }
    node.*flag_ = true;
    heap_.push_back({node.facts.time, &node});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  // Takes a node out, so that its facts may change. Its entry stays until it comes up.
  void drop(Node& node) const { node.*flag_ = false; }

  // The earliest that waits, or nothing.
  Node* pop() {
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), later);
      const Entry entry = heap_.back();
      heap_.pop_back();
      if (entry.node->*flag_ && entry.time == entry.node->facts.time) {
        entry.node->*flag_ = false;
        return entry.node;
      }
    }
    return nullptr;
  }

 private:
  struct Entry {
    std::int64_t time;  // as it was when the node came
    Node* node;
  };
  static bool later(const Entry& a, const Entry& b) {
    return a.time != b.time ? a.time > b.time : b.node->number < a.node->number;
  }

  bool Node::* flag_;
  std::vector<Entry> heap_;
};

}  // namespace fusiond::fusion
