// Step 1: keeps the newest revision of each event id, judges lateness from the record, and tells
// repeats from news. Journey: pipeline/shard.cc -> here -> fusion/engine.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/base/uuid.h"
#include "daemon/model/event_state.h"
#include "daemon/route/router_config.h"

namespace fusiond::route {

// Pure: a function of the records taken so far, whatever their order (README.md says which). One
// shard's thread.
class Router {
 public:
  explicit Router(RouterConfig config);
  // Takes one record in and says what it did. Requires: its id is a UUID, as for all ids. `changed`
  // is set whenever the journal's row changes, also under `repeat` and `stale` (an older content
  // was learnt). Cost: one look-up.
  [[nodiscard]] Routed take(const EventRef& event);
  [[nodiscard]] Routed take(Event event) { return take(EventRef(std::move(event))); }
  // What is known of an id; null when it is not remembered. Holds until the next take() or
  // forget().
  [[nodiscard]] const EventState* find(const EventId& id) const;
  // Puts back what the journal held. Requires: nothing was taken yet.
  void restore(EventState state);
  // Drops the ids whose newest ingest time is before `reached` - remember; returns them for the
  // journal. Every source's next record is stamped at or after `reached`: a source that runs ahead
  // must not make the others' ids go. Cost: the ids that are dropped or were last looked at an hour
  // of ingest time ago.
  [[nodiscard]] std::vector<EventId> forget(WallTime reached);
  [[nodiscard]] std::size_t size() const { return states_.size(); }

 private:
  struct Entry {
    EventState state;
    WallTime newest{};  // largest ingest time of a record of this id, repeats included
  };
  Routed take_first(const EventRef& event);
  void remember(const Uuid& id, WallTime received);

  RouterConfig config_;
  std::unordered_map<Uuid, Entry, UuidHash> states_;
  std::map<std::int64_t, std::vector<Uuid>>
      by_hour_;  // hour of ingest → ids to look at when it is forgotten; each id stands in one
};

}  // namespace fusiond::route
