// Carries time into the log: every few seconds one tick record per partition says what each
// source's ingest clock has reached.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/metrics.h"
#include "daemon/ingest/source_line.h"
#include "daemon/ingest/spool_writer.h"
#include "daemon/ingest/task.h"
#include "daemon/model/event_state.h"

namespace fusiond::ingest {

// A source that is down is left out of the closing clock; degraded counts as up. A recorded file at
// its end has reached the end of time: it holds nothing back.
Tick make_tick(WallTime now, const std::vector<SourceLine*>& lines);

// The first tick of a lane: also names the sources of other lanes, of which it cannot say what they
// have reached, so that none is overlooked whichever lane is first in the log.
Tick first_tick(WallTime now, const std::vector<SourceLine*>& lines,
                const std::vector<SourceLine*>& others);

// Of one lane. Threads: tick from its own or a test's.
class Ticker {
 public:
  Ticker(const SourceContext& context, std::vector<SourceLine*> lines, std::uint32_t partitions);
  ~Ticker() { stop(); }
  void start();
  void stop();
  // One tick to every partition. A full spool costs the tick, counted; the next one says more.
  void tick();
  // The same, and names the sources of other lanes.
  void tick_first(const std::vector<SourceLine*>& others);

 private:
  void say(const Tick& tick);

  SourceContext context_;
  std::vector<SourceLine*> lines_;
  std::uint32_t partitions_;
  Counter& ticks_;
  Counter& missed_;
  Task task_;
};

}  // namespace fusiond::ingest
