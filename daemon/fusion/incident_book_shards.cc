// The part of the book that is about other shards: which of their incidents stand near by, and ids
// that go from one teller to the next (design/0013).
#include <algorithm>
#include <tuple>

#include "daemon/fusion/guests.h"
#include "daemon/fusion/incident_book.h"

namespace fusiond::fusion {
namespace {

// An epoch is the number of a start, then that of the shard: no two shards have the same.
constexpr unsigned kShardBits = 10;

}  // namespace

// The engine's own, or, above what another engine told, the next one that is of this shard.
std::uint64_t IncidentBook::epoch_of(Told& told) const {
  told.handed = false;
  told.foreign = false;
  if (alone_) {
    return epoch_;
  }
  if (!told.ours) {
    told.epoch =
        told.epoch < epoch_ ? epoch_ : (((told.epoch >> kShardBits) + 1) << kShardBits) | shard_;
    told.ours = true;
  }
  return told.epoch;
}

void IncidentBook::note_card(Node& root) {
  carded_.push_back(&root);
}

void IncidentBook::forget_card(Node& root) {
  if (!root.own && root.guest->card() == nullptr) {
    live_.drop(root);
  }
}

void IncidentBook::list_cards() {
  for (Node* root : std::exchange(carded_, {})) {
    other_names.push_back(root);
    for (Node* other : cases_.may_name(*root)) {
      other->book_stale = true;
      touch(*other);
    }
    if (root->own) {
      continue;  // it lists itself when it is looked at
    }
    const Card* card = root->guest ? root->guest->card() : nullptr;
    if (card == nullptr || !card->related) {
      live_.unlist(*root);
      continue;
    }
    Listed listed;
    listed.status = card->status;
    listed.time = card->time;
    listed.place = {true, card->place};
    listed.family = card->family;
    if (root->listed && root->listed->stands_as(listed)) {
      live_.touch_later(*root);  // it may have another name
    }
    live_.list(*root, listed);
  }
}

Telling IncidentBook::telling_of(const Node& node) {
  const Told& told = *node.told;
  return {told.epoch, told.revision,   told.state,   told.opened, told.began,
          told.ended, told.supersedes, told.members, told.heir,   told.heir_shard};
}

void IncidentBook::take_over(Node& node, const Telling& telling) {
  if (!node.told) {
    node.told = std::make_unique<Told>();
  }
  Told& told = *node.told;
  (void)supersede(told, telling.supersedes);
  const bool is_newer =
      std::tie(telling.epoch, telling.revision) > std::tie(told.epoch, told.revision);
  if (is_newer) {
    told.epoch = telling.epoch;
    told.revision = telling.revision;
    told.ours = false;
    told.state = telling.state;
    told.opened = telling.opened;
    told.began = telling.began;
    told.ended = telling.ended;
    told.members = telling.members;
    told.heir = telling.heir;
    told.heir_shard = telling.heir_shard;
  }
  note_end(node);
  // Whatever it is now is told again, above what was told.
  for (std::string* part : {&told.summary, &told.belief, &told.relations}) {
    part->clear();
  }
  told.handed = false;
  told.foreign = true;
  for (const ShortId id : told.members) {
    Node* member = nodes_.find(id);
    if (member != nullptr && is_newer && !over(told.state)) {
      member->told_in = &node;
    }
  }
  unnamed_.push_back(&node);
  if (is_newer && over(told.state)) {
    ended_.push_back(&node);
  }
}

void IncidentBook::restore(Node& node, const Telling& telling, bool is_handed) {
  const bool known = node.told != nullptr;
  const bool holds = !known || std::tie(telling.epoch, telling.revision) >=
                                   std::tie(node.told->epoch, node.told->revision);
  if (holds) {
    // Last words that the bus may not have are told again here, and handed over anew.
    const bool speaks = known && node.told->again && over(node.told->state);
    take_over(node, telling);
    node.told->handed = is_handed && !speaks;
    node.told->foreign = !is_handed;
    node.told->again = node.told->again || !is_handed;
  }
}

Node* IncidentBook::own_heir_of(const Told& told) const {
  for (const ShortId id : told.members) {
    Node* member = nodes_.find(id);
    Node* root = member == nullptr ? nullptr : Cases::root_of(*member);
    if (root != nullptr && root->is_root() && root->named_by != nullptr) {
      return root;
    }
  }
  return nullptr;
}

// An id is told by the shard that tells the incident of its event; of an event that is in none, or
// a copy, by the event's owner.
void IncidentBook::find_vanished_among(std::vector<Node*> nodes) {
  for (Node* node : std::exchange(ended_, {})) {
    const Told& told = *node->told;
    if (node->names != nullptr || !over(told.state)) {
      continue;
    }
    Node* into = own_heir_of(told);
    if (into == nullptr && told.heir) {
      const Node* heir = nodes_.find(*told.heir);
      into = heir == nullptr ? nullptr : heir->names;
    }
    if (into != nullptr && into->is_root()) {
      go_into(*node, *into);
    }
  }
  for (Node* node : nodes) {
    if (node->names != nullptr || node->told == nullptr || node->told->handed) {
      continue;
    }
    Node* root = Cases::root_of(*node);
    if (root != nullptr && root->is_root() && root->named_by != nullptr) {
      if (!over(node->told->state)) {
        go_into(*node, *root);
      }
    } else if (!node->own || (root != nullptr && node->role != Role::copy)) {
      const bool ownerless = root == nullptr || node->role == Role::copy;
      const auto to = owner_of(ownerless ? *node : *root, shard_);
      if (to && *to != shard_) {
        hand_over(*node, *to);
      } else {
        unnamed_.push_back(node);  // it will be known with what comes next
      }
    } else if (!over(node->told->state)) {
      end_absent(*node);
    }
  }
}

// The event of an id is a member of no incident: the id goes into the one that has the first of its
// events, or of what it is a copy of.
void IncidentBook::end_absent(Node& node) {
  if (Node* heir = own_heir_of(*node.told)) {
    go_into(node, *heir);
    return;
  }
  std::optional<ShortId> into = node.told->heir;
  std::optional<Shard> teller = node.told->heir_shard;
  for (const ShortId id : node.told->members) {
    Node* member = nodes_.find(id);
    const Node* root = member == nullptr ? nullptr : Cases::root_of(*member);
    if (root != nullptr) {
      into = incident_name(member->role == Role::copy ? *member->copy_root : *member, *root);
      teller = owner_of(*root, shard_);
      break;
    }
  }
  vanished_.push_back({&node, into});
  if (into && teller && *teller != shard_) {
    node.told->heir = into;
    handed.push_back({&node, *teller});  // so that the survivor names it
  }
}

// Leaves an id to the shard that tells it from now on.
void IncidentBook::hand_over(Node& node, Shard to) {
  Told& told = *node.told;
  if (const Node* heir = own_heir_of(told)) {
    told.heir = heir->named_by->number;
    told.heir_shard = shard_;
  }
  told.handed = true;
  note_untold(node);
  handed.push_back({&node, to});
}

}  // namespace fusiond::fusion
