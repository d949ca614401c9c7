#include "daemon/fusion/fold.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "daemon/base/check.h"

namespace fusiond::fusion {
namespace {

constexpr std::size_t kMembersAsked =
    16;  // whether they are in reach; else it is taken for granted

// Where `node` stands or would stand among the members of `anchor`.
std::vector<Node*>::const_iterator place_among(const Node& anchor, const Node& node) {
  if (!anchor.members.empty() && before(*anchor.members.back(), node)) {
    return anchor.members.end();
  }
  return std::lower_bound(anchor.members.begin(), anchor.members.end(), &node, Before{});
}

}  // namespace

Fold::Fold(const Score& score, const People& people)
    : score_(score),
      people_(people),
      window_us_(score.config().window.count()),
      reach_(score.config().reach_m * kUnitsPerMetre),
      background_reach_(score.config().background_reach_m * kUnitsPerMetre),
      sight_(std::max(reach_, background_reach_)),
      reach2_(reach_ * reach_),
      background_reach2_(background_reach_ * background_reach_),
      crowd_events_(score.config().crowd_events),
      crowd_anchors_(score.config().crowd_anchors),
      events_(std::max<std::int64_t>({2 * static_cast<std::int64_t>(score.config().reach_m),
                                      score.config().background_reach_m, 1})),
      dirty_(&Node::fold_dirty) {}

void Fold::replace(Node& node, Role role, const Facts& facts) {
  const auto in_fold = [](Role some) { return some == Role::grouped || some == Role::late; };
  seen_by_ = nullptr;
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
  moved.push_back(move);
}

void Fold::revisit(Node& node) {
  if (node.role == Role::grouped || node.role == Role::late) {
    dirty_.push(node);
  }
}

// Where one of those stands whom people bind matters to the others of them that come later.
void Fold::mark_bound(const Node& node) {
  if (!node.bound) {
    return;
  }
  for (Node* other : people_.bound()) {
    if (before(node, *other)) {
      revisit(*other);
    }
  }
}

void Fold::settle() {
  while (Node* node = dirty_.pop()) {
    decide(*node);
    ++stats_.decided;
  }
}

void Fold::take_out(Node& node) {
  dirty_.drop(node);
  mark_bound(node);
  if (node.role == Role::grouped) {
    mark_key_crowd(node);
  }
  keys_.remove(node);
  if (node.role == Role::grouped) {
    detach(node);
  }
  if (node.cell == nullptr) {
    return;
  }
  if (node.role == Role::grouped) {
    mark_onlookers(node, false);
  }
  events_.remove(node);
}

void Fold::put_in(Node& node) {
  node.background = 0;
  node.looks_at = 0;
  node.decision = {};
  mark_bound(node);
  keys_.add(node);
  if (node.role == Role::grouped) {
    mark_key_crowd(node);
  }
  if (node.facts.place && node.known) {
    events_.add(node);
    if (node.role == Role::grouped) {
      mark_onlookers(node, true);
    }
  }
  dirty_.push(node);
}

// To a later event an earlier one is background, or in pair reach, or it pushes another one out of
// the crowd that it looks at. (As an anchor in sight it matters with its episode: mark_listeners.)
void Fold::mark_onlookers(const Node& node, bool comes) {
  const auto& facts = node.facts;
  if (!Neighbourhood::any_later(node, node)) {
    return;
  }
  events_.each(node, sight_, facts.time, facts.time + window_us_,
               [&](const Row& row, std::int64_t square) {
                 Node& later = *row.node;
                 if (later.fold_dirty || !before(node, later)) {
                   return;
                 }
                 const bool background = square <= background_reach2_;
                 const Seen seen{{square, facts.time, static_cast<std::uint32_t>(facts.variance_m2),
                                  static_cast<std::uint16_t>(facts.kind), facts.delay_row}};
                 if (background || later.looks_at >= crowd_events_ || in_pair_reach(seen, later) ||
                     (square <= reach2_ && score_.keys(facts, later.facts).value_mn > 0)) {
                   dirty_.push(later);
                 } else {
                   later.looks_at += comes ? 1U : -1U;
                 }
               });
}

// Where more hold a key than count, the event pushes the earliest one out, or lets it in again, for
// each later one to which it counts itself. Requires: it stands among the holders.
void Fold::mark_key_crowd(const Node& node) {
  for (const std::uint32_t number : KeyIndex::numbers(node.facts.keys)) {
    const auto& holders = keys_.holders(number);
    if (holders.size() <= crowd_events_) {
      continue;
    }
    const auto place_of = [&](const Node& one) {
      const auto at = std::lower_bound(holders.begin(), holders.end(), &one, Before{});
      return static_cast<std::size_t>(at - holders.begin());
    };
    const std::size_t place = place_of(node);
    const std::size_t first = std::max(place, crowd_events_) + 1;
    const std::size_t end = place + crowd_events_ + 1;
    // Nobody hears of a member that came more than two windows before.
    const auto mark = [&](Node& later, std::size_t at) {
      const Node& pushed = *holders[at - crowd_events_ - 1];
      if (later.facts.time - pushed.facts.time <= 2 * window_us_) {
        dirty_.push(later);
      }
    };
    for (std::size_t at = first; at < std::min(end, holders.size()); ++at) {
      mark(*holders[at], at);
    }
    for (Node* late : keys_.late_holders(number)) {
      const std::size_t at = place_of(*late);
      if (at >= first && at < end) {
        mark(*late, at);
      }
    }
  }
}

// The later events with a member of the episode, or its anchor, in reach.
void Fold::mark_listeners(const Node& anchor, const Node& after) {
  if (anchor.cell == nullptr || !Neighbourhood::any_later(anchor, after)) {
    return;
  }
  const std::int64_t until = anchor.facts.time + 2 * window_us_;
  events_.each(anchor, 2 * reach_, after.facts.time, until,
               [&](const Row& row, std::int64_t square) {
                 Node& later = *row.node;
                 if (later.fold_dirty || !before(after, later)) {
                   return;
                 }
                 const bool in_sight =
                     square <= reach2_ && later.facts.time - anchor.facts.time <= window_us_;
                 if (in_sight || listens(later, anchor)) {
                   dirty_.push(later);
                 }
               });
}

bool Fold::listens(const Node& later, const Node& anchor) const {
  auto member = place_among(anchor, later);
  for (std::size_t asked = 0; member != anchor.members.begin(); ++asked) {
    const Node& one = **--member;
    if (later.facts.time - one.facts.time > window_us_) {
      return false;
    }
    if (asked == kMembersAsked) {
      return true;
    }
    const std::int64_t square = distance2(*one.facts.place, *later.facts.place);
    const bool near = score_.in_spread(square, one.facts, later.facts) ||
                      score_.keys(one.facts, later.facts).value_mn > 0;
    if (square <= reach2_ && near) {
      return true;
    }
  }
  return false;
}

Witness Fold::sums_of_first(const Node& member) const {
  Witness sums;
  score_.add(sums, member.facts);
  return sums;
}

void Fold::sum_up(Node& anchor, std::size_t from) {
  for (std::size_t i = from; i < anchor.members.size(); ++i) {
    Node& member = *anchor.members[i];
    if (i == 0) {
      member.sums = nullptr;
      member.summary = score_.summary_of(sums_of_first(member));
      continue;
    }
    const Node& before = *anchor.members[i - 1];
    Witness sums = before.sums ? *before.sums : sums_of_first(before);
    score_.add(sums, member.facts);
    member.summary = score_.summary_of(sums);
    if (!member.sums) {
      member.sums = std::make_unique<Witness>();
    }
    *member.sums = sums;
  }
  anchor.last = anchor.members.empty() ? nullptr : anchor.members.back();
}

// After members came or went: of one, and of two that were one or may become it, the anchor's row
// says so.
void Fold::note_alone(Node& anchor) {
  if (anchor.members.size() <= 2) {
    Neighbourhood::note_anchor(anchor);
  }
}

// Of an episode whose anchor has left before, the others are dirty, and who listened to it has been
// marked.
void Fold::detach(Node& node) {
  Node* anchor = std::exchange(node.anchor, nullptr);
  if (anchor == nullptr) {
    return;
  }
  Neighbourhood::note_anchor(node);
  keys_.left(node, *anchor);
  const auto at = place_among(*anchor, node);
  const auto position = at - anchor->members.begin();
  anchor->members.erase(at);
  if (anchor->is_anchor()) {
    sum_up(*anchor, static_cast<std::size_t>(position));
    note_alone(*anchor);
  }
  if (anchor->is_anchor() || anchor == &node) {
    mark_listeners(*anchor, node);
  }
}

void Fold::attach(Node& node, Node& anchor) {
  node.anchor = &anchor;
  if (&node != &anchor) {
    Neighbourhood::note_anchor(node);
  }
  keys_.joined(node, anchor);
  const auto at = place_among(anchor, node);
  const auto position = at - anchor.members.begin();
  anchor.members.insert(at, &node);
  sum_up(anchor, static_cast<std::size_t>(position));
  if (&node == &anchor) {
    Neighbourhood::note_anchor(node);
  } else {
    note_alone(anchor);
  }
  mark_listeners(anchor, node);
  mark_bound(node);
}

// The largest key term with a member of each candidate, the earliest of those members: over the
// latest holders of each key.
void Fold::weigh_keys(const Node& node) {
  if (!node.facts.keys.any() || found_.empty()) {
    return;
  }
  std::int64_t first = node.facts.time;
  for (const Found& found : found_) {
    first = std::min(first, found.anchor->facts.time);
  }
  for (const std::uint32_t number : KeyIndex::numbers(node.facts.keys)) {
    const auto& holders = keys_.holders(number);
    auto holder = std::lower_bound(holders.begin(), holders.end(), &node, Before{});
    for (std::size_t asked = 0; holder != holders.begin() && asked < crowd_events_; ++asked) {
      const Node& other = **--holder;
      if (other.facts.time < first) {
        break;
      }
      if (other.anchor == nullptr || other.anchor->mark != mark_) {
        continue;
      }
      Found& found = found_[other.anchor->slot];
      const KeyTerm term = score_.keys(other.facts, node.facts);
      if (term.value_mn > found.key.value_mn ||
          (term.value_mn == found.key.value_mn && found.key_of != nullptr &&
           before(other, *found.key_of))) {
        found.key = term;
        found.key_of = &other;
      }
    }
  }
}

const Summary& Fold::summary_before(const Node& node, const Node& anchor) const {
  if (before(*anchor.last, node)) {
    return anchor.last->summary;
  }
  return (*std::prev(place_among(anchor, node)))->summary;
}

// Scores the candidates, all that can be chosen, be named as near or be the runner-up: for the
// others it is enough to know that they can do none of it. The likeliest two come first, so that
// few others are left.
void Fold::hear_all(const Node& node) {
  heards_.clear();
  const std::int64_t most = score_.most_mn(node.facts);
  const std::int64_t within = score_.maybe_within_mn(node.facts);
  std::int64_t first = std::numeric_limits<std::int64_t>::min();  // the two best totals so far
  std::int64_t second = first;
  Found* likeliest = nullptr;
  Found* next = nullptr;
  for (Found& found : found_) {
    bound(node, found, most);
    if (likeliest == nullptr || found.at_most > likeliest->at_most) {
      next = std::exchange(likeliest, &found);
    } else if (next == nullptr || found.at_most > next->at_most) {
      next = &found;
    }
  }
  const auto weigh = [&](Found& found) {
    const auto matters = [&] {
      return found.at_most >= second || found.at_most > found.need_mn - within;
    };
    if (!matters()) {
      return;
    }
    Heard now;
    if (found.alone == nullptr) {
      now = score_.timeless(*found.summary, found.anchor->facts, node.facts, found.key);
      found.at_most = now.total_mn + found.summary->recent_most_mn;
      if (!matters()) {
        return;
      }
    } else {
      now = score_.alone(*found.alone, found.alone->alone_m2, node.facts, found.key);
    }
    score_.add_recent(found.alone != nullptr ? Score::kFirstRecent : found.summary->recent, now);
    now.background_n = found.others;
    now.need_mn = found.need_mn;
    found.heard = static_cast<std::int32_t>(heards_.size());
    heards_.push_back(now);
    found.missed = gate_of(node, found);
    second = std::max(second, std::min(first, now.total_mn));
    first = std::max(first, now.total_mn);
  };
  for (Found* found : {likeliest, next}) {
    if (found != nullptr) {
      weigh(*found);
    }
  }
  for (Found& found : found_) {
    if (!found.heard_of()) {
      weigh(found);
    }
  }
}

// What is known of a candidate before it is heard: what it needs, and the most that it can come to.
// Of an episode of one report its row says all but the keys.
void Fold::bound(const Node& node, Found& found, std::int64_t most) const {
  std::uint32_t members = 1;
  if (found.alone != nullptr) {
    found.at_most =
        score_.alone_mn(*found.alone, found.alone->alone_m2, node.facts) + score_.first_recent_mn();
  } else {
    found.summary = &summary_before(node, *found.anchor);
    members = found.summary->members;
    found.at_most =
        most + score_.kind_mn(*found.summary, node.facts.kind) + found.summary->recent_most_mn;
  }
  found.at_most += found.key.value_mn;
  found.others = node.background - std::min(node.background, members);
  found.need_mn = score_.theta_mn() + score_.background_mn(found.others);
}

// Leaves out what people say is another matter.
void Fold::part(const Node& node) {
  Parted parted = people_.parted_from(node, [&](const Node& other) {
    return other.role == Role::grouped && before(other, node) ? other.anchor : &other;
  });
  for (Found& found : found_) {
    if (parted.has(found.anchor)) {
      found.missed = Gate::person;
    }
  }
}

Gate Fold::gate_of(const Node& node, const Found& found) const {
  const auto* alone = found.alone;
  const std::int64_t time = alone != nullptr ? alone->time : found.anchor->facts.time;
  if (node.facts.time - time > window_us_) {
    return Gate::time;
  }
  const std::int64_t square =
      alone != nullptr ? alone->square : distance2(*found.anchor->facts.place, *node.facts.place);
  if (square > reach2_) {
    return Gate::distance;
  }
  if (!found.reached) {
    return Gate::pair;
  }
  const Heard& of = heard(found);
  if (!of.in_spread && found.key.value_mn <= 0) {
    return Gate::spread;
  }
  return of.total_mn < of.need_mn ? Gate::score : Gate::none;
}

// Best first: the larger score, then the earlier anchor.
bool Fold::better(const Found& a, const Found& b) const {
  const std::int64_t one = heard(a).total_mn;
  const std::int64_t other = heard(b).total_mn;
  return one != other ? one > other : before(*a.anchor, *b.anchor);
}

// Notes an episode that it may belong to all the same. Too late to be grouped is no other matter:
// then it is what the score says.
void Fold::note_near(const Node& node, const Found& one, Decision& decision) const {
  const std::int64_t short_by = heard(one).need_mn - heard(one).total_mn;
  std::uint32_t permille = score_.maybe_permille(short_by, one.anchor->facts, node.facts);
  if (node.role == Role::late && one.missed == Gate::none) {
    permille = score_.config().maybe.late_permille;
  }
  if (permille > 0 && one.missed != Gate::person) {
    decision.near.push_back({one.anchor->number, short_by, permille});
  }
}

// Sets the node's decision from what was heard; the episode it joins, its own for none. Says
// whether anything is new.
bool Fold::choose(Node& node, Node*& anchor) {
  const Found* chosen = nullptr;
  if (node.role == Role::grouped) {
    for (const Found& one : found_) {
      if (one.heard_of() && one.missed == Gate::none &&
          (chosen == nullptr || better(one, *chosen))) {
        chosen = &one;
      }
    }
  }
  const Found* runner_up = nullptr;
  Decision decision;
  for (const Found& one : found_) {
    if (&one == chosen || !one.heard_of()) {
      continue;
    }
    if (runner_up == nullptr || better(one, *runner_up)) {
      runner_up = &one;
    }
    if (chosen == nullptr) {
      note_near(node, one, decision);
    }
  }
  anchor = &node;
  if (chosen != nullptr) {
    decision.heard = heard(*chosen);
    anchor = chosen->anchor;
  }
  if (runner_up != nullptr) {
    decision.runner_up = {runner_up->anchor->number, heard(*runner_up), runner_up->missed};
  }
  if (decision == node.decision) {
    return false;
  }
  node.decision = std::move(decision);
  return true;
}

void Fold::decide(Node& node) {
  if (!node.own) {
    seat(node);
    return;
  }
  found_.clear();
  if (node.facts.place) {
    look_around(node);
    node.background = 0;
    for (const Seen& seen : seen()) {
      node.background += seen.square <= background_reach2_ ? 1 : 0;
    }
    node.looks_at = static_cast<std::uint32_t>(seen_count_);
    if (!node.ejected) {
      gather(node);
      weigh_keys(node);
    }
    hear_all(node);
    if (node.bound && !found_.empty()) {
      part(node);
    }
    stats_.crowded += cut_ ? 1 : 0;
  }
  Node* anchor = nullptr;
  const bool changed = choose(node, anchor);
  if (node.role == Role::late || anchor == node.anchor) {
    Neighbourhood::note_anchor(node);  // which may have moved in time
    decided.push_back({&node, changed});
    return;
  }
  decided.push_back({&node, true});
  moved.push_back({&node, node.anchor, std::nullopt});
  detach(node);
  attach(node, *anchor);
}

void Fold::members_before(const Node& node, std::size_t most, std::vector<EventId>& ids) {
  const auto& members = node.anchor->members;
  const auto end = place_among(*node.anchor, node);
  const auto count =
      std::min<std::ptrdiff_t>(end - members.begin(), static_cast<std::ptrdiff_t>(most));
  ids.resize(static_cast<std::size_t>(count));
  std::transform(end - count, end, ids.begin(),
                 [](const Node* member) -> const EventId& { return member->id; });
}

void Fold::drop(Node& node) {
  if (node.role != Role::grouped && node.role != Role::late) {
    return;
  }
  seen_by_ = nullptr;
  keys_.drop_episode_of(node);
  keys_.remove(node);
  if (node.cell != nullptr) {
    events_.remove(node);
  }
}

}  // namespace fusiond::fusion
