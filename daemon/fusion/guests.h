// The events that other shards decide (design/0013): takes in what their owners say of where they
// stand, so that fold and cases find them as if they had been decided here.
// Journey: fusion/engine_shards.cc -> here -> fusion/fold.cc, cases.cc
#pragma once

#include <cstddef>
#include <vector>

#include "daemon/fusion/area_rows.h"
#include "daemon/fusion/cases.h"
#include "daemon/fusion/copies.h"
#include "daemon/fusion/fold.h"
#include "daemon/fusion/nodes.h"
#include "daemon/fusion/people.h"
#include "daemon/fusion/score.h"

namespace fusiond::fusion {

class Guests {
 public:
  Guests(Nodes& nodes, const Score& score, Fold& fold, People& people)
      : nodes_(nodes), score_(score), fold_(fold), people_(people) {}

  // Another shard says where an event stands, or that it says so no more. The caller places the
  // node, and what may be a copy of it, anew.
  Node& hear(Shard from, const std::shared_ptr<const Standing>& standing);
  Node* hear_gone(Shard from, const GoneNews& gone);
  // What another shard says of the incident of a root.
  Node& hear(Shard from, const CardNews& news);
  // The event is decided here from now on, or no more.
  void enter(Node& node);
  void leave(Node& node, Owner to);
  // After a restart: what others had said of an event. The caller renews those that are no own
  // ones.
  Node& restore(const AreaRow& row);
  // Takes the node out of what others name; nobody hears of it.
  static void drop(Node& node);
  // Another shard knows who owns an event.
  static void hear(Node& node, Owner owner);

  // The node of an event of which nothing may be known here but that it is named.
  Node& make(ShortId id);
  // Gives a guest the role and the facts that its owner says, as far as they fit to what is here.
  void place(Node& node);
  // Before the node changes: who stands in its episode by another shard's word is taken out of it.
  void release(Node& node);
  // Places those anew who did not fit, or may now, after the fold has settled. True when the fold
  // has to settle again.
  bool follow();
  // What has moved was seen to; the fold's list starts anew.
  void done() { followed_ = 0; }

  // Whose owner others may not know any more, or know now: news of it, and of its episodes'
  // members, may look different. Cleared by the caller.
  std::vector<Node*> rehomed;
  // Of whose incident the owner says another name. Likewise.
  std::vector<Node*> renamed;

 private:
  void adopt(Node& node);
  void let_go(Node& node);
  void name_anchor(Node& node, const Standing& standing);
  void set_root(Node& node, Node* root);
  void offer(Node& named, Node& namer);
  void ask_again(Node& named);
  void set_named(Node& node, Node* namer);
  template <class Visit>
  static void each_namer(const Node& named, Visit visit);
  [[nodiscard]] static bool fits(const Node& node, const Facts& facts);
  [[nodiscard]] Facts facts_of(const Node& node);

  Nodes& nodes_;
  const Score& score_;
  Fold& fold_;
  People& people_;
  std::size_t followed_ = 0;  // of the fold's moves
};

// Who decides an event, as far as is known here; `self` for one's own.
[[nodiscard]] std::optional<Shard> owner_of(const Node& node, Shard self);
[[nodiscard]] std::optional<Owner> full_owner_of(const Node& node, Shard self);

}  // namespace fusiond::fusion
