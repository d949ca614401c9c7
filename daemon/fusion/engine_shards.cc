// The part of the engine that is one of several (design/0013).
#include <algorithm>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/fusion/engine_state.h"

namespace fusiond::fusion {

// What the last settle() changed may look different to others.
void Engine::State::note_changes() {
  others->exchange.note_changes();
  others->guests.done();
  for (Node* node : std::exchange(others->guests.renamed, {})) {
    others->exchange.note_missers(*node);
    if (Node* root = Cases::root_of(*node)) {
      for (Node* other : cases.may_name(*root)) {
        cases.touch(*other);
      }
    }
  }
  const auto reconsider = [&](Node& episode) {
    each_member(episode, [&](Node& member) { book.reconsider(member); });
  };
  for (const Moved& move : fold.moved) {
    book.reconsider(*move.node);
  }
  for (Node* anchor : cases.entered) {
    reconsider(*anchor);
  }
  for (Node* node : others->guests.rehomed) {
    book.reconsider(*node);
    each_episode(*node, reconsider);
  }
  for (Node* node : changed) {
    book.reconsider(*node);
  }
}

// People have put a case to others, or no more.
void Engine::State::note_united(Node& root) {
  others->exchange.note_incident(incident_of(root));
  book.reconsider(root);
  for (Node* episode : root.episodes) {
    each_member(*episode, [&](Node& member) { book.reconsider(member); });
  }
}

// Writes what other shards must hear of what has changed.
void Engine::State::tell_others() {
  Exchange& exchange = others->exchange;
  for (Node* node : std::exchange(others->guests.rehomed, {})) {
    exchange.note_home(*node);
  }
  for (Node* root : std::exchange(book.looked_at, {})) {
    exchange.note_card(*root);
  }
  for (Node* root : std::exchange(book.other_names, {})) {
    exchange.note_incident(*root);
  }
  for (const IncidentBook::Handed& one : book.handed) {
    note_row(one.node->number);
  }
  exchange.tell(std::exchange(book.handed, {}));
}

std::span<const IncidentRecord> Engine::enter(EventState state, Surroundings around,
                                              const Cause& cause) {
  State& own = *state_;
  if (own.others == nullptr) {
    return apply(std::move(state), cause);
  }
  FUSIOND_CHECK(state.deciding || state.shown, "a state holds at least one record");
  Node& node = own.nodes.make(state.id());
  own.others->guests.enter(node);
  own.others->exchange.surround(node, std::move(around));
  own.cases.touch(node);
  own.note_row(node.number);
  own.see_clock(state);
  own.take(std::move(state));
  return own.finish(cause);
}

std::span<const IncidentRecord> Engine::leave(const EventId& id, Owner to, const Cause& cause) {
  State& own = *state_;
  FUSIOND_CHECK(own.others != nullptr, "events leave where there are several shards");
  Node* node = own.nodes.find(id);
  if (node == nullptr || !node->own) {
    return {};
  }
  own.note_row(node->number);
  own.others->exchange.let_go(*node, to);
  own.others->guests.leave(*node, to);
  own.cases.touch(*node);
  own.book.note_card(*node);
  own.renew(*node);
  return own.finish(cause);
}

std::span<const IncidentRecord> Engine::hear(const AreaNews& news, const Cause& cause) {
  State& own = *state_;
  FUSIOND_CHECK(own.others != nullptr, "news comes where there are several shards");
  FUSIOND_CHECK(news.to == own.config.seat.shard, "news comes to the shard that it is for");
  if (!own.others->exchange.is_next(news)) {
    return {};
  }
  own.hear(news);
  return own.finish(cause);
}

void Engine::State::hear(const AreaNews& news) {
  Guests& guests = others->guests;
  if (const auto* said = std::get_if<StandingNews>(&news.what)) {
    Node& node = guests.hear(news.from, said->standing);
    note_row(node.number);
    if (!node.own) {
      renew(node);
    }
  } else if (const auto* gone = std::get_if<GoneNews>(&news.what)) {
    note_row(gone->event);
    if (Node* node = guests.hear_gone(news.from, *gone)) {
      renew(*node);
    }
  } else if (const auto* card = std::get_if<CardNews>(&news.what)) {
    note_row(card->root);
    if (!card->forgotten) {
      book.note_card(guests.hear(news.from, *card));
    } else if (nodes.find(card->root) != nullptr) {
      book.forget_card(guests.hear(news.from, *card));
    }
  } else if (const auto* interest = std::get_if<InterestNews>(&news.what)) {
    others->exchange.hear(*interest, news.from);
  } else if (const auto* holders = std::get_if<HoldersNews>(&news.what)) {
    others->exchange.hear(*holders);
  } else if (const auto* want = std::get_if<WantNews>(&news.what)) {
    note_row(want->event);
    others->exchange.hear(*want, news.from);
  } else if (const auto* told = std::get_if<TellingNews>(&news.what)) {
    Node& node = guests.make(told->id);
    note_row(told->id);
    if (told->owner) {
      Guests::hear(node, *told->owner);
    }
    book.take_over(node, told->telling);
    if (node.names != nullptr) {
      cases.touch(*node.names);
    }
  } else if (const auto* clocks = std::get_if<ClockNews>(&news.what)) {
    for (const SourceClock& one : clocks->clocks) {
      clock.see_elsewhere(one);
    }
  }
}

// What a restart finds of other shards, before the events of its own.
void Engine::State::restore_areas(const EngineSnapshot& snapshot) {
  others->exchange.restore(snapshot.sequences, snapshot.areas.events, snapshot.areas.names);
  for (const EventState& event : snapshot.events) {
    (void)nodes.make(event.id());  // its own: whoever names one of these makes no guest of it
  }
  for (const AreaRow& row : snapshot.areas.events) {
    Node& node = others->guests.restore(row);
    if (!row.cards.empty()) {
      book.note_card(node);
    }
    if (!node.own) {
      renew(node);
    }
  }
  settle();
}

AreaRow Engine::State::row_of(ShortId id) const {
  AreaRow row;
  row.id = id;
  row.wanted_by = others->exchange.wanted_by(id);
  row.known = !row.wanted_by.empty();
  const Node* node = nodes.find(id);
  if (node == nullptr) {
    return row;
  }
  if (node->own && node->reach && !(node->reach->around == Surroundings{})) {
    row.around = node->reach->around;
  }
  if (node->guest) {
    row.claims = node->guest->claims;
    row.cards = node->guest->cards;
    row.owner = node->guest->owner;
  }
  if (node->told && (node->told->handed || node->told->foreign)) {
    row.told = IncidentBook::telling_of(*node);
    row.handed = node->told->handed;
  }
  row.known = row.known || row.around || !row.claims.empty() || !row.cards.empty() || row.told ||
              (!node->own && (row.owner || node->told));
  row.forgotten = node->own && node->forgotten;
  row.known = row.known || row.forgotten;
  if (node->own && row.known && !row.around) {
    row.around = Surroundings{};
  }
  return row;
}

AreaRows Engine::take_rows() {
  AreaRows rows;
  State& own = *state_;
  if (own.others == nullptr) {
    return rows;
  }
  std::vector<ShortId> ids = std::exchange(own.rows_due, {});
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (const ShortId id : ids) {
    rows.events.push_back(own.row_of(id));
  }
  std::vector<std::uint64_t> names = std::exchange(own.others->exchange.other_rows, {});
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::uint64_t name : names) {
    rows.names.push_back(own.others->exchange.row_of(name));
  }
  return rows;
}

