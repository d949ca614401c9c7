#include "daemon/app/topic_keeper.h"

#include <utility>

#include "daemon/base/log.h"

namespace fusiond::app {

using std::chrono_literals::operator""ms;

namespace {

constexpr std::chrono::milliseconds kSlice{50};
constexpr std::chrono::milliseconds kTryAgain{500};
constexpr std::chrono::milliseconds kLookAgain{15'000};

}  // namespace

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
  std::optional<std::string> said = "";
  while (!stop.stop_requested()) {
    const auto made = bus_.ensure_topics(topics_);
    const auto trouble = made ? std::nullopt : std::optional(made.error().message);
    {
      MutexLock lock(mutex_);
      trouble_ = trouble;
    }
    if (trouble != said) {
      if (trouble) {
        log_warn("the topics are not what they must be; trying on", {{"why", *trouble}});
      } else {
        log_info("the topics are there");
      }
    }
    said = trouble;
    for (auto left = made ? kLookAgain : kTryAgain; left > 0ms && !stop.stop_requested();
         left -= kSlice) {
      clock_.pause(kSlice);
    }
  }
}

}  // namespace fusiond::app
