// The live roots as each other's surroundings: who is related to whom, and when each must be looked
// at again because it turns quiet or closes. Marks what must be rendered anew; renders nothing.
// Journey: fusion/incident_book.cc -> here
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/fusion/endings.h"
#include "daemon/fusion/node_queue.h"
#include "daemon/fusion/nodes.h"
#include "daemon/fusion/root_index.h"

namespace fusiond::fusion {

constexpr std::size_t kRelated = 8;  // related_to: the nearest before in time

class LiveRoots {
 public:
  // `waiting`: where what must be looked at is put.
  LiveRoots(const AssociationConfig& config, const Nodes& nodes, NodeQueue& waiting);

  // Enters or changes a live root, and touches those who name it or could.
  void list(Node& root, const Listed& listed);
  void unlist(Node& node);
  // Takes out a root that is forgotten; nobody hears of it.
  void drop(Node& node);
  // Touches the later roots to which it matters that this one comes, goes or gets another id.
  void touch_later(const Node& root);
  // Sets what `root` is related to, if that may have changed: earlier incidents of the same family
  // near by. The later one names the earlier one, so that nothing is told twice. Requires: listed.
  void relate(Node& root);

  // Sees to it that a root is touched when C passes its ends. Requires: listed.
  void wait_for_ends(Node& root, std::int64_t closing);
  // Touches the roots of which C has passed an end.
  void touch_ended(std::int64_t closing);

 private:
  const Nodes& nodes_;
  NodeQueue& waiting_;
  RootIndex roots_;
  Endings ends_;
  std::vector<Node*> found_;
};

}  // namespace fusiond::fusion
