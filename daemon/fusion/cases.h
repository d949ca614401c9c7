// Links episodes into cases (design/0005, 4): a case is the incident that consumers see.
// Journey: fusion/fold.cc -> here -> fusion/incident_book.cc
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "daemon/fusion/fold.h"
#include "daemon/fusion/node.h"
#include "daemon/fusion/node_queue.h"

namespace fusiond::fusion {

class Cases {
 public:
  Cases(const Score& score, Fold& fold, const People& people)
      : score_(score), fold_(fold), people_(people) {}

  // Links anew whatever the fold's changes can have touched, in anchor order.
  void settle(const std::vector<Moved>& moved, const std::vector<Decided>& decided);
  // Has the episode of a node be linked anew, because people bind it otherwise.
  void revisit(const Node& node);

  // Notes that the incident of which `node` is or was the root may look different now.
  void touch(Node& node);
  void untouch(Node& node);
  // Those noted since the last time, each once, in no order; valid until the next call.
  const std::vector<Node*>& take_touched();

  // The episodes that came into another case with the last settle(); cleared by the caller.
  std::vector<Node*> entered;
  // Those whose link, or what they nearly hang on, it changed; likewise.
  std::vector<Node*> relinked;

  // Has a case been touched in which an event stands by which people unite?
  [[nodiscard]] bool touched_joined() const;

  // The roots whose incident may name that of `root` in `maybe_same_as`.
  [[nodiscard]] std::vector<Node*> may_name(Node& root) const;

  // The root of the incident that counts `node`, or nothing when no incident does.
  static Node* root_of(Node& node);

 private:
  struct Link {
    Node* parent = nullptr;
    CaseTie tie;
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
  // The strongest pair with one earlier episode.
  struct Evidence {
    Node* episode = nullptr;
    const Node* event = nullptr;
    Heard heard;
  };
  void mark(const Moved& move);
  void mark_keys(const Facts& facts);
  void mark_dependents(const Node& anchor);
  template <class Visit>
  void each_dependent(const Node& anchor, Visit visit) const;
  // Forgets the link of an anchor that left or changed, and marks what hung on it.
  void unlink(Node& node);
  void link(Node& anchor);
  // As the owner of a guest says.
  static void link_as_told(const Node& guest, Link& found);
  void hang(Node& anchor, Node* parent);
  void enter(Node& anchor, Node& root);
  void mark_bound(const Node& anchor);
  void part(const Node& anchor);
  // May an episode hang on this one, for all that people say?
  [[nodiscard]] bool is_open(const Node& episode);
  [[nodiscard]] std::optional<KeyPair> key_parent(const Node& anchor);
  void pair_up(const Node& anchor, std::uint32_t key, std::optional<KeyPair>& best);
  [[nodiscard]] bool linkable(const Facts& a, const Facts& b) const;
  void weigh_evidence(const Node& anchor, Link& found);
  void note(const Seen& seen, const Node& anchor, std::int64_t least_mn);
  [[nodiscard]] bool root_in_reach(const Node& root, const Node& anchor) const;

  const Score& score_;
  Fold& fold_;
  const People& people_;
  NodeQueue dirty_{&Node::case_dirty};
  std::vector<Node*> touched_;
  std::vector<Node*> taken_;         // by the last take_touched()
  std::vector<const Node*> mine_;    // holders of a key: of the episode ...
  std::vector<const Node*> others_;  // ... and of earlier ones
  std::vector<Evidence> evidence_;
  Parted parted_;  // the cases to which the episode that is linked may not come
};

}  // namespace fusiond::fusion
