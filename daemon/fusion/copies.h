// Which events are copies of which (design/0005, 1): a re-post counts on its root and is no
// witness of its own.
//   root absent → the event itself; copies of copies → the last root; a ring → its smallest id is
//   the root.
#pragma once

#include <unordered_map>
#include <vector>

#include "daemon/fusion/nodes.h"

namespace fusiond::fusion {

class Copies {
 public:
  explicit Copies(Nodes& nodes) : nodes_(nodes) {}

  // Takes in what the node's state says now. Returns the nodes whose root may have changed, the
  // node itself first: each has its new copy_root. Valid until the next call.
  const std::vector<Node*>& update(Node& node);
  void drop(Node& node);

  // Is the event there to be grouped, shown alone or counted: known, and not retracted in time?
  static bool present(const Node& node);

 private:
  // The event that `node` says it copies, if that one is present and of the same status.
  [[nodiscard]] Node* next(const Node& node) const;
  void point(Node& node);
  void resolve(Node& node, std::unordered_map<Node*, bool>& open) const;

  Nodes& nodes_;
  std::unordered_map<ShortId, std::vector<Node*>, ShortIdHash> pointing_;  // by the id pointed at
  std::vector<Node*> affected_;
};

}  // namespace fusiond::fusion
