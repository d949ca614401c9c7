// The queue between whoever feeds an event stream and the network thread that writes it out. Knows
// no socket; http_server.cc is its one user.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>

#include "daemon/base/mutex.h"
#include "daemon/net/http_server.h"

namespace fusiond::net {

// Threads: any for the EventStream side, the network thread for the rest. It may outlive session
// and server: whoever takes those down calls cut() first, and after cut() `wake` is never called
// again.
class OutStream final : public EventStream {
 public:
  // `wake` makes the network thread look here soon; it is called under the lock and must not call
  // back. A stream whose queue would grow beyond `limit_bytes` is closed as fallen behind.
  OutStream(std::function<void()> wake, std::size_t limit_bytes)
      : wake_(std::move(wake)), limit_(limit_bytes) {}

  bool send(std::string chunk) override;
  void close() override;
  [[nodiscard]] bool closed() const override;
  [[nodiscard]] std::size_t backlog_bytes() const override;

  // The next bytes to write, whole chunks, about `max_bytes`; when empty, the next send() wakes.
  std::string take(std::size_t max_bytes);
  void wrote(std::size_t bytes);  // of what take() gave
  void cut();                     // the session is gone
  [[nodiscard]] bool fell_behind() const;

 private:
  void wake_once() REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::function<void()> wake_;
  std::size_t limit_;
  std::deque<std::string> queue_ GUARDED_BY(mutex_);
  std::size_t backlog_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;
  bool fell_behind_ GUARDED_BY(mutex_) = false;
  bool cut_ GUARDED_BY(mutex_) = false;
  bool awake_ GUARDED_BY(mutex_) = false;
};

}  // namespace fusiond::net
