#include "daemon/fusion/cases.h"

#include <algorithm>
#include <utility>

#include "daemon/base/check.h"

namespace fusiond::fusion {
namespace {

bool same(std::uint32_t a, std::uint32_t b) {
  return a != 0 && a == b;
}

std::int64_t gap(const Facts& a, const Facts& b) {
  return a.time < b.time ? b.time - a.time : a.time - b.time;
}

Key shared_key(const KeyNumbers& a, const KeyNumbers& b) {
  if (same(a.cad_number, b.cad_number)) {
    return Key::cad;
  }
  if (same(a.duplicate_of, b.cad_number) || same(a.cad_number, b.duplicate_of) ||
      same(a.duplicate_of, b.duplicate_of)) {
    return Key::duplicate_of;
  }
  return Key::plate;
}

CaseTie tie_by_key(Node& parent, const Node& member, const Node& other, std::int64_t gap_us) {
  CaseTie tie;
  tie.basis = LinkBasis::key;
  tie.key = shared_key(member.facts.keys, other.facts.keys);
  tie.parent = parent.number;
  tie.member = member.number;
  tie.other = other.number;
  tie.gap_us = gap_us;
  if (member.facts.place && other.facts.place) {
    tie.square = distance2(*member.facts.place, *other.facts.place);
  }
  return tie;
}

void take_from(std::vector<Node*>& list, const Node& node) {
  const auto at = std::find(list.begin(), list.end(), &node);
  if (at != list.end()) {
    *at = list.back();
    list.pop_back();
  }
}

}  // namespace

bool Cases::KeyPair::less(const KeyPair& than) const {
  if (gap_us != than.gap_us) {
    return gap_us < than.gap_us;
  }
  if (parent != than.parent) {
    return before(*parent, *than.parent);
  }
  if (member != than.member) {
    return before(*member, *than.member);
  }
  return before(*other, *than.other);
}

Node* Cases::root_of(Node& node) {
  switch (node.role) {
    case Role::absent:
      return nullptr;
    case Role::late:
      return &incident_of(node);
    case Role::copy:
      return root_of(*node.copy_root);
    case Role::grouped:
      return node.anchor->case_root == nullptr ? nullptr : &incident_of(*node.anchor->case_root);
  }
  return nullptr;
}

void Cases::touch(Node& node) {
  if (!node.is_touched) {
    node.is_touched = true;
    touched_.push_back(&node);
  }
}

void Cases::untouch(Node& node) {
  if (std::exchange(node.is_touched, false)) {
    std::erase(touched_, &node);
  }
}

bool Cases::touched_joined() const {
  return std::any_of(touched_.begin(), touched_.end(),
                     [](const Node* node) { return node->joined; });
}

// Of a case that people put to another one it is that one's incident that looks different.
const std::vector<Node*>& Cases::take_touched() {
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    touch(incident_of(*touched_[i]));
  }
  for (Node* node : touched_) {
    node->is_touched = false;
  }
  std::swap(taken_, touched_);
  touched_.clear();
  return taken_;
}

void Cases::settle(const std::vector<Moved>& moved, const std::vector<Decided>& decided) {
  for (const Moved& move : moved) {
    mark(move);
  }
  for (const Decided& one : decided) {
    if (one.node->is_anchor()) {
      dirty_.push(*one.node);
    }
  }
  while (Node* anchor = dirty_.pop()) {
    if (anchor->is_anchor()) {
      link(*anchor);
    }
  }
  for (const Decided& one : decided) {
    Node* root = one.changed ? root_of(*one.node) : nullptr;
    if (root != nullptr) {
      touch(*root);
    }
  }
}

