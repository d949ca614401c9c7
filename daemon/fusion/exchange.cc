#include "daemon/fusion/exchange.h"

#include <algorithm>

namespace fusiond::fusion {
namespace {

// What of a record groups, and what no record is without (wire/event_wire.h).
EventRef bare(const Event& event) {
  Event part;
  part.id = event.id;
  part.source = event.source;
  part.source_event_id = event.source_event_id;
  part.revision = event.revision;
  part.received = event.received;
  part.lateness = event.lateness;
  part.source_kind = event.source_kind;
  part.lifecycle = event.lifecycle;
  part.status = event.status;
  part.kind = event.kind;
  part.occurred = event.occurred;
  part.place = event.place;
  part.keys = event.keys;
  part.copy_of = event.copy_of;
  return part;
}

template <class Entry>
auto of_shard(std::vector<std::pair<Shard, Entry>>& list, Shard shard) {
  return std::find_if(list.begin(), list.end(),
                      [&](const auto& one) { return one.first == shard; });
}

}  // namespace

bool Exchange::is_next(const AreaNews& news) {
  const std::pair number{news.stream, news.sequence};
  auto& last = heard_[news.from];
  if (number <= last) {
    return false;
  }
  last = number;
  return true;
}

void Exchange::note(Node& node) {
  if (!std::exchange(node.news_due, true)) {
    due_.push_back(&node);
  }
}

void Exchange::note_card(Node& root) {
  if (!std::exchange(root.card_due, true)) {
    cards_due_.push_back(&root);
  }
}

void Exchange::note_episode(Node& anchor) {
  for (Node* member : anchor.members) {
    if (member->own) {
      note(*member);
    }
  }
  note_missers(anchor);
  if (Node* root = Cases::root_of(anchor)) {
    note_card(*root);
  }
}

void Exchange::note_incident(Node& root) {
  each_episode(root, [&](Node& episode) {
    note_episode(episode);
    if (episode.own) {
      note(episode);
    }
  });
  note_card(root);
}

void Exchange::note_missers(const Node& anchor) {
  if (anchor.cell == nullptr) {
    return;
  }
  const auto& config = parts_.score.config();
  const std::int64_t reach = 2 * static_cast<std::int64_t>(config.reach_m) * kUnitsPerMetre;
  const std::int64_t until = anchor.facts.time + 2 * config.window.count();
  const auto missed = [&](const std::vector<NearMiss>& list) {
    return std::any_of(list.begin(), list.end(),
                       [&](const NearMiss& miss) { return miss.anchor == anchor.number; });
  };
  parts_.fold.events().each(
      anchor, reach, anchor.facts.time, until, [&](const Row& row, std::int64_t) {
        Node& later = *row.node;
        if (later.own && (later.decision.runner_up.anchor == anchor.number ||
                          missed(later.decision.near) || missed(later.near_cases))) {
          note(later);
        }
      });
}

void Exchange::note_copies_of(Node& node) {
  for (Node* copy : node.copies) {
    if (copy->own) {
      note(*copy);
    }
  }
}

void Exchange::note_home(Node& node) {
  note_copies_of(node);
  for (Node* episode : node.episodes) {
    note_episode(*episode);
  }
  if (node.united == nullptr && !node.cases.empty()) {
    note_incident(node);
  }
  if (Node* root = Cases::root_of(node)) {
    note_card(*root);
  }
}

void Exchange::surround(Node& node, Surroundings around) {
  Reach& reach = reach_of(node);
  reach.gone_to.reset();
  if (reach.around == around) {
    return;
  }
  reach.around = std::move(around);
  note(node);
  note_card(node);
}

void Exchange::let_go(Node& node, Owner to) {
  reach_of(node).gone_to = to;
  note(node);
  note_card(node);
}

void Exchange::note_changes() {
  for (const Moved& move : parts_.fold.moved) {
    Node& node = *move.node;
    note(node);
    note_copies_of(node);
    for (Node* anchor : {move.old_anchor, node.anchor}) {
      if (anchor != nullptr) {
        note(*anchor);
      }
    }
    if (!node.own || node.is_anchor()) {
      note_missers(node);
    }
  }
  for (const Decided& one : parts_.fold.decided) {
    note(*one.node);
    if (Node* root = one.node->own ? nullptr : Cases::root_of(*one.node)) {
      note_card(*root);
    }
  }
  for (Node* anchor : parts_.cases.relinked) {
    note(*anchor);
    note_missers(*anchor);
  }
  for (Node* anchor : parts_.cases.entered) {
    note_episode(*anchor);
  }
}

void Exchange::note_word(const Word& word) {
  for (const EventId* id : {&word.event, &word.other}) {
    Node* node = id->empty() ? nullptr : parts_.nodes.find(*id);
    if (node != nullptr) {
      note(*node);
      if (node->copy_root != nullptr) {
        note(*node->copy_root);
      }
    }
  }
}

void Exchange::add_listener(Shard shard, bool full) {
  if (shard == seat_.shard) {
    return;
  }
  const auto found = std::find_if(listeners_.begin(), listeners_.end(),
                                  [&](const Listener& one) { return one.shard == shard; });
  if (found == listeners_.end()) {
    listeners_.push_back({shard, full});
  } else {
    found->full = found->full || full;
  }
}

// Whom an event concerns.
void Exchange::listeners_of(Node& node) {
  listeners_.clear();
  if (!node.own || node.role == Role::absent) {
    return;
  }
  if (node.role == Role::grouped) {
    for (const Shard shard : reach_of(node).around.near) {
      add_listener(shard, false);
    }
    for (const std::uint32_t key : KeyIndex::numbers(node.facts.keys)) {
      const auto name = names_.find(number_of_key(key));
      if (name != names_.end()) {
        for (const Shard shard : name->second.others) {
          add_listener(shard, false);
        }
      }
    }
  }
  if (const auto wanted = wanted_.find(node.number); wanted != wanted_.end()) {
    for (const Shard shard : wanted->second) {
      add_listener(shard, false);
    }
  }
  if (node.role == Role::copy) {
    if (const auto owner = owner_of(*node.copy_root, seat_.shard)) {
      add_listener(*owner, false);
    }
  }
  const bool named = parts_.people.names(node) ||
                     std::any_of(node.copies.begin(), node.copies.end(),
                                 [&](const Node* copy) { return parts_.people.names(*copy); });
  for (Shard shard = 0; named && shard < seat_.shards; ++shard) {
    add_listener(shard, false);
  }
  if (node.role != Role::copy) {
    const Node* root = Cases::root_of(node);
    if (const auto teller = root == nullptr ? std::nullopt : owner_of(*root, seat_.shard)) {
      add_listener(*teller, true);
    }
  }
}

Account Exchange::account_of(Node& node) const {
  Account account;
  account.decision = node.decision;
  account.copies = copies_of(node);
  account.fits = parts_.explain.rival_fits(node, Cases::root_of(node));
  const auto name = [&](const std::vector<NearMiss>& list) {
    for (const NearMiss& miss : list) {
      if (const auto missed = parts_.explain.missed_by(node, miss.anchor)) {
        account.missed.push_back(*missed);
      }
    }
  };
  name(node.decision.near);
  if (node.is_anchor()) {
    account.tie = node.tie;
    account.near_cases = node.near_cases;
    name(node.near_cases);
  }
  return account;
}

std::shared_ptr<const Standing> Exchange::standing_of(Node& node, bool full) const {
  auto standing = std::make_shared<Standing>();
  standing->role = node.role;
  standing->moves = reach_of(node).around.moves;
  if (full) {
    standing->state = node.state;
    standing->account = account_of(node);
  } else if (node.state.deciding) {
    standing->state.deciding = bare(*node.state.deciding);
  } else {
    standing->state.shown = bare(node.state.newest());
  }
  if (node.role == Role::copy) {
    standing->copy_root = node.copy_root->number;
  }
  if (node.role != Role::grouped) {
    return standing;
  }
  const Node& root = *node.anchor->case_root;
  standing->anchor = node.anchor->number;
  standing->anchor_time = node.anchor->facts.time;
  standing->root = {root.number, root.facts.time, root.facts.place,
                    owner_of(root, seat_.shard).value_or(seat_.shard)};
  standing->name = incident_name(node, *Cases::root_of(node));
  return standing;
}

void Exchange::tell_standing(Node& node) {
  listeners_of(node);
  if (listeners_.empty() && (!node.reach || node.reach->told.empty())) {
    return;
  }
  Reach& reach = reach_of(node);
  std::shared_ptr<const Standing> made[2];
  for (const Listener& listener : listeners_) {
    auto& standing = made[listener.full ? 1 : 0];
    if (standing == nullptr) {
      standing = standing_of(node, listener.full);
    }
    const auto told = of_shard(reach.told, listener.shard);
    if (told == reach.told.end()) {
      reach.told.emplace_back(listener.shard, standing);
    } else if (*told->second == *standing) {
      continue;
    } else {
      told->second = standing;
    }
    send(listener.shard, StandingNews{standing});
  }
  std::erase_if(reach.told, [&](const auto& told) {
    const bool listens = std::any_of(listeners_.begin(), listeners_.end(),
                                     [&](const Listener& one) { return one.shard == told.first; });
    if (!listens) {
      send(told.first, GoneNews{node.number, reach.gone_to});
    }
    return !listens;
  });
}

std::optional<Card> Exchange::card_of(Node& root) const {
  if (!root.is_root() || root.named_by == nullptr) {
    return std::nullopt;
  }
  Card card;
  card.name = root.named_by->number;
  if (root.listed && root.listed->can_relate()) {
    card.related = true;
    card.status = root.listed->status;
    card.time = root.listed->time;
    card.place = *root.listed->place;
    card.family = root.listed->family;
  }
  return card;
}

void Exchange::tell_card(Node& root) {
  const auto card = card_of(root);
  listeners_.clear();
  if (card) {
    if (card->related) {
      for (const Shard shard : reach_of(root).around.wide) {
        add_listener(shard, false);
      }
    }
    each_episode(root, [&](Node& episode) {
      each_member(episode, [&](Node& member) {
        if (!member.own && !member.guest->claims.empty()) {
          add_listener(member.guest->claims.back().from, false);
        }
      });
    });
  }
  if (listeners_.empty() && (!root.reach || root.reach->cards.empty())) {
    return;
  }
  Reach& reach = reach_of(root);
  for (const Listener& listener : listeners_) {
    const auto told = of_shard(reach.cards, listener.shard);
    if (told == reach.cards.end()) {
      reach.cards.emplace_back(listener.shard, *card);
    } else if (told->second == *card) {
      continue;
    } else {
      told->second = *card;
    }
    send(listener.shard, CardNews{root.number, card});
  }
  std::erase_if(reach.cards, [&](const auto& told) {
    const bool listens = std::any_of(listeners_.begin(), listeners_.end(),
                                     [&](const Listener& one) { return one.shard == told.first; });
    if (!listens) {
      send(told.first, CardNews{root.number, std::nullopt});
    }
    return !listens;
  });
}

void Exchange::tell(const std::vector<IncidentBook::Handed>& handed) {
  // Keys and copies first: who listens depends on them.
  for (std::size_t i = 0; i < due_.size(); ++i) {
    use_names(*due_[i]);
    want_originals(*due_[i]);
  }
  for (std::size_t i = 0; i < due_.size(); ++i) {
    due_[i]->news_due = false;
    tell_standing(*due_[i]);
  }
  due_.clear();
  for (Node* root : cards_due_) {
    root->card_due = false;
    tell_card(*root);
  }
  cards_due_.clear();
  tell_interest();
  for (const IncidentBook::Handed& one : handed) {
    send(one.to, TellingNews{one.node->number, full_owner_of(*one.node, seat_.shard),
                             IncidentBook::telling_of(*one.node)});
  }
}

void Exchange::drop(Node& node) {
  if (std::exchange(node.news_due, false)) {
    std::erase(due_, &node);
  }
  if (std::exchange(node.card_due, false)) {
    std::erase(cards_due_, &node);
  }
  if (!node.reach) {
    return;
  }
  for (const std::uint64_t name : std::exchange(node.reach->names, {})) {
    drop(name);
  }
  if (const auto original = std::exchange(node.reach->original, std::nullopt)) {
    want_no_more(*original);
  }
  for (const auto& [shard, card] : std::exchange(node.reach->cards, {})) {
    send(shard, CardNews{node.number, std::nullopt, true});
  }
}

void Exchange::note_all() {
  parts_.nodes.each([&](Node& node) {
    if (node.own) {
      note(node);
      note_card(node);
    }
  });
}

Sequences Exchange::sequences() const {
  Sequences all;
  all.sent.assign(sent_.begin(), sent_.end());
  std::sort(all.sent.begin(), all.sent.end());
  for (const auto& [shard, number] : heard_) {
    all.heard.push_back({shard, number.first, number.second});
  }
  std::sort(all.heard.begin(), all.heard.end());
  return all;
}

void Exchange::restore(const Sequences& sequences, const std::vector<AreaRow>& rows,
                       const std::vector<NameRow>& names) {
  sent_ = {sequences.sent.begin(), sequences.sent.end()};
  for (const Sequences::Heard& heard : sequences.heard) {
    heard_[heard.from] = {heard.stream, heard.sequence};
  }
  for (const AreaRow& row : rows) {
    if (!row.wanted_by.empty()) {
      wanted_[row.id] = row.wanted_by;
    }
  }
  for (const NameRow& row : names) {
    if (!row.others.empty()) {
      names_[row.name].others = row.others;
    }
    if (!row.holders.empty()) {
      holders_[row.name] = row.holders;
    }
  }
}

NameRow Exchange::row_of(std::uint64_t name) const {
  NameRow row{name, {}, {}};
  if (const auto found = holders_.find(name); found != holders_.end()) {
    row.holders = found->second;
    std::erase(row.holders, seat_.shard);  // its own interest follows from its events
  }
  if (const auto found = names_.find(name); found != names_.end()) {
    row.others = found->second.others;
  }
  return row;
}

std::vector<Shard> Exchange::wanted_by(ShortId id) const {
  const auto found = wanted_.find(id);
  return found == wanted_.end() ? std::vector<Shard>{} : found->second;
}

void Exchange::tell_clocks(const std::vector<SourceClock>& clocks) {
  for (Shard shard = 0; shard < seat_.shards; ++shard) {
    if (shard != seat_.shard) {
      send(shard, ClockNews{clocks});
    }
  }
}

}  // namespace fusiond::fusion
