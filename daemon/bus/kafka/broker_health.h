// Whether the broker answers, as health shows it, and the door through which librdkafka's callbacks
// reach the log.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace fusiond::bus {

// Threads: any. Every client of a bus reports to the same one.
class BrokerHealth {
 public:
  BrokerHealth(const Clock& clock, std::string bootstrap_servers);
  // The broker answered something.
  void alive();
  // A connection broke: ask the broker soon. `why` is said when it turns out to be away.
  void doubt(std::string_view why);
  // Whether there were doubts since the last call.
  bool take_doubt();
  // It cannot be reached; no `why`: what the last doubt said.
  void away(std::string_view why = {});
  // It is there and does not let us in, or we do not trust it. Goes before what away() says.
  void refused(std::string_view why);
  // Records wait and none gets through, although the connection stands; nothing = they get through.
  void stalled(std::optional<std::string> what);
  // The broker does not let us write to `topic`, until took() says that it took a record.
  void denied(const std::string& topic, std::string_view why);
  void took(std::string_view topic) {
    if (any_denied_.load(std::memory_order_relaxed)) {
      forget_denial(topic);
    }
  }
  [[nodiscard]] std::optional<std::string> trouble() const;

  // A line of librdkafka's, by its syslog level. The same facility speaks at most once in ten
  // seconds: a broker that is away would fill the log.
  void line(int level, std::string_view facility, std::string_view text);

 private:
  struct Spoken {
    MonoTime at;
    std::size_t left_out = 0;
  };
  const Clock& clock_;
  const std::string servers_;
  void say_away(const std::string& why) REQUIRES(mutex_);
  void forget_denial(std::string_view topic);

  mutable Mutex mutex_;
  std::optional<std::string> away_ GUARDED_BY(mutex_);
  std::string doubt_ GUARDED_BY(mutex_);
  std::string refusal_ GUARDED_BY(mutex_);  // empty once the broker answered
  bool doubted_ GUARDED_BY(mutex_) = false;
  std::optional<std::string> stalled_ GUARDED_BY(mutex_);
  std::map<std::string, std::string, std::less<>> denied_ GUARDED_BY(mutex_);  // topic → why
  std::atomic<bool> any_denied_ = false;
  std::map<std::string, Spoken, std::less<>> spoken_ GUARDED_BY(mutex_);
};

}  // namespace fusiond::bus
