// The counters that all back ends keep, by topic.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "daemon/base/metrics.h"
#include "daemon/base/mutex.h"
#include "daemon/ports/bus.h"

namespace fusiond::bus {

struct TopicCounters {
  Counter& appended;    // durable
  Counter& failed;      // queued, then refused by the log
  Counter& overloaded;  // not taken: the queue was full
  Counter& too_large;   // not taken: above the limit
  Counter& read;
};

// Threads: any. References stay good as long as the Metrics and this.
class BusMetrics {
 public:
  explicit BusMetrics(Metrics& metrics);
  TopicCounters& of(const std::string& topic);
  // Records that wait to become durable.
  void queued(std::size_t records) { queued_.set(static_cast<double>(records)); }

 private:
  Metrics& metrics_;
  Gauge& queued_;
  Mutex mutex_;
  std::map<std::string, TopicCounters> topics_ GUARDED_BY(mutex_);
};

// What a record counts against the size limits: key, value and headers.
std::size_t size_of(const ports::OutRecord& record);
std::size_t size_of(const ports::RecordView& record);

// Errors: bad_input, naming topic and size, when `record` is above `limit`; it is counted then.
Result<void> check_size(const ports::OutRecord& record, std::size_t limit, BusMetrics& metrics);
Result<void> check_size(std::string_view topic, std::size_t size, std::size_t limit,
                        BusMetrics& metrics);

}  // namespace fusiond::bus
