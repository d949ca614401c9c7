// One event id as the engine holds it: what was said, what decides, and where the fold and the
// cases have put it. Nodes are owned by Nodes (nodes.h) and stay where they are; the parts of the
// engine point at them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/fusion/decision.h"
#include "daemon/fusion/guest.h"
#include "daemon/fusion/score.h"
#include "daemon/fusion/short_id.h"
#include "daemon/fusion/told.h"
#include "daemon/model/event_state.h"
#include "daemon/model/incident.h"

namespace fusiond::fusion {

struct Node;
class Cell;

// Order of the fold: (event time, event id). Also for nodes that hold no event now: by what they
// last held.
struct Before {
  bool operator()(const Node* a, const Node* b) const;
};
using NodeSet = std::set<Node*, Before>;  // only where no node changes its time while it is in
struct ById {
  bool operator()(const Node* a, const Node* b) const;
};
using NodeBag = std::set<Node*, ById>;  // survives changes of time

// How many members of an episode hold a key that can link cases.
struct KeyCount {
  std::uint32_t key = 0;
  std::uint32_t members = 0;
};

// The order of what comes first is that of a search: a line for those that are gathered, then the
// facts and what the episode says for those that are scored.
struct alignas(64) Node {
  std::uint64_t mark = 0;  // of the search that saw this anchor last ...
  Node* last = nullptr;    // of an anchor: its last member
  std::uint32_t slot = 0;  // ... and where that search keeps it
  Role role = Role::absent;
  bool ejected = false;     // people say that it stands alone
  bool bound = false;       // stands in People::bound
  bool fold_dirty = false;  // waits for Fold::settle
  bool case_dirty = false;  // waits for Cases::settle
  bool is_touched = false;  // stands in Cases::touched
  bool known = false;       // state holds something
  bool forgotten = false;   // the router has no memory of it any more
  bool spoken_of = false;   // some word speaks of it
  bool joined = false;      // of a case root: an event of a word that unites stands in it
  bool own = true;          // decided here, not by another shard
  bool complete = true;     // all is here that an incident shows of it
  ShortId number;
  Facts facts;
  Node* anchor = nullptr;        // itself for an anchor; none unless grouped
  Summary summary;               // what its episode's members up to this one say
  std::uint32_t background = 0;  // unrelated events near by
  std::uint32_t looks_at = 0;    // how many earlier events it looks at
  Cell* cell = nullptr;          // where it stands in the neighbourhood

  EventId id;
  EventState state;
  std::int64_t heard = 0;  // the least ingest time among the contents of `state`
  // The sums behind `summary`; none of an episode's first member, for which its facts stand.
  std::unique_ptr<Witness> sums;
  std::vector<Node*> members;  // of an anchor, itself included, in order
  Decision decision;

  // Copies (copies.h).
  std::optional<ShortId> copy_of;
  Node* copy_root = nullptr;   // none unless role is copy
  std::vector<Node*> copies;   // those that count on it, in no order
  Node* counted_on = nullptr;  // in whose `copies` it stands

  // Cases (cases.h); for anchors.
  std::vector<KeyCount> case_keys;  // of its members
  Node* parent = nullptr;
  Node* case_root = nullptr;
  CaseTie tie;  // to the parent
  std::vector<NearMiss> near_cases;
  std::vector<Node*> children;  // in no order
  std::vector<Node*> episodes;  // of a root: the anchors of its case, itself included, in no order

  // What people made of it (people.h); for the roots of cases.
  Node* united = nullptr;    // the root of the incident, when its case was put to an earlier one
  std::vector<Node*> cases;  // of an incident of several cases: their roots, itself first, in order

  // The incident book (incident_book.h): of the event as a member ...
  std::string page;                  // its part of the record, as last written
  bool page_stale = true;            // and it may have changed since
  std::uint32_t witness_number = 0;  // among the witnesses of its incident
  Node* names = nullptr;             // the root whose incident has its id from here
  std::unique_ptr<Told> told;        // of the incident that it names or has named
  Node* told_in = nullptr;           // what names the live incident that was told with it
  // ... and as a root.
  bool book_waits = false;    // waits to be looked at
  bool book_stale = true;     // its incident may look different
  bool related_stale = true;  // so may those it is related to
  bool ended = false;         // C has passed a time at which it may turn quiet or close
  bool acute = false;         // of a large incident: what changed must not wait
  bool odd = false;           // of a large incident: its family may have changed
  bool held = false;          // of a large incident: something waits to be told
  Node* named_by = nullptr;   // the member heard first, whose id makes the incident's
  std::optional<Listed> listed;
  std::vector<IncidentId> related;  // sorted
  std::int64_t related_from = 0;    // an earlier root before this time is none of them

