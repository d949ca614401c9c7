// Links episodes into cases (design/0005, 4): a case is the incident that consumers see.
// Journey: fusion/fold.cc -> here -> fusion/incident_book.cc
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "daemon/fusion/fold.h"
#include "daemon/fusion/node.h"

namespace fusiond::fusion {

class Cases {
 public:
  Cases(const Score& score, const Fold& fold) : score_(score), fold_(fold) {}

  // Links anew whatever the fold's changes can have touched, in anchor order.
  void settle(const std::vector<Moved>& moved, const std::vector<Node*>& decided);
  // Drops an anchor whose whole case goes.
  static void drop(Node& node);

  // Roots whose incident may look different now, also those that are none any more; cleared by the
  // caller.
  NodeBag touched;

  // The roots whose incident may name that of `root` in `maybe_same_as`.
  [[nodiscard]] std::vector<Node*> may_name(const Node& root) const;

  // The root of the case that counts `node`, or nothing when no incident does.
  static Node* root_of(Node& node);

 private:
  struct Link {
    Node* parent = nullptr;
    std::optional<CaseLink> link;
    std::vector<NearMiss> near;
  };
  // The least by (gap, order of the episode, of the member, of the other event).
  struct KeyPair {
    std::int64_t gap_us = 0;
    Node* parent = nullptr;
    const Node* member = nullptr;
    const Node* other = nullptr;
    [[nodiscard]] bool less(const KeyPair& than) const;
  };
  void mark(const Moved& move);
  void mark_near(const Facts& facts);
  void mark_keys(const Facts& facts);
  void mark_dependents(const Node& anchor);
  template <class Visit>
  void each_dependent(const Node& anchor, Visit visit) const;
  // Forgets the link of an anchor that left or changed, and marks what hung on it.
  void unlink(Node& node);
  void link(Node& anchor);
  [[nodiscard]] std::optional<KeyPair> key_parent(const Node& anchor) const;
  [[nodiscard]] bool linkable(const Facts& a, const Facts& b) const;
  [[nodiscard]] CaseLink by_key(const Node& anchor, const KeyPair& pair) const;
  void weigh_evidence(const Node& anchor, Link& found) const;
  [[nodiscard]] bool root_in_reach(const Node& root, const Node& anchor) const;

  const Score& score_;
  const Fold& fold_;
  NodeSet dirty_;
};

}  // namespace fusiond::fusion
