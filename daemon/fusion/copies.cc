#include "daemon/fusion/copies.h"

#include <algorithm>
#include <utility>

namespace fusiond::fusion {

bool Copies::present(const Node& node) {
  return node.known &&
         !(node.state.deciding && node.state.deciding->lifecycle == Lifecycle::retract);
}

Node* Copies::next(const Node& node) const {
  if (!node.copy_of) {
    return nullptr;
  }
  Node* original = nodes_.find(*node.copy_of);
  if (original == nullptr || original == &node || !present(*original)) {
    return nullptr;
  }
  return original->deciding().status == node.deciding().status ? original : nullptr;
}

void Copies::point(Node& node) {
  std::optional<ShortId> target;
  if (present(node) && node.deciding().copy_of) {
    target = short_id(*node.deciding().copy_of);
  }
  if (target == node.copy_of) {
    return;
  }
  drop(node);
  node.copy_of = target;
  if (node.copy_of) {
    pointing_[*node.copy_of].push_back(&node);
  }
}

void Copies::drop(Node& node) {
  if (!node.copy_of) {
    return;
  }
  const auto found = pointing_.find(*node.copy_of);
  std::erase(found->second, &node);
  if (found->second.empty()) {
    pointing_.erase(found);
  }
  node.copy_of.reset();
}

const std::vector<Node*>& Copies::update(Node& node) {
  point(node);
  affected_.assign(1, &node);
  if (!node.copy_of && (pointing_.empty() || !pointing_.contains(node.number))) {
    node.copy_root = nullptr;  // as most are: neither a copy nor an original
    return affected_;
  }
  std::unordered_map<Node*, bool> open{{&node, true}};  // affected → still to be resolved
  for (std::size_t i = 0; i < affected_.size(); ++i) {
    const auto found = pointing_.find(affected_[i]->number);
    if (found == pointing_.end()) {
      continue;
    }
    for (Node* copy : found->second) {
      if (open.emplace(copy, true).second) {
        affected_.push_back(copy);
      }
    }
  }
  for (Node* one : affected_) {
    resolve(*one, open);
  }
  return affected_;
}

// Follows the pointers until one is resolved, ends, or the way closes to a ring; then everybody on
// the way has the same root.
void Copies::resolve(Node& node, std::unordered_map<Node*, bool>& open) const {
  std::vector<Node*> way;
  std::unordered_map<const Node*, std::size_t> at;
  Node* root = &node;
  for (Node* one = &node;;) {
    const auto state = open.find(one);
    if (state == open.end() || !state->second) {
      root = one->copy_root != nullptr ? one->copy_root : one;
      break;
    }
    if (const auto [seen, is_new] = at.emplace(one, way.size()); !is_new) {
      root = *std::min_element(way.begin() + static_cast<std::ptrdiff_t>(seen->second), way.end(),
                               ById{});
      break;
    }
    way.push_back(one);
    root = one;
    Node* further = present(*one) ? next(*one) : nullptr;
    if (further == nullptr) {
      break;
    }
    one = further;
  }
  for (Node* one : way) {
    one->copy_root = one == root ? nullptr : root;
    open[one] = false;
  }
}

}  // namespace fusiond::fusion
