// Step 1: keeps the newest revision of each event id, judges lateness from the record, and tells repeats from news.
// Journey: pipeline/shard.cc -> here -> fusion/engine.cc
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "daemon/model/event_state.h"

namespace fusiond::route {

struct RouterConfig {
  Micros remember = std::chrono::hours{72};  // an id is kept this long after its newest ingest time; older events go to the dead letters
};

// Pure: a function of the records taken so far, whatever their order. One shard's thread.
class Router {
 public:
  explicit Router(RouterConfig config);
  // Takes one record in and says what it did. Cost: one look-up.
  [[nodiscard]] Routed take(const Event& event);
  // Puts back what the journal held. Requires: nothing was taken yet.
  void restore(EventState state);
  // Drops the ids whose newest ingest time is before the largest ingest time seen - remember; returns them for the journal.
  [[nodiscard]] std::vector<EventId> forget();
  [[nodiscard]] std::size_t size() const { return states_.size(); }

 private:
  RouterConfig config_;
  WallTime newest_{};
  std::unordered_map<EventId, EventState> states_;
};

}  // namespace fusiond::route