  // Several shards (guests.h, exchange.h); none where there is one.
  std::unique_ptr<Guest> guest;  // what others say of it
  std::unique_ptr<Reach> reach;  // whom it concerns besides its shard, and what they were told
  bool news_due = false;         // waits in Exchange
  bool card_due = false;

  // Of the incident that it names or would name (incident_book.h); made when it is first asked for.
  [[nodiscard]] const IncidentId& incident_id() const {
    if (incident_id_.empty()) {
      incident_id_ = incident_id_of(id);
    }
    return incident_id_;
  }
  [[nodiscard]] bool is_anchor() const { return role == Role::grouped && anchor == this; }
  // Is it the root of an incident that this shard tells?
  [[nodiscard]] bool is_root() const {
    return own && united == nullptr && (role == Role::late || (is_anchor() && case_root == this));
  }
  [[nodiscard]] bool is_retracted() const { return state.newest().lifecycle == Lifecycle::retract; }
  // The record that decides; the shown one for a late id. Requires: known.
  [[nodiscard]] const Event& deciding() const {
    return state.deciding ? *state.deciding : state.newest();
  }

 private:
  mutable IncidentId incident_id_;
};

inline bool before(const Node& a, const Node& b) {
  if (a.facts.time != b.facts.time) {
    return a.facts.time < b.facts.time;
  }
  return a.number < b.number;
}

inline bool Before::operator()(const Node* a, const Node* b) const {
  return before(*a, *b);
}

inline bool ById::operator()(const Node* a, const Node* b) const {
  return a->number < b->number;
}

// The root of the incident to which the case of this root belongs.
inline Node& incident_of(Node& case_root) {
  return case_root.united == nullptr ? case_root : *case_root.united;
}

// Made when it is first asked for.
inline Reach& reach_of(Node& node) {
  if (!node.reach) {
    node.reach = std::make_unique<Reach>();
  }
  return *node.reach;
}

// How many re-posts are counted on it.
inline std::uint32_t copies_of(const Node& node) {
  const Account* account = node.own || !node.guest ? nullptr : node.guest->account();
  return account == nullptr ? static_cast<std::uint32_t>(node.copies.size()) : account->copies;
}

// The member that gives the incident of `root` its id; nothing when it is told elsewhere and not
// known here.
inline std::optional<ShortId> incident_name(const Node& root) {
  if (root.named_by != nullptr) {
    return root.named_by->number;
  }
  const Card* card = root.guest ? root.guest->card() : nullptr;
  return card == nullptr ? std::nullopt : std::optional(card->name);
}
// The same of a member's, of which the member's owner may have said so.
inline std::optional<ShortId> incident_name(const Node& member, const Node& root) {
  const auto said_of = [](const Node& node) -> std::optional<ShortId> {
    const Standing* said = node.own || !node.guest ? nullptr : node.guest->standing();
    return said == nullptr ? std::nullopt : said->name;
  };
  auto name = incident_name(root);
  name = name || member.anchor == nullptr ? name : said_of(*member.anchor);
  return name ? name : said_of(member);
}

// Calls visit(Node&) for each episode of the incident of `root`, in no order. A late id is one.
template <class Visit>
void each_episode(Node& root, Visit visit) {
  const auto each_of = [&](Node& one) {
    if (one.role == Role::late) {
      visit(one);
    }
    for (Node* episode : one.episodes) {
      visit(*episode);
    }
  };
  if (root.cases.empty()) {
    each_of(root);
  }
  for (Node* one : root.cases) {
    each_of(*one);
  }
}

// Calls visit(Node&) for each member of an episode, in order.
template <class Visit>
void each_member(Node& episode, Visit visit) {
  if (episode.role == Role::late) {
    visit(episode);
  }
  for (Node* member : episode.members) {
    visit(*member);
  }
}

// Which of two was heard first: by ingest time, then by id.
struct HeardFirst {
  bool operator()(const Node* a, const Node* b) const {
    return a->heard != b->heard ? a->heard < b->heard : a->number < b->number;
  }
};

}  // namespace fusiond::fusion
