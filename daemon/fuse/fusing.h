// Both steps over a stream of events, with the ticks that a daemon would send: what a shard does,
// without log, journal and threads. Nothing looks ahead.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/fusion/engine.h"
#include "daemon/model/event_state.h"
#include "daemon/route/router.h"
#include "daemon/wire/incident_bytes.h"

namespace fusiond::fuse {

struct FusingConfig {
  fusion::EngineConfig engine;
  route::RouterConfig router{};
  Micros tick_every = std::chrono::seconds{10};
};

class Fusing {
 public:
  // What the engine said to one record or tick, in the order of publishing.
  using Answer = std::vector<IncidentRevision>;
  struct Taken {
    Verdict verdict = Verdict::repeat;
    bool conflict = false;
    std::vector<Answer> answers;  // to the ticks that came due, then to the event
  };

  explicit Fusing(FusingConfig config);

  // The ingest clock of every source heard of is the largest ingest time so far; each multiple of
  // tick_every that it passes is a tick, before the record. `offset` goes into the cause.
  [[nodiscard]] Taken take(const EventRef& record, std::uint64_t offset);
  // A person's word, at the time it was said.
  [[nodiscard]] std::vector<Answer> take(const Word& word, std::uint64_t offset);
  // No source says anything any more: every incident closes.
  [[nodiscard]] Answer finish();

  [[nodiscard]] std::uint64_t ticks() const { return ticks_; }

 private:
  void tick_up_to(WallTime now, std::vector<Answer>& answers);
  [[nodiscard]] Answer tick_at(WallTime now, WallTime reached);

  Micros tick_every_;
  route::Router router_;
  wire::IncidentBytes incident_bytes_;
  fusion::Engine engine_;
  std::map<SourceId, Micros> lateness_;  // of the sources heard of
  WallTime now_{};
  WallTime next_tick_{};
  bool begun_ = false;
  std::uint64_t offset_ = 0;
  std::uint64_t ticks_ = 0;
};

}  // namespace fusiond::fuse
