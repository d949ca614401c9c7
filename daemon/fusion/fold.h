// The event-time fold: which episode each event belongs to (design/0005, 3). After settle() every
// decision is what a batch over all events in (time, id) order would give, whatever order they came
// in. Journey: fusion/engine.cc -> here -> fusion/cases.cc
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "daemon/fusion/key_index.h"
#include "daemon/fusion/neighbourhood.h"
#include "daemon/fusion/node.h"
#include "daemon/fusion/node_queue.h"
#include "daemon/fusion/people.h"
#include "daemon/fusion/score.h"

namespace fusiond::fusion {

// A node whose facts or episode changed, with what it was before.
struct Moved {
  Node* node = nullptr;
  Node* old_anchor = nullptr;
  std::optional<Facts> old_facts;  // set when the facts changed or the node left
};

// A node that was decided anew.
struct Decided {
  Node* node = nullptr;
  bool changed = false;  // to another end, or for other reasons
};

// An earlier grouped event as another one looks at it.
struct Seen : Glance {
  Node* node = nullptr;
  Node* anchor = nullptr;
  std::int64_t anchor_time = 0;
  std::int64_t alone_m2 = 0;  // Row's
};

class Fold {
 public:
  // What has been counted since the start.
  struct Stats {
    std::uint64_t decided = 0;
    std::uint64_t crowded = 0;  // decisions that met a crowd bound
  };

  Fold(const Score& score, const People& people);

  // Gives a node another role or other facts. Decisions stand only after the next settle().
  void replace(Node& node, Role role, const Facts& facts);
  // Has a node decide anew, because people bind it otherwise.
  void revisit(Node& node);
  // Decides anew whatever the replacements can have changed, in (time, id) order. Cost: the events
  // whose inputs changed; each looks once at the events near by and is scored against the episodes
  // that those belong to.
  void settle();

  // What the last settle() did; cleared by the caller.
  std::vector<Moved> moved;
  std::vector<Decided> decided;
  // Guests whose anchor is none here: they stand in no episode, and must be placed anew.
  std::vector<Node*> strays;

  // The earlier grouped events that `node` looks at: within sight and the window, the latest
  // config.crowd_events of them, in no order. Valid until the next look. Requires: it has a place.
  std::span<const Seen> look(const Node& node);
  // Is what was seen in pair reach: near in time and place, and within the spread unless a key is
  // shared?
  [[nodiscard]] bool in_pair_reach(const Seen& seen, const Node& node) const {
    return seen.square <= reach2_ &&
           (score_.in_spread(seen, node.facts) ||
            ((seen.key_bits & node.facts.keys.bits) != 0 && shares_key(seen, node)));
  }

  [[nodiscard]] const Neighbourhood& events() const { return events_; }  // grouped and late
  [[nodiscard]] KeyIndex& keys() { return keys_; }
  [[nodiscard]] const KeyIndex& keys() const { return keys_; }
  [[nodiscard]] const Stats& stats() const { return stats_; }

  // Sets `ids` to the members of its episode before `node`, the last `most` of them.
  static void members_before(const Node& node, std::size_t most, std::vector<EventId>& ids);
  // Drops a node from every structure and decides nothing anew: its whole incident goes.
  void drop(Node& node);

  // A number that no node has as its mark yet.
  std::uint64_t new_mark() { return ++mark_; }

 private:
  // Rows of a cell that are near in time, and the place to look from.
  struct Span {
    const Row* first = nullptr;
    const Row* last = nullptr;
    GridPoint at;
  };
  struct Sighted {
    Node* anchor = nullptr;
    std::int64_t time = 0;  // the anchor's
    const Seen* seen = nullptr;
    bool reached = false;  // some member is in pair reach
  };
  // An episode that a node may join. There are many of them, and few are heard.
  struct Found {
    Found(Node* of, const Seen* single, bool in_reach)
        : anchor(of), alone(single), reached(in_reach) {}
    Node* anchor;
    const Seen* alone;  // of an episode of one report: what the search saw; none of others
    bool reached;
    Gate missed = Gate::none;
    std::int32_t heard = -1;  // which of heards_; none: not heard, and `missed` says nothing
    KeyTerm key;
    const Node* key_of = nullptr;      // the member that shares it
    const Summary* summary = nullptr;  // of those before the node; none of one report
    std::int64_t at_most = 0;          // no less than its total
    std::int64_t need_mn = 0;
    std::uint32_t others = 0;  // of the background
    [[nodiscard]] bool heard_of() const { return heard >= 0; }
  };
  [[nodiscard]] const Heard& heard(const Found& found) const {
    return heards_[static_cast<std::size_t>(found.heard)];
  }
  [[nodiscard]] bool better(const Found& a, const Found& b) const;
  [[nodiscard]] bool shares_key(const Seen& seen, const Node& node) const;
  [[nodiscard]] std::span<const Seen> seen() const { return {seen_.data(), seen_count_}; }
  void take_out(Node& node);
  void put_in(Node& node);
  void detach(Node& node);
  void attach(Node& node, Node& anchor);
  void decide(Node& node);
  // Puts a guest where its owner says that it stands.
  void seat(Node& node);
  void look_around(const Node& node);
  void look_at_latest(const Node& node);
  void scan(const Node& node, const Span& span);
  void keep_latest();
  void gather(const Node& node);
  void gather_all(const Node& node);
  void gather_latest(const Node& node);
  void mark_bound(const Node& node);
  std::size_t merge(std::size_t count);
  void keep_latest_anchors();
  std::size_t take_latest(std::int64_t time, std::size_t wanted);
  void weigh_keys(const Node& node);
  void hear_all(const Node& node);
  void bound(const Node& node, Found& found, std::int64_t most) const;
  [[nodiscard]] Gate gate_of(const Node& node, const Found& found) const;
  void part(const Node& node);
  bool choose(Node& node, Node*& anchor);
  void note_near(const Node& node, const Found& one, Decision& decision) const;
  [[nodiscard]] const Summary& summary_before(const Node& node, const Node& anchor) const;
  // Marks the later events to which it matters that `node` comes or goes.
  void mark_onlookers(const Node& node, bool comes);
  // Marks the later holders of its keys that look at other ones when `node` comes or goes.
  void mark_key_crowd(const Node& node);
  // Marks the later events that may compare themselves with the episode of `anchor`, from `after`
  // on.
  void mark_listeners(const Node& anchor, const Node& after);
  [[nodiscard]] bool listens(const Node& later, const Node& anchor) const;
  void sum_up(Node& anchor, std::size_t from);
  [[nodiscard]] Witness sums_of_first(const Node& member) const;
  static void note_alone(Node& anchor);

  const Score& score_;
  const People& people_;
  std::int64_t window_us_;
  std::int64_t reach_;  // rho; this and the next three in 1/16 m
  std::int64_t background_reach_;
  std::int64_t sight_;   // how far an event looks
  std::int64_t reach2_;  // squared
  std::int64_t background_reach2_;
  std::size_t crowd_events_;
  std::size_t crowd_anchors_;
  Neighbourhood events_;
  KeyIndex keys_;
  NodeQueue dirty_;
  std::uint64_t mark_ = 0;
  std::vector<Span> spans_;
  std::vector<Seen> seen_;  // what has been seen last, and room for more behind it
  std::size_t seen_count_ = 0;
  const Node* seen_by_ = nullptr;
  bool cut_ = false;  // the last look met the bound
  std::vector<Sighted> sighted_;
  std::vector<Found> found_;
  std::vector<Heard> heards_;
  Stats stats_;
};

}  // namespace fusiond::fusion
