#include "daemon/bus/embedded/append_queue.h"

#include <utility>

namespace fusiond::bus {

Result<void> AppendQueue::push(WaitingAppend& waiting) {
  {
    const MutexLock lock(mutex_);
    if (closed_) {
      return fail(Fault::unavailable, "the log is being closed");
    }
    const std::size_t held = static_cast<std::size_t>(pushed_ - finished_);
    if (held >= max_records_ || bytes_ + waiting.bytes.size() > max_bytes_) {
      return fail(Fault::overloaded,
                  "the queue of the log is full, records: " + std::to_string(held));
    }
    bytes_ += waiting.bytes.size();
    ++pushed_;
    waiting_.push_back(std::move(waiting));
  }
  pushed_signal_.notify_one();
  return {};
}

std::vector<WaitingAppend> AppendQueue::take(std::chrono::milliseconds wait,
                                             std::size_t max_records, std::size_t max_bytes) {
  std::vector<WaitingAppend> group;
  const MutexLock lock(mutex_);
  pushed_signal_.wait_for(mutex_, wait,
                          [this]() REQUIRES(mutex_) { return !waiting_.empty() || closed_; });
  std::size_t taken_bytes = 0;
  while (!waiting_.empty() && group.size() < max_records && taken_bytes < max_bytes) {
    taken_bytes += waiting_.front().bytes.size();
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  bytes_ -= taken_bytes;
  return group;
}

void AppendQueue::finished(std::size_t count) {
  {
    const MutexLock lock(mutex_);
    finished_ += count;
  }
  finished_signal_.notify_all();
}

Result<void> AppendQueue::flush(std::chrono::milliseconds wait) {
  const MutexLock lock(mutex_);
  const std::uint64_t until = pushed_;
  const bool done = finished_signal_.wait_for(
      mutex_, wait, [&]() REQUIRES(mutex_) { return finished_ >= until; });
  if (done) {
    return {};
  }
  return fail(Fault::unavailable, "the log did not take everything in time, records that wait: " +
                                      std::to_string(until - finished_));
}

void AppendQueue::close() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
  }
  pushed_signal_.notify_all();
}

bool AppendQueue::closed() const {
  const MutexLock lock(mutex_);
  return closed_;
}

std::size_t AppendQueue::unfinished() const {
  const MutexLock lock(mutex_);
  return static_cast<std::size_t>(pushed_ - finished_);
}

}  // namespace fusiond::bus
