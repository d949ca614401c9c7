#include "daemon/bus/kafka/broker_health.h"

#include <utility>

#include "daemon/base/log.h"

namespace fusiond::bus {
namespace {

constexpr std::chrono::seconds kQuiet{10};

// syslog: 0-3 errors, 4 warnings, 5-6 notices and infos, 7 debug. An error of the client is a
// warning here: it tries again by itself.
LogLevel level_of(int syslog_level, std::string_view facility) {
  if (facility == "CONFWARN") {
    return LogLevel::debug;
  }  // a property for producers given to a consumer, and the like
  if (syslog_level <= 4) {
    return LogLevel::warn;
  }
  return syslog_level <= 6 ? LogLevel::info : LogLevel::debug;
}

}  // namespace

BrokerHealth::BrokerHealth(const Clock& clock, std::string bootstrap_servers)
    : clock_(clock),
      servers_(std::move(bootstrap_servers)),
      away_("no answer from the Kafka broker yet: " + servers_) {}

void BrokerHealth::alive() {
  const MutexLock lock(mutex_);
  if (away_) {
    log_info("the Kafka broker answers", {{"bootstrap_servers", servers_}});
  }
  away_.reset();
  refusal_.clear();
}

void BrokerHealth::doubt(std::string_view why) {
  const MutexLock lock(mutex_);
  doubt_ = why;
  doubted_ = true;
}

bool BrokerHealth::take_doubt() {
  const MutexLock lock(mutex_);
  return std::exchange(doubted_, false);
}

void BrokerHealth::away(std::string_view why) {
  const MutexLock lock(mutex_);
  say_away(why.empty() ? doubt_ : std::string(why));
}

void BrokerHealth::refused(std::string_view why) {
  const MutexLock lock(mutex_);
  why = why.substr(0, why.find(" (after "));  // how long it took differs each time
  const bool known = refusal_ == why;
  refusal_ = why;
  if (!known) {
    log_warn("the Kafka broker and we do not come together",
             {{"bootstrap_servers", servers_}, {"error", refusal_}});
  }
  say_away(refusal_);
}

void BrokerHealth::say_away(const std::string& why) {
  if (!refusal_.empty()) {
    away_ = "the Kafka broker and we do not come together: " + servers_ + ": " + refusal_;
    return;
  }
  if (!away_) {
    log_warn("the Kafka broker does not answer", {{"bootstrap_servers", servers_}, {"error", why}});
  }
  away_ = "the Kafka broker does not answer: " + servers_ + ": " + why;
}

void BrokerHealth::stalled(std::optional<std::string> what) {
  const MutexLock lock(mutex_);
  if (what && !stalled_) {
    log_warn("records wait for the Kafka broker", {{"what", *what}});
  }
  stalled_ = std::move(what);
}

void BrokerHealth::denied(const std::string& topic, std::string_view why) {
  const MutexLock lock(mutex_);
  if (denied_.insert_or_assign(topic, std::string(why)).second) {
    log_error("the Kafka broker does not let us write to a topic",
              {{"topic", topic}, {"error", std::string(why)}});
  }
  any_denied_ = true;
}

void BrokerHealth::forget_denial(std::string_view topic) {
  const MutexLock lock(mutex_);
  if (const auto found = denied_.find(topic); found != denied_.end()) {
    log_info("the Kafka broker lets us write to a topic again", {{"topic", std::string(topic)}});
    denied_.erase(found);
  }
  any_denied_ = !denied_.empty();
}

std::optional<std::string> BrokerHealth::trouble() const {
  const MutexLock lock(mutex_);
  if (away_) {
    return away_;
  }
  if (!denied_.empty()) {
    const auto& [topic, why] = *denied_.begin();
    return "the Kafka broker does not let us write to " + topic + ": " + why;
  }
  return stalled_;
}

void BrokerHealth::line(int level, std::string_view facility, std::string_view text) {
  const LogLevel as = level_of(level, facility);
  std::size_t left_out = 0;
  {
    const MutexLock lock(mutex_);
    const MonoTime now = clock_.mono();
    const auto found = spoken_.find(facility);
    if (found == spoken_.end()) {
      spoken_.emplace(facility, Spoken{now, 0});
    } else if (now - found->second.at < kQuiet) {
      ++found->second.left_out;
      return;
    } else {
      left_out = std::exchange(found->second, Spoken{now, 0}).left_out;
    }
  }
  log(as, "kafka client: " + std::string(text),
      {{"facility", std::string(facility)}, {"lines_left_out", std::to_string(left_out)}});
}

}  // namespace fusiond::bus
