#include "daemon/app/topic_keeper.h"

#include <utility>

#include "daemon/base/log.h"

namespace fusiond::app {

using std::chrono_literals::operator""ms;

TopicKeeper::TopicKeeper(ports::Bus& bus, const Clock& clock, std::vector<ports::TopicSpec> topics)
    : bus_(bus), clock_(clock), topics_(std::move(topics)) {}

void TopicKeeper::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void TopicKeeper::stop() {
  thread_.request_stop();
  if (thread_.joinable()) {
    thread_.join();
  }
}

bool TopicKeeper::await(std::chrono::milliseconds patience) const {
  for (auto left = patience; trouble() && left > 0ms; left -= 5ms) {
    clock_.pause(5ms);
  }
  return !trouble();
}

std::optional<std::string> TopicKeeper::trouble() const {
  MutexLock lock(mutex_);
  return trouble_;
}

void TopicKeeper::run(const std::stop_token& stop) {
  bool said = false;
  while (!stop.stop_requested()) {
    const auto made = bus_.ensure_topics(topics_);
    {
      MutexLock lock(mutex_);
      trouble_ = made ? std::nullopt : std::optional(made.error().message);
    }
    if (made) {
      log_info("the topics are there");
      return;
    }
    if (!std::exchange(said, true)) {
      log_warn("the topics cannot be made yet; trying on", {{"why", made.error().message}});
    }
    for (int i = 0; i < 10 && !stop.stop_requested(); ++i) {
      clock_.pause(50ms);
    }
  }
}

}  // namespace fusiond::app