void Cases::mark(const Moved& move) {
  Node& node = *move.node;
  const bool changed = move.old_facts.has_value();
  if (changed || !node.is_anchor()) {
    unlink(node);
  }
  if (node.role == Role::late || (node.named_by != nullptr && (changed || !node.is_root()))) {
    touch(node);
  }
  if (move.old_anchor != nullptr) {
    dirty_.push(
        *move.old_anchor);  // its keys, and what people say of its members, may be others now
    if (move.old_anchor->case_root != nullptr) {
      touch(*move.old_anchor->case_root);
    }
  }
  if (changed) {
    mark_keys(*move.old_facts);
  }
  if (node.role == Role::grouped && node.facts.keys.any_for_cases()) {
    if (node.anchor != nullptr) {
      dirty_.push(*node.anchor);
    }
    mark_keys(node.facts);
  }
  if (node.bound) {
    for (const Node* other : people_.bound()) {
      revisit(*other);
    }
  }
  if (changed && node.is_anchor()) {
    // Its episode may have changed places with others in the order.
    for (const Node* member : node.members) {
      mark_keys(member->facts);
    }
  }
}

// The episodes of which a member shares a key that can link cases.
void Cases::mark_keys(const Facts& facts) {
  for (const std::uint32_t key : KeyIndex::case_numbers(facts.keys)) {
    for (const KeyIndex::EpisodeCount& one : fold_.keys().episodes(key)) {
      dirty_.push(*one.anchor);
    }
  }
}

// The later anchors that may have weighed an event of this episode, and the late events that may
// name it.
template <class Visit>
void Cases::each_dependent(const Node& anchor, Visit visit) const {
  if (anchor.cell == nullptr || !Neighbourhood::any_later(anchor, anchor)) {
    return;
  }
  const auto& config = score_.config();
  const std::int64_t reach = 2 * static_cast<std::int64_t>(config.reach_m) * kUnitsPerMetre;
  const std::int64_t until = anchor.facts.time + 2 * config.window.count();
  fold_.events().each(anchor, reach, anchor.facts.time, until, [&](const Row& row, std::int64_t) {
    Node& later = *row.node;
    const bool names = later.role == Role::late || (later.is_anchor() && before(anchor, later));
    if (names && &later != &anchor) {
      visit(later);
    }
  });
}

void Cases::mark_dependents(const Node& anchor) {
  each_dependent(anchor, [&](Node& later) {
    if (later.role == Role::late) {
      touch(later);
      return;
    }
    dirty_.push(later);
    if (later.case_root != nullptr) {
      touch(*later.case_root);
    }
  });
}

std::vector<Node*> Cases::may_name(Node& root) const {
  std::vector<Node*> roots;
  each_episode(root, [&](const Node& episode) {
    each_dependent(episode, [&](Node& later) {
      if (!later.decision.near.empty() || !later.near_cases.empty()) {
        roots.push_back(root_of(later));
      }
    });
  });
  return roots;
}

void Cases::revisit(const Node& node) {
  if (node.role == Role::grouped) {
    dirty_.push(*node.anchor);
  }
}

// Where one of those stands whom people bind matters to the later episodes of the others.
void Cases::mark_bound(const Node& anchor) {
  for (const Node* node : people_.bound()) {
    if (node->role == Role::grouped && before(anchor, *node->anchor)) {
      dirty_.push(*node->anchor);
    }
  }
}

void Cases::part(const Node& anchor) {
  parted_ = {};
  const auto& bound = people_.bound();
  if (std::none_of(bound.begin(), bound.end(),
                   [&](const Node* node) { return node->anchor == &anchor; })) {
    return;
  }
  parted_ = people_.parted_from(anchor, [&](const Node& node) -> const Node* {
    if (node.role != Role::grouped) {
      return &node;
    }
    return before(*node.anchor, anchor) ? node.anchor->case_root : node.anchor;
  });
}

bool Cases::is_open(const Node& episode) {
  return !episode.ejected && !parted_.has(episode.case_root);
}

