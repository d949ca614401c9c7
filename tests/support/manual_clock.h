// A clock that stands still until a test moves it.
#pragma once

#include <chrono>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace fusiond::test {

// Threads: any. pause() moves the time on and returns at once.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = wall_time(1'700'000'000'000'000)) : now_(start) {}
  [[nodiscard]] WallTime now() const override {
    const MutexLock lock(mutex_);
    return now_;
  }
  [[nodiscard]] MonoTime mono() const override { return MonoTime{now().time_since_epoch()}; }
  void pause(std::chrono::milliseconds time) const override { advance(time); }
  void advance(Micros time) const {
    const MutexLock lock(mutex_);
    now_ += time;
  }
  void set(WallTime now) {
    const MutexLock lock(mutex_);
    now_ = now;
  }

 private:
  mutable Mutex mutex_;
  mutable WallTime now_ GUARDED_BY(mutex_);
};

}  // namespace fusiond::test
