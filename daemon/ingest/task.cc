#include "daemon/ingest/task.h"

#include <pthread.h>
#include <utility>

#include "daemon/base/check.h"

namespace fusiond::ingest {
namespace {

void name_this_thread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

}  // namespace

void Stop::ask() {
  {
    MutexLock lock(mutex_);
    asked_ = true;
  }
  changed_.notify_all();
}

bool Stop::asked() const {
  MutexLock lock(mutex_);
  return asked_;
}

bool Stop::wait(std::chrono::milliseconds time) const {
  MutexLock lock(mutex_);
  return changed_.wait_for(mutex_, time, [this]() REQUIRES(mutex_) { return asked_; });
}

void Task::start(const std::string& name, std::function<void(const Stop&)> body) {
  FUSIOND_CHECK(!thread_.joinable(), "a task is started once before it is stopped");
  stop_ = std::make_shared<Stop>();
  thread_ = std::thread([name, body = std::move(body), stop = stop_] {
    name_this_thread(name);
    body(*stop);
  });
}

void Task::stop() {
  if (stop_) {
    stop_->ask();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void start_detached(const std::string& name, std::function<void()> body) {
  std::thread([name, body = std::move(body)] {
    name_this_thread(name);
    body();
  }).detach();
}

}  // namespace fusiond::ingest