Sequences Engine::sequences() const {
  return state_->others ? state_->others->exchange.sequences() : Sequences{};
}

// Is the incident of `root` over for whoever may still look at it? One that is told elsewhere: when
// its teller has forgotten it, or has none of it to tell.
bool Engine::State::is_over(const Node& root, const std::vector<Node*>& members,
                            std::int64_t unfinished) const {
  if (others == nullptr || (root.is_root() && root.named_by != nullptr)) {
    return book.is_final(root, unfinished);
  }
  if (root.own || root.guest->card() != nullptr) {
    return false;
  }
  const std::int64_t reach =
      config.association.related_window.count() + 2 * config.association.window.count();
  return std::all_of(members.begin(), members.end(),
                     [&](const Node* member) { return member->facts.time < unfinished - reach; });
}

// Must something be remembered of the event, for itself?
bool Engine::State::is_needed(const Node& node) const {
  if (node.own) {
    return !node.forgotten;
  }
  const Guest& guest = *node.guest;
  if (guest.card() != nullptr ||
      (node.told && !node.told->handed && !over(node.told->state) && node.role == Role::absent)) {
    return true;
  }
  if (node.told && std::max(node.told->ended, micros_of(node.told->opened)) >= others->horizon) {
    return true;
  }
  if (!node.known) {
    return guest.named && guest.named->time >= others->horizon;
  }
  std::int64_t newest = micros_of(node.state.newest().received);
  if (node.state.deciding) {
    newest = std::max(newest, micros_of(node.state.deciding->received));
  }
  return newest >= others->horizon;
}

void Engine::State::forget_guests(std::int64_t unfinished, std::vector<IncidentId>& gone) {
  std::vector<ShortId> old;
  nodes.each([&](const Node& node) {
    if (!node.own && !is_needed(node)) {
      old.push_back(node.number);
    }
  });
  std::sort(old.begin(), old.end());
  for (const ShortId id : old) {
    Node* node = nodes.find(id);
    if (node == nullptr) {
      continue;  // went with another one of its incident
    }
    const Guest& guest = *node->guest;
    if (Node* root = Cases::root_of(*node)) {
      drop_incident(*root, unfinished, gone);
    } else if (guest.claimants.empty() && guest.followers.empty()) {
      drop_node(*node, gone);
    }
  }
}

std::vector<AreaNews> Engine::take_news() {
  return state_->others ? std::exchange(state_->others->exchange.news(), {})
                        : std::vector<AreaNews>{};
}

}  // namespace fusiond::fusion
