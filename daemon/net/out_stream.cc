#include "daemon/net/out_stream.h"

#include <algorithm>
#include <utility>

namespace fusiond::net {

void OutStream::wake_once() {
  if (!awake_ && !cut_) {
    awake_ = true;
    wake_();
  }
}

bool OutStream::send(std::string chunk) {
  MutexLock lock(mutex_);
  if (closed_) {
    return false;
  }
  if (backlog_ + chunk.size() > limit_) {
    closed_ = true;
    fell_behind_ = true;
    awake_ = false;  // a write may be stuck: the session is told anyway
    wake_once();
    return false;
  }
  if (!chunk.empty()) {
    backlog_ += chunk.size();
    queue_.push_back(std::move(chunk));
    wake_once();
  }
  return true;
}

void OutStream::close() {
  MutexLock lock(mutex_);
  if (!closed_) {
    closed_ = true;
    wake_once();
  }
}

bool OutStream::closed() const {
  MutexLock lock(mutex_);
  return closed_;
}

std::size_t OutStream::backlog_bytes() const {
  MutexLock lock(mutex_);
  return backlog_;
}

std::string OutStream::take(std::size_t max_bytes) {
  MutexLock lock(mutex_);
  std::string bytes;
  while (!queue_.empty() && (bytes.empty() || bytes.size() + queue_.front().size() <= max_bytes)) {
    bytes.append(queue_.front());
    queue_.pop_front();
  }
  if (bytes.empty()) {
    awake_ = false;
  }
  return bytes;
}

void OutStream::wrote(std::size_t bytes) {
  MutexLock lock(mutex_);
  backlog_ -= std::min(bytes, backlog_);
}

void OutStream::cut() {
  MutexLock lock(mutex_);
  closed_ = true;
  cut_ = true;
  queue_.clear();
  backlog_ = 0;
}

bool OutStream::fell_behind() const {
  MutexLock lock(mutex_);
  return fell_behind_;
}

}  // namespace fusiond::net
