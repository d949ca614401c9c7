#include "daemon/fusion/fold.h"

#include <algorithm>
#include <utility>

#include "daemon/base/check.h"

namespace fusiond::fusion {
namespace {

bool before(const Node& a, const Node& b) {
  return Before{}(&a, &b);
}

// Where `node` stands or would stand among the members of `anchor`.
std::vector<Node*>::const_iterator place_among(const Node& anchor, const Node& node) {
  return std::lower_bound(anchor.members.begin(), anchor.members.end(), &node, Before{});
}

// Best first: the larger score, then the earlier anchor.
template <class Found>
bool better(const Found& a, const Found& b) {
  if (a.heard.terms.total_mn != b.heard.terms.total_mn) {
    return a.heard.terms.total_mn > b.heard.terms.total_mn;
  }
  return before(*a.anchor, *b.anchor);
}

}  // namespace

Fold::Fold(const Score& score)
    : score_(score),
      window_us_(score.config().window.count()),
      reach_m_(score.config().reach_m),
      background_reach_m_(score.config().background_reach_m),
      events_(std::max<std::int64_t>({2 * reach_m_, background_reach_m_, 1})),
      anchors_(std::max<std::int64_t>(2 * reach_m_, 1)) {}

void Fold::replace(Node& node, Role role, const Facts& facts) {
  const auto in_fold = [](Role some) { return some == Role::grouped || some == Role::late; };
  Moved move{&node, node.anchor, std::nullopt};
  if (in_fold(node.role)) {
    move.old_facts = node.facts;
    take_out(node);
  }
  node.role = role;
  node.facts = facts;
  if (in_fold(role)) {
    put_in(node);
  }
  moved.push_back(std::move(move));
}

void Fold::settle() {
  while (!dirty_.empty()) {
    Node& node = **dirty_.begin();
    dirty_.erase(dirty_.begin());
    decide(node);
    decided.push_back(&node);
  }
}

Look Fold::around(const Node& node, std::int64_t reach_m, std::int64_t from,
                  std::int64_t to) const {
  return {node.facts.status, *node.facts.place, reach_m * kUnitsPerMetre, from, to};
}

// The events to whose background `node` may belong.
template <class Visit>
void Fold::each_later_near(const Node& node, Visit visit) const {
  events_.each(around(node, background_reach_m_, node.facts.time, node.facts.time + window_us_),
               [&](Node& later) {
                 if (before(node, later) && score_.unlike(node.facts.kind, later.facts.kind)) {
                   visit(later);
                 }
               });
}

void Fold::take_out(Node& node) {
  dirty_.erase(&node);
  if (node.role == Role::grouped) {
    keys_.remove(node);
  }
  if (node.role == Role::grouped) {
    detach(node);
  }
  if (node.role == Role::late && node.facts.place) {
    anchors_.remove(node);
  }
  if (!node.facts.place) {
    return;
  }
  events_.remove(node);
  if (node.role == Role::grouped) {
    each_later_near(node, [&](Node& later) {
      --later.background;
      dirty_.insert(&later);
    });
  }
}

void Fold::put_in(Node& node) {
  node.background = 0;
  node.decision = {};
  if (node.role == Role::grouped) {
    keys_.add(node);
  }
  if (node.role == Role::late && node.facts.place) {
    anchors_.add(node);
  }
  if (node.facts.place) {
    events_.each(around(node, background_reach_m_, node.facts.time - window_us_, node.facts.time),
                 [&](Node& earlier) {
                   const bool counts = earlier.role == Role::grouped && before(earlier, node);
                   if (counts && score_.unlike(earlier.facts.kind, node.facts.kind)) {
                     ++node.background;
                   }
                 });
    if (node.role == Role::grouped) {
      each_later_near(node, [&](Node& later) {
        ++later.background;
        dirty_.insert(&later);
      });
    }
    events_.add(node);
  }
  dirty_.insert(&node);
}

void Fold::mark_listeners(const Node& anchor, const Node& after) {
  if (!anchor.facts.place) {
    return;
  }
  const std::int64_t until = anchor.facts.time + 2 * window_us_;
  events_.each(around(anchor, 2 * reach_m_, after.facts.time, until), [&](Node& later) {
    if (before(after, later)) {
      dirty_.insert(&later);
    }
  });
}

void Fold::sum_up(Node& anchor, std::size_t from) {
  for (std::size_t i = from; i < anchor.members.size(); ++i) {
    Node& member = *anchor.members[i];
    member.witness = i == 0 ? Witness{} : anchor.members[i - 1]->witness;
    score_.add(member.witness, member.facts);
  }
}

void Fold::detach(Node& node) {
  Node* anchor = std::exchange(node.anchor, nullptr);
  if (anchor == nullptr) {
    return;
  }
  const auto at = place_among(*anchor, node);
  const auto position = static_cast<std::size_t>(at - anchor->members.begin());
  anchor->members.erase(at);
  if (anchor == &node && node.facts.place) {
    anchors_.remove(node);
  }
  if (anchor->is_anchor()) {
    sum_up(*anchor, position);
  }
  mark_listeners(*anchor, node);
}

void Fold::attach(Node& node, Node& anchor) {
  node.anchor = &anchor;
  const auto at = place_among(anchor, node);
  const auto position = static_cast<std::size_t>(at - anchor.members.begin());
  anchor.members.insert(at, &node);
  if (&anchor == &node && node.facts.place) {
    anchors_.add(node);
  }
  sum_up(anchor, position);
  mark_listeners(anchor, node);
}

// The largest key term with a member of the episode before `node`.
KeyTerm Fold::key_with(const Node& node, const Node& anchor) const {
  KeyTerm best;
  if (node.facts.keys == Keys{}) {
    return best;
  }
  const Node* of = nullptr;
  for (const std::string& name : KeyIndex::names(node.facts)) {
    keys_.each(name, anchor.facts.time, node.facts.time, [&](const Node& other) {
      if (other.anchor != &anchor || !before(other, node)) {
        return;
      }
      const KeyTerm term = score_.keys(other.facts, node.facts);
      if (term.value_mn > best.value_mn ||
          (term.value_mn == best.value_mn && of != nullptr && before(other, *of))) {
        best = term;
        of = &other;
      }
    });
  }
  return best;
}

// How `node` fares against the episode of `anchor`; nothing when it is out of its sight altogether.
std::optional<Fold::Found> Fold::hear(const Node& node, Node& anchor) const {
  const auto end = place_among(anchor, node);
  if (end == anchor.members.begin()) {
    return std::nullopt;
  }
  bool reached = false;
  for (auto member = end; member != anchor.members.begin() && !reached;) {
    --member;
    reached = score_.in_pair_reach((*member)->facts, node.facts);
  }
  const bool in_time = node.facts.time - anchor.facts.time <= window_us_;
  const bool in_place = within(*anchor.facts.place, *node.facts.place, reach_m_);
  if (!reached && !(in_time && in_place)) {
    return std::nullopt;
  }
  const KeyTerm key = key_with(node, anchor);
  auto heard = score_.episode((*std::prev(end))->witness, anchor.facts, node.facts, key);
  Found found{&anchor, std::move(heard), Gate::none};
  found.heard.terms.background_n = node.background;
  found.heard.terms.need_mn = score_.theta_mn() + score_.background_mn(node.background);
  if (!in_time) {
    found.missed = Gate::time;
  } else if (!in_place) {
    found.missed = Gate::distance;
  } else if (!reached) {
    found.missed = Gate::pair;
  } else if (!found.heard.in_spread && key.value_mn <= 0) {
    found.missed = Gate::spread;
  } else if (found.heard.terms.total_mn < found.heard.terms.need_mn) {
    found.missed = Gate::score;
  }
  return found;
}

std::vector<Fold::Found> Fold::candidates(const Node& node) const {
  std::vector<Found> found;
  if (!node.facts.place) {
    return found;
  }
  anchors_.each(around(node, 2 * reach_m_, node.facts.time - 2 * window_us_, node.facts.time),
                [&](Node& anchor) {
                  if (anchor.role == Role::grouped && before(anchor, node)) {
                    if (auto heard = hear(node, anchor)) {
                      found.push_back(std::move(*heard));
                    }
                  }
                });
  return found;
}

void Fold::decide(Node& node) {
  std::vector<Found> found = candidates(node);
  Found* chosen = nullptr;
  if (node.role == Role::grouped) {
    for (Found& one : found) {
      if (one.missed == Gate::none && (chosen == nullptr || better(one, *chosen))) {
        chosen = &one;
      }
    }
  }
  Found* runner_up = nullptr;
  Decision decision;
  for (Found& one : found) {
    if (&one == chosen) {
      continue;
    }
    if (runner_up == nullptr || better(one, *runner_up)) {
      runner_up = &one;
    }
    const std::int64_t short_by = one.heard.terms.need_mn - one.heard.terms.total_mn;
    const bool only_score = one.missed == Gate::score || one.missed == Gate::none;
    if (chosen == nullptr && only_score && short_by < score_.config().maybe_within_mn) {
      decision.near.push_back({one.anchor->id, short_by});
    }
  }
  if (chosen != nullptr) {
    Score::measure(chosen->heard);
    decision.terms = chosen->heard.terms;
  }
  if (runner_up != nullptr) {
    Score::measure(runner_up->heard);
    decision.runner_up =
        Candidate{runner_up->anchor->id, runner_up->heard.terms, runner_up->missed};
  }
  node.decision = std::move(decision);
  if (node.role == Role::late) {
    return;
  }
  Node* anchor = chosen == nullptr ? &node : chosen->anchor;
  if (anchor == node.anchor) {
    return;
  }
  moved.push_back({&node, node.anchor, std::nullopt});
  detach(node);
  attach(node, *anchor);
}

std::vector<EventId> Fold::members_before(const Node& node, std::size_t most) {
  std::vector<EventId> ids;
  const auto& members = node.anchor->members;
  const auto end = place_among(*node.anchor, node);
  const auto count =
      std::min<std::ptrdiff_t>(end - members.begin(), static_cast<std::ptrdiff_t>(most));
  for (auto member = end - count; member != end; ++member) {
    ids.push_back((*member)->id);
  }
  return ids;
}

void Fold::drop(Node& node) {
  dirty_.erase(&node);
  if (node.role == Role::grouped) {
    keys_.remove(node);
  }
  if (!node.facts.place || (node.role != Role::grouped && node.role != Role::late)) {
    return;
  }
  events_.remove(node);
  if (node.role == Role::late || node.is_anchor()) {
    anchors_.remove(node);
  }
}

}  // namespace fusiond::fusion
