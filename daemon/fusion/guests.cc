#include "daemon/fusion/guests.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "daemon/base/check.h"

namespace fusiond::fusion {
namespace {

// So that an anchor that is only named pulls no estimate.
constexpr std::int64_t kNamedVariance = 1'000'000;

Guest& guest_of(Node& node) {
  if (!node.guest) {
    node.guest = std::make_unique<Guest>();
  }
  return *node.guest;
}

void take_from(std::vector<Node*>& list, const Node* node) {
  std::erase(list, node);
}

// Of two who name the same event the one to believe: of the earlier episode, its anchor first.
bool says_before(const Node& a, const Node& b) {
  const Node* one = a.guest->anchor;
  const Node* other = b.guest->anchor;
  if (one != other) {
    return before(*one, *other);
  }
  return &a != &b && (&a == one || (&b != other && a.number < b.number));
}

std::int64_t first_heard(const EventState& state) {
  std::int64_t first = micros_of(state.newest().received);
  if (state.deciding) {
    first = std::min(first, micros_of(state.deciding->received));
  }
  for (const EventRef& other : state.others) {
    first = std::min(first, micros_of(other->received));
  }
  return first;
}

}  // namespace

std::optional<Shard> owner_of(const Node& node, Shard self) {
  if (node.own) {
    return self;
  }
  if (!node.guest) {
    return std::nullopt;
  }
  const Guest& guest = *node.guest;
  if (guest.claims.empty() && guest.named && guest.named->owner) {
    return guest.named->owner;
  }
  return guest.owner ? std::optional(guest.owner->shard) : std::nullopt;
}

std::optional<Owner> full_owner_of(const Node& node, Shard self) {
  if (node.own) {
    return Owner{self, node.reach ? node.reach->around.moves : 0};
  }
  return node.guest ? node.guest->owner : std::nullopt;
}

void Guests::hear(Node& node, Owner owner) {
  Guest& guest = guest_of(node);
  if (!guest.owner || guest.owner->moves <= owner.moves) {
    guest.owner = owner;
  }
}

Node& Guests::hear(Shard from, const std::shared_ptr<const Standing>& standing) {
  const EventId& id = standing->state.id();
  Node* found = nodes_.find(id);
  Node& node = found == nullptr ? nodes_.make(id) : *found;
  if (found == nullptr) {
    node.own = false;
  }
  Guest& guest = guest_of(node);
  if (std::any_of(guest.claims.begin(), guest.claims.end(), [&](const Guest::Claim& claim) {
        return claim.from == from && *claim.standing == *standing;
      })) {
    return node;  // told again after a restart
  }
  const Standing* before = guest.standing();
  const bool same_name = before != nullptr && before->name == standing->name;
  const bool same_owner = !guest.claims.empty() && guest.claims.back().from == from;
  std::erase_if(guest.claims, [&](const Guest::Claim& claim) { return claim.from == from; });
  const auto at = std::find_if(
      guest.claims.begin(), guest.claims.end(),
      [&](const Guest::Claim& claim) { return claim.standing->moves > standing->moves; });
  guest.claims.insert(at, {from, standing});
  hear(node, {from, standing->moves});
  if (!node.own) {
    adopt(node);
    if (!same_owner) {
      rehomed.push_back(&node);
    }
    if (!same_name) {
      renamed.push_back(&node);
    }
  }
  return node;
}

Node* Guests::hear_gone(Shard from, const GoneNews& gone) {
  Node* node = nodes_.find(gone.event);
  if (node == nullptr || !node->guest) {
    return nullptr;
  }
  Guest& guest = *node->guest;
  const bool counted = !guest.claims.empty() && guest.claims.back().from == from;
  std::erase_if(guest.claims, [&](const Guest::Claim& claim) { return claim.from == from; });
  if (gone.to) {
    hear(*node, *gone.to);
  }
  if (node->own || !counted) {
    return nullptr;
  }
  adopt(*node);
  rehomed.push_back(node);
  return node;
}

void Guests::enter(Node& node) {
  if (!node.own) {
    release(node);
    if (node.role != Role::absent) {
      fold_.replace(node, Role::absent, node.facts);
    }
    let_go(node);
    node.own = true;
    node.complete = true;
    rehomed.push_back(&node);
  }
}

Node& Guests::hear(Shard from, const CardNews& news) {
  Node& root = make(news.root);
  Guest& guest = *root.guest;
  std::erase_if(guest.cards, [&](const Guest::CardFrom& card) { return card.from == from; });
  if (news.card) {
    guest.cards.push_back({from, *news.card});
  }
  return root;
}

void Guests::leave(Node& node, Owner to) {
  release(node);
  if (node.role != Role::absent) {
    fold_.replace(node, Role::absent, node.facts);
  }
  node.own = false;
  node.known = false;
  guest_of(node);
  hear(node, to);
  adopt(node);
  rehomed.push_back(&node);
}

// Takes in the standing that counts now, or that there is none.
void Guests::adopt(Node& node) {
  Guest& guest = *node.guest;
  const Standing* standing = guest.standing();
  const bool known = standing != nullptr;
  if (known != node.known) {
    release(node);
    if (node.role != Role::absent) {
      fold_.replace(node, Role::absent, node.facts);  // it stands elsewhere than one that is named
    }
  }
  const bool stays = known && standing->role == Role::grouped && guest.anchor != nullptr &&
                     guest.anchor->number == standing->anchor;
  if (!stays) {
    let_go(node);
  }
  node.known = known;
  node.complete = guest.account() != nullptr;
  node.state = known ? standing->state : EventState{};
  node.heard = known ? first_heard(node.state) : 0;
  if (!known) {
    ask_again(node);
  } else if (standing->role == Role::copy && standing->copy_root) {
    guest.copy_root = &make(*standing->copy_root);
    guest.copy_root->guest->claimants.push_back(&node);
  } else if (standing->role == Role::grouped) {
    name_anchor(node, *standing);
  }
}

Node& Guests::make(ShortId id) {
  Node* found = nodes_.find(id);
  if (found == nullptr) {
    found = &nodes_.make(long_id(id));
    found->own = false;
    found->complete = false;
  }
  guest_of(*found);
  return *found;
}

// Takes back what the node names.
void Guests::let_go(Node& node) {
  if (!node.guest) {
    return;
  }
  Guest& guest = *node.guest;
  Node* anchor = std::exchange(guest.anchor, nullptr);
  for (Node* other : {anchor, std::exchange(guest.copy_root, nullptr)}) {
    if (other != nullptr && other != &node) {
      take_from(other->guest->claimants, &node);
      ask_again(*other);
    }
  }
  set_root(node, nullptr);
}

void Guests::name_anchor(Node& node, const Standing& standing) {
  Node& root = make(standing.root.id);
  Node& anchor = make(standing.anchor);
  Guest& guest = *node.guest;
  if (guest.anchor != &anchor) {
    guest.anchor = &anchor;
    if (&anchor != &node) {
      anchor.guest->claimants.push_back(&node);
    }
  }
  if (&anchor == &node) {
    set_root(node, &root);
  } else {
    offer(anchor, node);
  }
  if (&root != &node && &root != &anchor) {
    offer(root, node);
  }
}

void Guests::set_root(Node& node, Node* root) {
  Guest& guest = *node.guest;
  Node* before = guest.root;
  if (before == root) {
    return;
  }
  guest.root = root;
  if (before != nullptr && before != &node) {
    take_from(before->guest->followers, &node);
    ask_again(*before);
  }
  if (root != nullptr && root != &node) {
    root->guest->followers.push_back(&node);
  }
  if (!node.own) {
    fold_.revisit(node);
  }
}

// Calls visit(Node&) for each guest whose standing names the event as its anchor, or as the root of
// its case.
template <class Visit>
void Guests::each_namer(const Node& named, Visit visit) {
  const auto each_of = [&](const Node& anchor) {
    for (Node* one : anchor.guest->claimants) {
      if (one->guest->anchor == &anchor && one->guest->standing() != nullptr) {
        visit(*one);
      }
    }
  };
  each_of(named);
  for (Node* follower : named.guest->followers) {
    if (follower->guest->standing() != nullptr) {
      visit(*follower);
    } else {
      each_of(*follower);
    }
  }
}

// Takes in what one says who names it, if nobody of an earlier episode says so: what is known of a
// root goes from earlier to later episodes, never back.
void Guests::offer(Node& named, Node& namer) {
  Node* best = named.guest->namer;
  if (best == &namer) {
    ask_again(named);
  } else if (best == nullptr || best->guest->anchor == nullptr || says_before(namer, *best)) {
    set_named(named, &namer);
  }
}

void Guests::ask_again(Node& named) {
  Node* best = nullptr;
  each_namer(named, [&](Node& one) {
    if (best == nullptr || says_before(one, *best)) {
      best = &one;
    }
  });
  set_named(named, best);
}

void Guests::set_named(Node& node, Node* namer) {
  Guest& guest = *node.guest;
  std::optional<Guest::Named> named;
  Node* root = nullptr;
  if (namer != nullptr) {
    const Standing& said = *namer->guest->standing();
    const Status status = namer->deciding().status;
    root = &make(said.root.id);
    if (root == &node) {
      named = {said.root.time, said.root.place, status, said.root.owner};
    } else {
      named = {said.anchor_time, {}, status, std::nullopt};
    }
  }
  const bool same = guest.named == named;
  const bool rehomes =
      (guest.named ? guest.named->owner : std::nullopt) != (named ? named->owner : std::nullopt);
  guest.named = named;
  guest.namer = namer;
  if (node.own || !guest.claims.empty()) {
    return;
  }
  set_root(node, root);
  if (rehomes) {
    rehomed.push_back(&node);
  }
  if (!same || (named && node.role == Role::absent)) {
    place(node);
  }
}

// Is what a guest names as its anchor, or as what it is a copy of, here what it says?
bool Guests::fits(const Node& node, const Facts& facts) {
  const Guest& guest = *node.guest;
  switch (guest.standing()->role) {
    case Role::late:
      return true;
    case Role::copy:
      return guest.copy_root != nullptr &&
             (guest.copy_root->role == Role::grouped || guest.copy_root->role == Role::late);
    case Role::grouped:
      return guest.anchor == &node || (guest.anchor != nullptr && guest.anchor->is_anchor() &&
                                       std::tie(guest.anchor->facts.time, guest.anchor->number) <
                                           std::tie(facts.time, node.number));
    case Role::absent:
      return false;
  }
  return false;
}

Facts Guests::facts_of(const Node& node) {
  Facts facts;
  const Guest& guest = *node.guest;
  if (node.known) {
    facts = score_.facts_of(node.deciding());
    facts.keys = fold_.keys().numbers_of(node.deciding());
    return facts;
  }
  facts.time = guest.named->time;
  facts.place = guest.named->place;
  facts.variance_m2 = kNamedVariance;
  facts.status = guest.named->status;
  return facts;
}

void Guests::place(Node& node) {
  Guest& guest = *node.guest;
  Role role = Role::absent;
  Facts facts = node.facts;
  if (node.known) {
    facts = facts_of(node);
    role = fits(node, facts) ? guest.standing()->role : Role::absent;
  } else if (guest.named) {
    role = Role::grouped;
    facts = facts_of(node);
  }
  if (role == Role::copy) {
    node.copy_root = guest.copy_root;
  }
  if (role != node.role || facts != node.facts) {
    release(node);
    fold_.replace(node, role, facts);
  } else {
    fold_.revisit(node);
  }
  people_.note(node);
}

void Guests::release(Node& node) {
  if (!node.guest) {
    return;
  }
  for (Node* one : node.guest->claimants) {
    if (!one->own && one->role == Role::grouped && one->anchor == &node) {
      fold_.replace(*one, Role::absent, one->facts);
      people_.note(*one);
    }
  }
}

Node& Guests::restore(const AreaRow& row) {
  Node& node = row.around ? nodes_.make(long_id(row.id)) : make(row.id);
  if (row.around) {
    node.own = true;
    node.complete = true;
    reach_of(node).around = *row.around;
  }
  if (row.claims.empty() && row.cards.empty() && !row.owner) {
    return node;
  }
  Guest& guest = guest_of(node);
  guest.claims = row.claims;
  guest.cards = row.cards;
  guest.owner = row.owner;
  if (!node.own) {
    adopt(node);
  }
  return node;
}

void Guests::drop(Node& node) {
  if (!node.guest) {
    return;
  }
  Guest& guest = *node.guest;
  const auto leave = [&](Node* named) {
    if (named == nullptr || named == &node) {
      return;
    }
    take_from(named->guest->claimants, &node);
    take_from(named->guest->followers, &node);
    if (named->guest->namer == &node) {
      named->guest->namer = nullptr;
    }
  };
  if (guest.anchor != nullptr && guest.anchor != &node) {
    leave(guest.anchor->guest->root);
  }
  for (Node* named : {guest.anchor, guest.root, guest.copy_root}) {
    leave(named);
  }
  for (Node* one : guest.claimants) {
    for (Node** named : {&one->guest->anchor, &one->guest->copy_root}) {
      *named = *named == &node ? nullptr : *named;
    }
  }
  for (Node* one : guest.followers) {
    one->guest->root = nullptr;
  }
}

bool Guests::follow() {
  std::vector<Node*> anew = std::exchange(fold_.strays, {});
  for (; followed_ < fold_.moved.size(); ++followed_) {
    const Node& node = *fold_.moved[followed_].node;
    if (!node.guest) {
      continue;
    }
    for (const std::vector<Node*>* list : {&node.guest->claimants, &node.guest->followers}) {
      std::copy_if(list->begin(), list->end(), std::back_inserter(anew),
                   [](const Node* one) { return !one->own; });
    }
  }
  const std::size_t moves = fold_.moved.size();
  bool again = false;
  for (Node* node : anew) {
    const bool could = node->role != Role::absent;
    place(*node);
    again = again || could || node->role != Role::absent;
  }
  return again || fold_.moved.size() != moves;
}

}  // namespace fusiond::fusion
