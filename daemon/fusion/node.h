// One event id as the engine holds it: what was said, what decides, and where the fold and the
// cases have put it. Nodes are owned by the engine and stay where they are; the parts of the engine
// point at them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/fusion/score.h"
#include "daemon/model/event_state.h"
#include "daemon/model/incident.h"

namespace fusiond::fusion {

struct Node;

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

enum class Role : std::uint8_t {
  absent,   // unknown, or retracted in time
  grouped,  // takes part in the fold
  late,     // came after the allowance: alone, but scored for maybe_same_as
  copy,     // counted on its root
};

// An episode that an event would nearly have joined.
struct NearMiss {
  EventId anchor;
  std::int64_t short_by_mn = 0;
};

// Where the fold put an event, and why.
struct Decision {
  ScoreTerms terms;  // means nothing for an anchor
  std::optional<Candidate> runner_up;
  std::vector<NearMiss> near;  // missed by the score alone, by less than config.maybe_within_mn
};

struct Node {
  EventId id;
  IncidentId incident_id;  // of the incident that it names or would name (incident_book.h)
  EventState state;
  std::int64_t heard = 0;  // the least ingest time among the contents of `state`
  bool known = false;      // state holds something
  bool forgotten = false;  // the router has no memory of it any more

  // Copies (copies.h).
  std::optional<EventId> copy_of;
  Node* copy_root = nullptr;   // none unless role is copy
  NodeBag copies;              // those that count on it
  Node* counted_on = nullptr;  // in whose `copies` it stands

  // The fold (fold.h).
  Role role = Role::absent;
  Facts facts;
  std::uint32_t background = 0;  // unrelated events near by
  Node* anchor = nullptr;        // itself for an anchor; none unless grouped
  Decision decision;
  Witness witness;             // its episode's members up to this one
  std::vector<Node*> members;  // of an anchor, itself included, in order

  // Cases (cases.h); for anchors.
  Node* parent = nullptr;
  Node* case_root = nullptr;
  std::optional<CaseLink> link;  // to the parent
  std::vector<NearMiss> near_cases;
  NodeBag children;
  NodeBag episodes;  // of a root: the anchors of its case, itself included

  // What the incident book holds of it as a root (incident_book.h).
  struct Listed {
    Status status = Status::actual;
    std::int64_t time = 0;
    Spot place;
    std::string family;
    std::int64_t quiet_after = 0;
    std::int64_t closed_after = 0;
    friend bool operator==(const Listed&, const Listed&) = default;
  };
  std::optional<Listed> listed;
  Node* named_by = nullptr;  // of a root: the member heard first, whose id makes the incident's
  Node* names = nullptr;     // the root whose incident has its id from here

  [[nodiscard]] bool is_anchor() const { return role == Role::grouped && anchor == this; }
  [[nodiscard]] bool is_root() const {
    return role == Role::late || (is_anchor() && case_root == this);
  }
  [[nodiscard]] bool is_retracted() const { return state.newest().lifecycle == Lifecycle::retract; }
  // The record that decides; the shown one for a late id. Requires: known.
  [[nodiscard]] const Event& deciding() const {
    return state.deciding ? *state.deciding : state.newest();
  }
};

inline bool Before::operator()(const Node* a, const Node* b) const {
  if (a->facts.time != b->facts.time) {
    return a->facts.time < b->facts.time;
  }
  return a->id < b->id;
}

// Which of two was heard first: by ingest time, then by id.
struct HeardFirst {
  bool operator()(const Node* a, const Node* b) const {
    return a->heard != b->heard ? a->heard < b->heard : a->id < b->id;
  }
};

inline bool ById::operator()(const Node* a, const Node* b) const {
  return a->id < b->id;
}

// Every node there is.
using NodeMap = std::unordered_map<EventId, std::unique_ptr<Node>>;

}  // namespace fusiond::fusion
