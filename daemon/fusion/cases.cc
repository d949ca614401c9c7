#include "daemon/fusion/cases.h"

#include <algorithm>
#include <map>
#include <utility>

#include "daemon/base/check.h"

namespace fusiond::fusion {
namespace {

bool before(const Node* a, const Node* b) {
  return Before{}(a, b);
}

bool same(const std::string& a, const std::string& b) {
  return !a.empty() && a == b;
}

std::int64_t gap(const Facts& a, const Facts& b) {
  return a.time < b.time ? b.time - a.time : a.time - b.time;
}

const char* shared_key(const Keys& a, const Keys& b) {
  if (same(a.cad_number, b.cad_number)) {
    return "cad";
  }
  if (same(a.duplicate_of, b.cad_number) || same(a.cad_number, b.duplicate_of) ||
      same(a.duplicate_of, b.duplicate_of)) {
    return "duplicate_of";
  }
  return "plate";
}

}  // namespace

bool Cases::KeyPair::less(const KeyPair& than) const {
  if (gap_us != than.gap_us) {
    return gap_us < than.gap_us;
  }
  if (parent != than.parent) {
    return before(parent, than.parent);
  }
  if (member != than.member) {
    return before(member, than.member);
  }
  return before(other, than.other);
}

Node* Cases::root_of(Node& node) {
  switch (node.role) {
    case Role::absent:
      return nullptr;
    case Role::late:
      return &node;
    case Role::copy:
      return root_of(*node.copy_root);
    case Role::grouped:
      return node.anchor->case_root;
  }
  return nullptr;
}

void Cases::settle(const std::vector<Moved>& moved, const std::vector<Node*>& decided) {
  for (const Moved& move : moved) {
    mark(move);
  }
  for (Node* node : decided) {
    if (node->is_anchor()) {
      dirty_.insert(node);
    }
  }
  while (!dirty_.empty()) {
    Node* anchor = *dirty_.begin();
    dirty_.erase(dirty_.begin());
    if (anchor->is_anchor()) {
      link(*anchor);
    }
  }
  for (Node* node : decided) {
    if (Node* root = root_of(*node)) {
      touched.insert(root);
    }
  }
}

void Cases::mark(const Moved& move) {
  Node& node = *move.node;
  const bool changed = move.old_facts.has_value();
  if (node.case_root != nullptr && (changed || !node.is_anchor())) {
    unlink(node);
  }
  if (changed || !node.is_root()) {
    touched.insert(&node);
  }
  if (move.old_anchor != nullptr) {
    dirty_.insert(move.old_anchor);
    if (move.old_anchor->case_root != nullptr) {
      touched.insert(move.old_anchor->case_root);
    }
  }
  if (node.anchor != nullptr) {
    dirty_.insert(node.anchor);
  }
  if (changed) {
    mark_near(*move.old_facts);
    mark_keys(*move.old_facts);
  }
  if (node.role == Role::grouped) {
    mark_near(node.facts);
    mark_keys(node.facts);
  }
  if (changed &&
      node.is_anchor()) {  // its episode may have changed places with others in the order
    for (const Node* member : node.members) {
      mark_keys(member->facts);
    }
  }
}

// The later anchors that weigh an event at this time and place.
void Cases::mark_near(const Facts& facts) {
  if (!facts.place) {
    return;
  }
  const auto& config = score_.config();
  const std::int64_t reach = config.reach_m * kUnitsPerMetre;
  fold_.anchors().each(
      {facts.status, *facts.place, reach, facts.time, facts.time + config.window.count()},
      [&](Node& anchor) {
        if (anchor.is_anchor()) {
          dirty_.insert(&anchor);
        }
      });
}

void Cases::mark_keys(const Facts& facts) {
  const std::int64_t span = score_.config().keys.case_window.count();
  for (const std::string& name : KeyIndex::case_names(facts)) {
    fold_.keys().each(name, facts.time - span, facts.time + span, [&](const Node& other) {
      if (other.anchor != nullptr) {
        dirty_.insert(other.anchor);
      }
    });
  }
}

// The later anchors that may have weighed an event of this episode, and the late events that may
// name it.
template <class Visit>
void Cases::each_dependent(const Node& anchor, Visit visit) const {
  if (!anchor.facts.place) {
    return;
  }
  const auto& config = score_.config();
  const std::int64_t reach = 2 * static_cast<std::int64_t>(config.reach_m) * kUnitsPerMetre;
  const std::int64_t until = anchor.facts.time + 2 * config.window.count();
  fold_.anchors().each(
      {anchor.facts.status, *anchor.facts.place, reach, anchor.facts.time, until},
      [&](Node& later) {
        if (&later != &anchor && (later.role == Role::late || before(&anchor, &later))) {
          visit(later);
        }
      });
}

void Cases::mark_dependents(const Node& anchor) {
  each_dependent(anchor, [&](Node& later) {
    if (later.role == Role::late) {
      touched.insert(&later);
    } else {
      dirty_.insert(&later);
    }
  });
}

std::vector<Node*> Cases::may_name(const Node& root) const {
  std::vector<Node*> roots;
  for (const Node* episode : root.episodes) {
    each_dependent(*episode, [&](Node& later) {
      if (!later.decision.near.empty() || !later.near_cases.empty()) {
        roots.push_back(root_of(later));
      }
    });
  }
  return roots;
}

void Cases::unlink(Node& node) {
  Node* root = std::exchange(node.case_root, nullptr);
  touched.insert(root);
  root->episodes.erase(&node);
  if (node.parent != nullptr) {
    node.parent->children.erase(&node);
  }
  node.parent = nullptr;
  node.link.reset();
  node.near_cases.clear();
  for (Node* child : node.children) {
    child->parent = nullptr;
    dirty_.insert(child);
  }
  node.children.clear();
  if (root != &node) {
    return;
  }
  for (Node* episode : node.episodes) {
    episode->case_root = nullptr;
    dirty_.insert(episode);
  }
  node.episodes.clear();
}

void Cases::link(Node& anchor) {
  Link found;
  if (auto pair = key_parent(anchor)) {
    found.parent = pair->parent;
    found.link = by_key(anchor, *pair);
  }
  weigh_evidence(anchor, found);
  if (anchor.parent != found.parent) {
    if (anchor.parent != nullptr) {
      anchor.parent->children.erase(&anchor);
    }
    if (found.parent != nullptr) {
      found.parent->children.insert(&anchor);
    }
    anchor.parent = found.parent;
  }
  anchor.link = std::move(found.link);
  anchor.near_cases = std::move(found.near);
  Node* root = anchor.parent == nullptr ? &anchor : anchor.parent->case_root;
  FUSIOND_CHECK(root != nullptr, "a parent is linked before its children");
  touched.insert(root);
  if (root == anchor.case_root) {
    return;
  }
  if (anchor.case_root != nullptr) {
    anchor.case_root->episodes.erase(&anchor);
    touched.insert(anchor.case_root);
  }
  anchor.case_root = root;
  root->episodes.insert(&anchor);
  touched.insert(&anchor);
  for (Node* child : anchor.children) {
    dirty_.insert(child);
  }
  mark_dependents(anchor);
}

bool Cases::linkable(const Facts& a, const Facts& b) const {
  const auto& keys = score_.config().keys;
  const std::int64_t apart = gap(a, b);
  if (apart > keys.case_window.count()) {
    return false;
  }
  if (!a.place || !b.place) {
    return true;
  }
  const std::int64_t reach = keys.case_reach_m * kUnitsPerMetre +
                             keys.case_speed_m_per_s * kUnitsPerMetre * apart / 1000000;
  return distance2(*a.place, *b.place) <= reach * reach;
}

std::optional<Cases::KeyPair> Cases::key_parent(const Node& anchor) const {
  std::map<std::string, std::vector<const Node*>> holders;
  for (const Node* member : anchor.members) {
    for (std::string& name : KeyIndex::case_names(member->facts)) {
      holders[std::move(name)].push_back(member);
    }
  }
  const std::int64_t span = score_.config().keys.case_window.count();
  std::optional<KeyPair> best;
  for (const auto& [name, members] : holders) {
    const std::int64_t from = members.front()->facts.time - span;
    fold_.keys().each(name, from, members.back()->facts.time + span, [&](const Node& other) {
      if (other.anchor == &anchor || !before(other.anchor, &anchor)) {
        return;
      }
      for (const Node* member : members) {
        if (!linkable(member->facts, other.facts)) {
          continue;
        }
        const KeyPair pair{gap(member->facts, other.facts), other.anchor, member, &other};
        if (!best || pair.less(*best)) {
          best = pair;
        }
      }
    });
  }
  return best;
}

CaseLink Cases::by_key(const Node& anchor, const KeyPair& pair) const {
  CaseLink link{anchor.id,           pair.parent->id,
                LinkBasis::key,      pair.member->id,
                pair.other->id,      "",
                Micros{pair.gap_us}, 0,
                std::nullopt};
  link.key = shared_key(pair.member->facts.keys, pair.other->facts.keys);
  if (pair.member->facts.place && pair.other->facts.place) {
    const std::int64_t square = distance2(*pair.member->facts.place, *pair.other->facts.place);
    link.distance_m =
        static_cast<std::uint32_t>(root(static_cast<std::uint64_t>(square)) / kUnitsPerMetre);
  }
  return link;
}

bool Cases::root_in_reach(const Node& root, const Node& anchor) const {
  const auto& config = score_.config();
  if (anchor.facts.time - root.facts.time > config.case_window.count()) {
    return false;
  }
  return !root.facts.place || within(*root.facts.place, *anchor.facts.place, config.case_reach_m);
}

// The strongest single pair with an earlier episode: a link when it reaches theta + the margin,
// else a near miss.
void Cases::weigh_evidence(const Node& anchor, Link& found) const {
  if (!anchor.facts.place) {
    return;
  }
  const auto& config = score_.config();
  const std::int64_t need =
      score_.theta_mn() + config.case_margin_mn + score_.background_mn(anchor.background);
  struct Pair {
    Score::Heard heard;
    const Node* event = nullptr;
  };
  std::map<Node*, Pair, Before> best;  // by episode
  const Look look{anchor.facts.status, *anchor.facts.place, config.reach_m * kUnitsPerMetre,
                  anchor.facts.time - config.window.count(), anchor.facts.time};
  fold_.events().each(look, [&](Node& event) {
    if (event.role != Role::grouped || !before(&event, &anchor) ||
        !score_.in_pair_reach(event.facts, anchor.facts)) {
      return;
    }
    Score::Heard heard = score_.pair(event.facts, anchor.facts);
    const std::int64_t total_mn = heard.terms.total_mn;
    if (total_mn <= need - config.maybe_within_mn ||
        !root_in_reach(*event.anchor->case_root, anchor)) {
      return;
    }
    Pair& pair = best[event.anchor];
    const std::int64_t most_mn = pair.heard.terms.total_mn;
    if (pair.event == nullptr || total_mn > most_mn ||
        (total_mn == most_mn && before(&event, pair.event))) {
      pair = {std::move(heard), &event};
    }
  });
  std::pair<Node*, Pair> strongest{nullptr, {}};
  for (const auto& [episode, pair] : best) {
    const std::int64_t short_by = need - pair.heard.terms.total_mn;
    if (short_by > 0) {
      found.near.push_back({episode->id, short_by});
    } else if (strongest.first == nullptr ||
               pair.heard.terms.total_mn > strongest.second.heard.terms.total_mn) {
      strongest = {episode, pair};
    }
  }
  if (found.parent != nullptr || strongest.first == nullptr) {
    return;
  }
  found.parent = strongest.first;
  Score::measure(strongest.second.heard);
  ScoreTerms& terms = strongest.second.heard.terms;
  terms.need_mn = need;
  terms.background_n = anchor.background;
  found.link = CaseLink{anchor.id, found.parent->id,           LinkBasis::evidence,
                        anchor.id, strongest.second.event->id, terms.key,
                        terms.gap, terms.distance_m,           terms};
}

void Cases::drop(Node& node) {
  node.parent = nullptr;
  node.case_root = nullptr;
  node.children.clear();
  node.episodes.clear();
}

}  // namespace fusiond::fusion
