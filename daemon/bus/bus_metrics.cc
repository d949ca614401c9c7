#include "daemon/bus/bus_metrics.h"

namespace fusiond::bus {

BusMetrics::BusMetrics(Metrics& metrics)
    : metrics_(metrics),
      queued_(metrics.gauge("fusiond_bus_queued_records", "Records appended and not durable yet")) {
}

TopicCounters& BusMetrics::of(const std::string& topic) {
  const MutexLock lock(mutex_);
  const auto found = topics_.find(topic);
  if (found != topics_.end()) {
    return found->second;
  }
  const Labels labels{{"topic", topic}};
  const auto counter = [&](const char* name, const char* help) -> Counter& {
    return metrics_.counter(name, help, labels);
  };
  return topics_
      .emplace(topic,
               TopicCounters{
                   counter("fusiond_bus_appended_total", "Records that became durable in the log"),
                   counter("fusiond_bus_failed_total",
                           "Records that were queued and that the log then refused"),
                   counter("fusiond_bus_overloaded_total",
                           "Appends turned away because the queue was full"),
                   counter("fusiond_bus_too_large_total",
                           "Appends turned away because the record is above the limit"),
                   counter("fusiond_bus_read_total", "Records read from the log")})
      .first->second;
}

std::size_t size_of(const ports::OutRecord& record) {
  std::size_t size = record.key.size() + (record.value ? record.value->size() : 0);
  for (const auto& [name, value] : record.headers) {
    size += name.size() + value.size();
  }
  return size;
}

std::size_t size_of(const ports::RecordView& record) {
  std::size_t size = record.key.size() + record.value.size();
  for (const auto& [name, value] : record.headers) {
    size += name.size() + value.size();
  }
  return size;
}

Result<void> check_size(const ports::OutRecord& record, std::size_t limit, BusMetrics& metrics) {
  return check_size(record.topic, size_of(record), limit, metrics);
}

Result<void> check_size(std::string_view topic, std::size_t size, std::size_t limit,
                        BusMetrics& metrics) {
  if (size <= limit) {
    return {};
  }
  const std::string name(topic);
  metrics.of(name).too_large.add();
  return fail(Fault::bad_input, "record for " + name + " is larger than " + std::to_string(limit) +
                                    " bytes, got: " + std::to_string(size));
}

}  // namespace fusiond::bus
