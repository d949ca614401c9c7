// Between the threads that append and the one that writes: bounded by records and bytes, refuses
// when full, and is taken in groups.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/base/result.h"
#include "daemon/ports/bus.h"

namespace fusiond::bus {

// A record that waits to be written, with its bytes ready.
struct WaitingAppend {
  std::uint32_t topic = 0;  // its number in the log
  std::uint32_t partition = 0;
  std::string bytes;
  ports::Done done;
};

// Threads: any for push, flush and size; one at a time for take and finished.
class AppendQueue {
 public:
  AppendQueue(std::size_t max_records, std::size_t max_bytes)
      : max_records_(max_records), max_bytes_(max_bytes) {}

  // Errors: overloaded when full; unavailable when closed. Nothing was taken then, and `waiting` is
  // unchanged.
  Result<void> push(WaitingAppend& waiting);
  // Up to a group of records, oldest first, waiting at most `wait` for the first. Empty when there
  // is none.
  std::vector<WaitingAppend> take(std::chrono::milliseconds wait, std::size_t max_records,
                                  std::size_t max_bytes);
  // Says that `count` more records, in the order of their pushes, are done with.
  void finished(std::size_t count);
  // Waits until all that was pushed before is done with. Errors: unavailable when `wait` is over
  // before.
  Result<void> flush(std::chrono::milliseconds wait);
  // Refuses pushes from now on; what is queued can still be taken.
  void close();
  [[nodiscard]] bool closed() const;
  // Records that were pushed and are not done with.
  [[nodiscard]] std::size_t unfinished() const;

 private:
  const std::size_t max_records_;
  const std::size_t max_bytes_;
  mutable Mutex mutex_;
  Signal pushed_signal_;
  Signal finished_signal_;
  std::deque<WaitingAppend> waiting_ GUARDED_BY(mutex_);
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
  std::uint64_t pushed_ GUARDED_BY(mutex_) = 0;
  std::uint64_t finished_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace fusiond::bus
