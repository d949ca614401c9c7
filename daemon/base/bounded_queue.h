// The only place where threads meet: a queue with a capacity and a stated policy when full.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "daemon/base/mutex.h"

namespace fusiond {

enum class WhenFull { wait, refuse, drop_oldest };

// Threads: any number of writers and readers. After close() writers are refused and readers get
// what is left, then nothing.
template <class T>
class BoundedQueue {
 public:
  BoundedQueue(std::size_t capacity, WhenFull policy) : capacity_(capacity), policy_(policy) {}

  // False when refused (full under `refuse`, or closed). Under drop_oldest `dropped()` counts what
  // was lost.
  bool push(T item) {
    mutex_.lock();
    while (policy_ == WhenFull::wait && items_.size() >= capacity_ && !closed_) {
      changed_.wait(mutex_);
    }
    bool taken = !closed_;
    if (taken && items_.size() >= capacity_) {
      if (policy_ == WhenFull::drop_oldest) {
        items_.pop_front();
        ++dropped_;
      } else {
        taken = false;
      }
    }
    if (taken) {
      items_.push_back(std::move(item));
    }
    mutex_.unlock();
    changed_.notify_all();
    return taken;
  }

  // Nothing after `wait`, or when closed and empty.
  std::optional<T> pop(std::chrono::milliseconds wait) {
    mutex_.lock();
    if (wait.count() > 0) {  // else not even a look at the clock, nor a way to lose the core
      changed_.wait_for(mutex_, wait,
                        [this]() REQUIRES(mutex_) { return !items_.empty() || closed_; });
    }
    std::optional<T> item;
    if (!items_.empty()) {
      item = std::move(items_.front());
      items_.pop_front();
    }
    mutex_.unlock();
    changed_.notify_all();
    return item;
  }

  void close() {
    mutex_.lock();
    closed_ = true;
    mutex_.unlock();
    changed_.notify_all();
  }

  [[nodiscard]] std::size_t size() const {
    MutexLock lock(mutex_);
    return items_.size();
  }
  [[nodiscard]] std::size_t dropped() const {
    MutexLock lock(mutex_);
    return dropped_;
  }
  [[nodiscard]] bool closed() const {
    MutexLock lock(mutex_);
    return closed_;
  }

 private:
  mutable Mutex mutex_;
  Signal changed_;
  std::deque<T> items_ GUARDED_BY(mutex_);
  std::size_t capacity_;
  WhenFull policy_;
  std::size_t dropped_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace fusiond
