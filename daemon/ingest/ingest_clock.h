// What one source's ingest clock has reached: the promise in the tick records that every record
// from now on is stamped at or after it.
#pragma once

#include <set>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/base/time.h"

namespace fusiond::ingest {

// A stamp is open from the moment it is given until its records are in the spool; the clock cannot
// pass an open one. Threads: any.
class IngestClock {
 public:
  enum class Kind { live, recorded };
  IngestClock(const Clock& clock, Kind kind) : clock_(clock), kind_(kind) {}

  // Live: a stamp of now, never before what was promised; it is open.
  WallTime stamp();
  // A stamp that stands in the data; it is open. False when it lies before what was promised: the
  // data goes backwards.
  bool open(WallTime stamp);
  // Its records are in the spool, or it was given up.
  void close(WallTime stamp);
  // Recorded: nothing before `stamp` will come any more.
  void advance(WallTime stamp);

  // The start of time when a recorded source has seen no stamp yet. Never goes backwards.
  [[nodiscard]] WallTime reached();

 private:
  const Clock& clock_;
  const Kind kind_;
  Mutex mutex_;
  std::multiset<WallTime> open_ GUARDED_BY(mutex_);
  WallTime newest_ GUARDED_BY(mutex_){};    // the newest stamp given or seen
  WallTime promised_ GUARDED_BY(mutex_){};  // the newest answer of reached()
};

}  // namespace fusiond::ingest
