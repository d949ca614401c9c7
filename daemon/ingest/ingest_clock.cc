#include "daemon/ingest/ingest_clock.h"

#include <algorithm>

namespace fusiond::ingest {

WallTime IngestClock::stamp() {
  MutexLock lock(mutex_);
  newest_ = std::max({clock_.now(), newest_, promised_});
  open_.insert(newest_);
  return newest_;
}

bool IngestClock::open(WallTime stamp) {
  MutexLock lock(mutex_);
  open_.insert(stamp);
  const bool forward = stamp >= promised_;
  newest_ = std::max(newest_, stamp);
  return forward;
}

void IngestClock::close(WallTime stamp) {
  MutexLock lock(mutex_);
  if (const auto it = open_.find(stamp); it != open_.end()) {
    open_.erase(it);
  }
}

void IngestClock::advance(WallTime stamp) {
  MutexLock lock(mutex_);
  newest_ = std::max(newest_, stamp);
}

WallTime IngestClock::reached() {
  MutexLock lock(mutex_);
  WallTime at = kind_ == Kind::live ? std::max(clock_.now(), newest_) : newest_;
  if (!open_.empty()) {
    at = std::min(at, *open_.begin());
  }
  promised_ = std::max(promised_, at);
  return promised_;
}

}  // namespace fusiond::ingest
