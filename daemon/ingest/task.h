// A thread of ingest and the signal that ends it. The only file of ingest that makes threads.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "daemon/base/mutex.h"

namespace fusiond::ingest {

// Asked once, never taken back. Threads: any.
class Stop {
 public:
  void ask();
  [[nodiscard]] bool asked() const;
  // Waits up to `time`; true as soon as the stop is asked for.
  bool wait(std::chrono::milliseconds time) const;

 private:
  mutable Mutex mutex_;
  mutable Signal changed_;
  bool asked_ GUARDED_BY(mutex_) = false;
};

// One thread. stop() is safe twice and without start(); the destructor stops.
class Task {
 public:
  Task() = default;
  ~Task() { stop(); }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // `name` is what tools show, 15 letters at most. `body` returns soon after the stop is asked for.
  void start(const std::string& name, std::function<void(const Stop&)> body);
  void stop();

 private:
  std::shared_ptr<Stop> stop_;
  std::thread thread_;
};

// Starts a thread that nobody waits for. Requires: `body` owns all it touches, for the thread may
// outlive everything else.
void start_detached(const std::string& name, std::function<void()> body);

}  // namespace fusiond::ingest
