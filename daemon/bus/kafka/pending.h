// Appends that the broker has not confirmed yet, so that a flush waits for those before it and for
// no later ones.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>

#include "daemon/base/mutex.h"

namespace fusiond::bus {

// Threads: any.
class Pending {
 public:
  // The round that an append belongs to; give it back to leave().
  std::uint64_t enter() {
    const MutexLock lock(mutex_);
    ++rounds_[round_];
    ++count_;
    return round_;
  }
  void leave(std::uint64_t round) {
    {
      const MutexLock lock(mutex_);
      --count_;
      const auto found = rounds_.find(round);
      if (--found->second > 0) {
        return;
      }
      rounds_.erase(found);
    }
    left_.notify_all();
  }
  // Waits until all that entered before this call left; false when `wait` is over before.
  bool wait(std::chrono::milliseconds wait) {
    const MutexLock lock(mutex_);
    const std::uint64_t mine = round_++;
    return left_.wait_for(mutex_, wait, [&]() REQUIRES(mutex_) {
      return rounds_.empty() || rounds_.begin()->first > mine;
    });
  }
  [[nodiscard]] std::size_t count() const {
    const MutexLock lock(mutex_);
    return count_;
  }

 private:
  mutable Mutex mutex_;
  Signal left_;
  std::map<std::uint64_t, std::size_t> rounds_
      GUARDED_BY(mutex_);  // round → appends that have not left
  std::uint64_t round_ GUARDED_BY(mutex_) = 0;
  std::size_t count_ GUARDED_BY(mutex_) = 0;
};

}  // namespace fusiond::bus
