// A mutex that clang's -Wthread-safety can follow, and its lock. Only base, ingest, ops, net, bus
// and console have any.
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define FUSIOND_THREAD(x) __attribute__((x))
#else
#define FUSIOND_THREAD(x)
#endif
#define GUARDED_BY(mutex) FUSIOND_THREAD(guarded_by(mutex))
#define REQUIRES(mutex) FUSIOND_THREAD(requires_capability(mutex))

namespace fusiond {

class FUSIOND_THREAD(capability("mutex")) Mutex {
 public:
  void lock() FUSIOND_THREAD(acquire_capability()) { mutex_.lock(); }
  void unlock() FUSIOND_THREAD(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class FUSIOND_THREAD(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) FUSIOND_THREAD(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() FUSIOND_THREAD(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits with the Mutex above: `signal.wait_for(mutex, …)` between lock and unlock.
using Signal = std::condition_variable_any;

}  // namespace fusiond
