#include "daemon/route/router.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/route/newest.h"

namespace fusiond::route {
namespace {

std::int64_t hour_of(WallTime time) {
  return std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count();
}

Uuid number_of(const EventId& id) {
  const auto uuid = id.number();
  FUSIOND_CHECK(uuid.has_value(), "event ids are UUIDs");
  return *uuid;
}

WallTime newest_received(const EventState& state) {
  WallTime newest = state.newest().received;
  if (state.deciding) {
    newest = std::max(newest, state.deciding->received);
  }
  for (const EventRef& other : state.others) {
    newest = std::max(newest, other->received);
  }
  return newest;
}

// True when nothing that anybody sees would tell the two apart.
bool same_record(const EventRef& a, const EventRef& b) {
  if (a.has_value() != b.has_value()) {
    return false;
  }
  return !a || (a->content_hash == b->content_hash && a->revision == b->revision &&
                a->received == b->received && a->lateness == b->lateness);
}

Verdict verdict_of(const EventState& before, const EventState& now, const Joined& joined) {
  if (before.late() && !now.late()) {
    return Verdict::admitted;
  }
  if (!same_record(before.deciding, now.deciding)) {
    return joined.known ? Verdict::repeat : Verdict::admitted;
  }
  if (!same_record(before.shown, now.shown)) {
    return joined.known ? Verdict::repeat : Verdict::amended;
  }
  return joined.known ? Verdict::repeat : Verdict::stale;
}

}  // namespace

Router::Router(RouterConfig config) : config_(config) {}

Routed Router::take(const EventRef& event) {
  const auto found = states_.find(number_of(event->id));
  if (found == states_.end()) {
    return take_first(event);
  }
  Entry& entry = found->second;
  entry.newest = std::max(entry.newest, event->received);
  const EventState before = entry.state;
  const Joined joined = join(entry.state, event, config_.contents);
  Routed routed{verdict_of(before, entry.state, joined), std::nullopt, joined.conflict};
  if (joined.kept) {
    routed.changed = entry.state;
  }
  return routed;
}

Routed Router::take_first(const EventRef& event) {
  if (micros_of(event->received) - micros_of(event->occurred) > config_.remember.count()) {
    return {Verdict::forgotten, std::nullopt, false};
  }
  EventState state;
  (is_on_time(*event) ? state.deciding : state.shown) = event;
  const Uuid id = number_of(event->id);
  remember(id, event->received);
  states_.emplace(id, Entry{state, event->received});
  return {state.late() ? Verdict::late : Verdict::admitted, std::move(state), false};
}

const EventState* Router::find(const EventId& id) const {
  const auto found = states_.find(number_of(id));
  return found == states_.end() ? nullptr : &found->second.state;
}

void Router::restore(EventState state) {
  const Uuid id = number_of(state.id());
  const WallTime newest = newest_received(state);
  remember(id, newest);
  const bool is_new = states_.emplace(id, Entry{std::move(state), newest}).second;
  FUSIOND_CHECK(is_new, "the journal has one row per event id");
}

std::vector<EventId> Router::forget(WallTime reached) {
  const WallTime horizon = reached - config_.remember;
  std::vector<EventId> gone;
  while (!by_hour_.empty() && by_hour_.begin()->first < hour_of(horizon)) {
    const std::vector<Uuid> due = std::move(by_hour_.begin()->second);
    by_hour_.erase(by_hour_.begin());
    for (const Uuid& id : due) {
      const auto found = states_.find(id);
      if (found->second.newest >= horizon) {
        remember(id, found->second.newest);
      } else {
        states_.erase(found);
        gone.emplace_back(id);
      }
    }
  }
  return gone;
}

void Router::remember(const Uuid& id, WallTime received) {
  by_hour_[hour_of(received)].push_back(id);
}

}  // namespace fusiond::route