void Cases::unlink(Node& node) {
  hang(node, nullptr);
  node.tie = {};
  node.near_cases.clear();
  for (Node* child : node.children) {
    child->parent = nullptr;
    dirty_.push(*child);
  }
  node.children.clear();
  Node* root = std::exchange(node.case_root, nullptr);
  if (root == nullptr) {
    return;  // it was none, or its root has just left
  }
  touch(*root);
  take_from(root->episodes, node);
  if (root != &node) {
    return;
  }
  for (Node* episode : node.episodes) {
    episode->case_root = nullptr;
    dirty_.push(*episode);
  }
  node.episodes.clear();
}

void Cases::link(Node& anchor) {
  Link found;
  if (!anchor.own) {
    link_as_told(anchor, found);
  } else if (!anchor.ejected) {
    part(anchor);
    if (const auto pair = key_parent(anchor)) {
      found.parent = pair->parent;
      found.tie = tie_by_key(*pair->parent, *pair->member, *pair->other, pair->gap_us);
    }
    weigh_evidence(anchor, found);
  }
  hang(anchor, found.parent);
  Node* root = anchor.parent == nullptr ? &anchor : anchor.parent->case_root;
  FUSIOND_CHECK(root != nullptr, "a parent is linked before its children");
  if (!(anchor.tie == found.tie) || anchor.near_cases != found.near) {
    anchor.tie = found.tie;
    anchor.near_cases = std::move(found.near);
    touch(*root);
    relinked.push_back(&anchor);
  }
  if (root != anchor.case_root) {
    enter(anchor, *root);
  }
}

// It hangs where its owner says that its case begins, if that is so here too.
void Cases::link_as_told(const Node& guest, Link& found) {
  Node* root = guest.guest->root;
  if (root != nullptr && root != &guest && root->is_anchor() && root->case_root != nullptr &&
      before(*root, guest)) {
    found.parent = root;
  }
  if (const Account* account = guest.guest->account()) {
    found.tie = account->tie;
    found.near = account->near_cases;
  }
}

void Cases::hang(Node& anchor, Node* parent) {
  if (anchor.parent == parent) {
    return;
  }
  if (anchor.parent != nullptr) {
    take_from(anchor.parent->children, anchor);
  }
  if (parent != nullptr) {
    parent->children.push_back(&anchor);
  }
  anchor.parent = parent;
}

