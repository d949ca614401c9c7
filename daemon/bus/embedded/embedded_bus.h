// The log in a local folder: one process appends and reads, no broker. Durable when `done` says so:
// a group of appends is one write and one fsync.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/bus/bus_config.h"
#include "daemon/bus/bus_metrics.h"
#include "daemon/bus/embedded/append_queue.h"
#include "daemon/bus/embedded/log_store.h"
#include "daemon/ports/bus.h"

namespace fusiond::bus {

// Threads: any. One thread of its own writes, calls `done`, and between two groups keeps retention
// and compaction, a bounded piece at a time. When the disk refuses a write or has too little space,
// it is tried again until it works: the queue fills meanwhile, and trouble() says why. Order:
// `done` is called in the order of the appends. Requires: readers are gone before the bus.
// Destroying it writes what is queued.
class EmbeddedBus final : public ports::Bus {
 public:
  // `free_bytes` stands in for the file system's answer, for tests. Errors: unavailable when the
  // folder cannot be had (another process has it), corrupt.
  static Result<std::unique_ptr<EmbeddedBus>> open(const BusConfig& config, const Clock& clock,
                                                   Metrics& metrics,
                                                   std::function<std::uint64_t()> free_bytes = {});
  EmbeddedBus(const BusConfig& config, std::unique_ptr<LogStore> store, const Clock& clock,
              Metrics& metrics);  // for open()
  EmbeddedBus(const EmbeddedBus&) = delete;
  EmbeddedBus& operator=(const EmbeddedBus&) = delete;
  ~EmbeddedBus() override;

  Result<void> ensure_topics(const std::vector<ports::TopicSpec>& topics) override;
  Result<void> append(ports::OutRecord record, ports::Done done) override;
  Result<void> flush(std::chrono::milliseconds wait) override;
  Result<std::unique_ptr<ports::BusReader>> open_reader(
      const std::string& topic, const std::vector<ports::StartAt>& start) override;
  Result<std::uint32_t> partitions(const std::string& topic) override;
  Result<ports::Extent> extent(const std::string& topic, std::uint32_t partition) override;
  std::optional<std::string> trouble() const override;

 private:
  friend class EmbeddedReader;
  struct Topic {
    StoredTopic stored;
    std::vector<PartitionState> partitions;  // what readers may see: durable
    TopicCounters* counters = nullptr;
  };

  Result<void> load_topics();
  Result<void> add_topic(const ports::TopicSpec& spec) REQUIRES(mutex_);
  Result<PartitionState*> find(const std::string& topic, std::uint32_t partition) REQUIRES(mutex_);

  // On the writing thread.
  void write_until_closed();
  void write_group(std::vector<WaitingAppend> group);
  Result<void> write_with_retries(const std::vector<NewRecord>& records);
  void publish(const std::vector<NewRecord>& records);
  void report(std::vector<WaitingAppend>& group, const std::vector<NewRecord>& records,
              const Result<void>& written);
  bool maintain();
  Result<bool> maintain(const ports::TopicSpec& spec, Place place);
  void set_trouble(std::optional<std::string> trouble);
  void set_maintain_trouble(std::optional<std::string> trouble);

  const BusConfig config_;
  const Clock& clock_;
  BusMetrics metrics_;
  const std::unique_ptr<LogStore> store_;
  AppendQueue queue_;
  mutable Mutex mutex_;
  Signal appended_;
  std::map<std::string, std::uint32_t> numbers_ GUARDED_BY(mutex_);
  std::map<std::uint32_t, Topic> topics_ GUARDED_BY(mutex_);
  std::optional<std::string> trouble_ GUARDED_BY(mutex_);           // of writing
  std::optional<std::string> maintain_trouble_ GUARDED_BY(mutex_);  // of retention and compaction
  WallTime last_appended_;  // of the writing thread: append times never go back
  std::jthread writer_;
};

}  // namespace fusiond::bus
