// The part of the engine that is one of several (design/0013).
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
    if (!node.own) {
      renew(node);
    }
  } else if (const auto* gone = std::get_if<GoneNews>(&news.what)) {
    if (Node* node = guests.hear_gone(news.from, *gone)) {
      renew(*node);
    }
  } else if (const auto* card = std::get_if<CardNews>(&news.what)) {
    book.note_card(guests.hear(news.from, *card));
  } else if (const auto* interest = std::get_if<InterestNews>(&news.what)) {
    others->exchange.hear(*interest, news.from);
  } else if (const auto* holders = std::get_if<HoldersNews>(&news.what)) {
    others->exchange.hear(*holders);
  } else if (const auto* want = std::get_if<WantNews>(&news.what)) {
    others->exchange.hear(*want, news.from);
  } else if (const auto* told = std::get_if<TellingNews>(&news.what)) {
    Node& node = guests.make(told->id);
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

std::vector<AreaNews> Engine::take_news() {
  return state_->others ? std::exchange(state_->others->exchange.news(), {})
                        : std::vector<AreaNews>{};
}

}  // namespace fusiond::fusion