void Cases::enter(Node& anchor, Node& root) {
  touch(root);
  if (anchor.case_root != nullptr) {
    take_from(anchor.case_root->episodes, anchor);
    touch(*anchor.case_root);
  }
  anchor.case_root = &root;
  root.episodes.push_back(&anchor);
  entered.push_back(&anchor);
  if (anchor.named_by != nullptr) {
    touch(anchor);
  }
  for (Node* child : anchor.children) {
    dirty_.push(*child);
  }
  mark_dependents(anchor);
  mark_bound(anchor);
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

std::optional<Cases::KeyPair> Cases::key_parent(const Node& anchor) {
  std::optional<KeyPair> best;
  for (const KeyCount& one : anchor.case_keys) {
    if (fold_.keys().episodes(one.key).size() > 1) {
      pair_up(anchor, one.key, best);
    }
  }
  return best;
}

// Compares the members that hold `key` with its holders in earlier episodes, the nearest in time
// first.
void Cases::pair_up(const Node& anchor, std::uint32_t key, std::optional<KeyPair>& best) {
  const std::int64_t span = score_.config().keys.case_window.count();
  const auto& holders = fold_.keys().holders(key);
  mine_.clear();
  others_.clear();
  for (auto holder = fold_.keys().holders_from(key, anchor.facts.time - span);
       holder != holders.end(); ++holder) {
    Node* of = (*holder)->anchor;
    if (of == &anchor) {
      mine_.push_back(*holder);
    } else if (before(*of, anchor) && is_open(*of)) {
      others_.push_back(*holder);
    }
  }
  for (const Node* member : mine_) {
    const auto middle = std::lower_bound(others_.begin(), others_.end(), member, Before{});
    const auto weigh = [&](const Node& other) {
      const std::int64_t apart = gap(member->facts, other.facts);
      if (apart > span || (best && apart > best->gap_us)) {
        return false;
      }
      const KeyPair pair{apart, other.anchor, member, &other};
      if (linkable(member->facts, other.facts) && (!best || pair.less(*best))) {
        best = pair;
      }
      return true;
    };
    for (auto other = middle; other != others_.begin() && weigh(**std::prev(other)); --other) {
    }
    for (auto other = middle; other != others_.end() && weigh(**other); ++other) {
    }
  }
}

bool Cases::root_in_reach(const Node& root, const Node& anchor) const {
  const auto& config = score_.config();
  if (anchor.facts.time - root.facts.time > config.case_window.count()) {
    return false;
  }
  return !root.facts.place || within(*root.facts.place, *anchor.facts.place, config.case_reach_m);
}

// Keeps the pair if it is the strongest with its episode, and strong enough to be spoken of.
void Cases::note(const Seen& seen, const Node& anchor, std::int64_t least_mn) {
  const Heard heard = score_.pair(seen.node->facts, anchor.facts);
  Node& episode = *seen.anchor;
  if (heard.total_mn <= least_mn || !root_in_reach(*episode.case_root, anchor)) {
    return;
  }
  if (episode.slot >= evidence_.size() || evidence_[episode.slot].episode != &episode) {
    episode.slot = static_cast<std::uint32_t>(evidence_.size());
    evidence_.push_back({&episode, seen.node, heard});
    return;
  }
  Evidence& best = evidence_[episode.slot];
  if (heard.total_mn > best.heard.total_mn ||
      (heard.total_mn == best.heard.total_mn && before(*seen.node, *best.event))) {
    best.event = seen.node;
    best.heard = heard;
  }
}

// The strongest single pair with an earlier episode: a link when it reaches theta + the margin,
// else a near miss.
void Cases::weigh_evidence(const Node& anchor, Link& found) {
  if (!anchor.facts.place) {
    return;
  }
  const auto& config = score_.config();
  const std::int64_t need =
      score_.theta_mn() + config.case_margin_mn + score_.background_mn(anchor.background);
  const std::int64_t least = need - score_.maybe_within_mn(anchor.facts);
  const std::int64_t most = score_.most_mn(anchor.facts);
  evidence_.clear();
  for (const Seen& seen : fold_.look(anchor)) {
    // Most are ruled out by what the search holds of them, without a look at their nodes.
    const bool may_share = (seen.key_bits & anchor.facts.keys.bits) != 0;
    const bool hopeless =
        !may_share && most + score_.kind_mn(seen.kind, anchor.facts.kind) <= least;
    if (hopeless || !fold_.in_pair_reach(seen, anchor) ||
        (!may_share && score_.pair_mn(seen, anchor.facts) <= least)) {
      continue;
    }
    if (is_open(*seen.anchor)) {
      note(seen, anchor, least);
    }
  }
  const Evidence* strongest = nullptr;
  for (const Evidence& one : evidence_) {
    const std::int64_t short_by = need - one.heard.total_mn;
    if (short_by > 0) {
      if (const auto permille = score_.maybe_permille(short_by, one.episode->facts, anchor.facts)) {
        found.near.push_back({one.episode->number, short_by, permille});
      }
    } else if (strongest == nullptr || one.heard.total_mn > strongest->heard.total_mn ||
               (one.heard.total_mn == strongest->heard.total_mn &&
                before(*one.episode, *strongest->episode))) {
      strongest = &one;
    }
  }
  if (found.parent != nullptr || strongest == nullptr) {
    return;
  }
  found.parent = strongest->episode;
  CaseTie& tie = found.tie;
  tie.basis = LinkBasis::evidence;
  tie.key = strongest->heard.key;
  tie.parent = strongest->episode->number;
  tie.member = anchor.number;
  tie.other = strongest->event->number;
  tie.gap_us = strongest->heard.gap_us;
  tie.square = strongest->heard.square;
  tie.heard = strongest->heard;
  tie.heard.need_mn = need;
  tie.heard.background_n = anchor.background;
}

}  // namespace fusiond::fusion
