// Makes the topics that are missing, keeps trying while the broker is away, and looks again now and
// then whether they still are what they must be: somebody may add partitions or change settings.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/ports/bus.h"

namespace fusiond::app {

// Threads: its own; trouble() from any.
class TopicKeeper {
 public:
  // Both outlive this.
  TopicKeeper(ports::Bus& bus, const Clock& clock, std::vector<ports::TopicSpec> topics);
  void start();
  void stop();  // safe twice and without start
  // Waits until the topics are there, at most `patience`: whoever writes to a topic that is not
  // there yet would be refused. False when they are still missing (the broker is away).
  bool await(std::chrono::milliseconds patience) const;
  // Why the topics are not there yet, or are not what they must be; nothing while all is well.
  [[nodiscard]] std::optional<std::string> trouble() const;

 private:
  void run(const std::stop_token& stop);

  ports::Bus& bus_;
  const Clock& clock_;
  std::vector<ports::TopicSpec> topics_;
  mutable Mutex mutex_;
  std::optional<std::string> trouble_ GUARDED_BY(mutex_) = "not made yet";
  std::jthread thread_;
};

}  // namespace fusiond::app
