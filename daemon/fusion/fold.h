// The event-time fold: which episode each event belongs to (design/0005, 3). After settle() every
// decision is what a batch over all events in (time, id) order would give, whatever order they came
// in. Journey: fusion/engine.cc -> here -> fusion/cases.cc
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/fusion/key_index.h"
#include "daemon/fusion/neighbourhood.h"
#include "daemon/fusion/node.h"
#include "daemon/fusion/score.h"

namespace fusiond::fusion {

// A node whose facts or episode changed, with what it was before.
struct Moved {
  Node* node = nullptr;
  Node* old_anchor = nullptr;
  std::optional<Facts> old_facts;  // set when the facts changed or the node left
};

class Fold {
 public:
  explicit Fold(const Score& score);

  // Gives a node another role or other facts. Decisions stand only after the next settle().
  void replace(Node& node, Role role, const Facts& facts);
  // Decides anew whatever the replacements can have changed, in (time, id) order. Cost: the events
  // whose inputs changed, each against the anchors near by; a new event also looks at the events
  // near by once.
  void settle();

  // What the last settle() did; cleared by the caller.
  std::vector<Moved> moved;
  std::vector<Node*> decided;  // every node that was decided anew, also to the same end

  [[nodiscard]] const Neighbourhood& events() const { return events_; }  // grouped and late
  [[nodiscard]] const Neighbourhood& anchors() const {
    return anchors_;
  }  // anchors and late events
  [[nodiscard]] const KeyIndex& keys() const { return keys_; }

  // The members of its episode before `node`, the last `most` of them.
  static std::vector<EventId> members_before(const Node& node, std::size_t most);
  // Drops a node from every structure and decides nothing anew: its whole incident goes.
  void drop(Node& node);

 private:
  struct Found {
    Node* anchor = nullptr;
    Score::Heard heard;
    Gate missed = Gate::none;
  };
  void take_out(Node& node);
  void put_in(Node& node);
  void detach(Node& node);
  void attach(Node& node, Node& anchor);
  void decide(Node& node);
  [[nodiscard]] std::vector<Found> candidates(const Node& node) const;
  [[nodiscard]] std::optional<Found> hear(const Node& node, Node& anchor) const;
  [[nodiscard]] KeyTerm key_with(const Node& node, const Node& anchor) const;
  [[nodiscard]] Look around(const Node& node, std::int64_t reach_m, std::int64_t from,
                            std::int64_t to) const;
  // The later events that compare themselves with the episode of `anchor`, from `after` on.
  void mark_listeners(const Node& anchor, const Node& after);
  template <class Visit>
  void each_later_near(const Node& node, Visit visit) const;
  void sum_up(Node& anchor, std::size_t from);

  const Score& score_;
  std::int64_t window_us_;
  std::int64_t reach_m_;
  std::int64_t background_reach_m_;
  Neighbourhood events_;
  Neighbourhood anchors_;
  KeyIndex keys_;
  NodeSet dirty_;
};

}  // namespace fusiond::fusion
