// A log that is gone with the process: for tests, which can also make it fail on purpose. The same
// promises as the others, less durability.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/bus/bus_config.h"
#include "daemon/bus/bus_metrics.h"
#include "daemon/ports/bus.h"

namespace fusiond::bus {

// Threads: any. `done` is called on the thread that appends, before append returns (or on the one
// that ends a hold). Requires: readers are gone before the bus.
class MemoryBus final : public ports::Bus {
 public:
  MemoryBus(const BusConfig& config, const Clock& clock, Metrics& metrics);

  Result<void> ensure_topics(const std::vector<ports::TopicSpec>& topics) override;
  Result<void> append(ports::OutRecord record, ports::Done done) override;
  Result<void> flush(std::chrono::milliseconds wait) override;
  Result<std::unique_ptr<ports::BusReader>> open_reader(
      const std::string& topic, const std::vector<ports::StartAt>& start) override;
  Result<std::uint32_t> partitions(const std::string& topic) override;
  Result<ports::Extent> extent(const std::string& topic, std::uint32_t partition) override;
  std::optional<std::string> trouble() const override;

  // What a test can do to it.
  // From now on appends wait in the queue, until it is full; hold(false) lets them through in their
  // order.
  void hold(bool on);
  // The next `count` appends are turned away as overloaded.
  void refuse_appends(std::size_t count);
  // The next `count` appends are queued, and then `done` gets this fault.
  void fail_appends(std::size_t count, Fault fault = Fault::unavailable);
  // The next `count` reads are unavailable.
  void fail_reads(std::size_t count);
  void set_trouble(std::optional<std::string> trouble);
  // Keeps the newest record of each key, as a compacted topic does sooner or later.
  void compact(const std::string& topic);
  // Drops what lies before `offset`, as retention does.
  void drop_before(const std::string& topic, std::uint32_t partition, std::uint64_t offset);

 private:
  friend class MemoryReader;
  struct Partition {
    std::deque<ports::BusRecord> records;  // by rising offset
    ports::Extent extent;
    std::size_t compact_at = 0;  // the size at which the next compaction is due
  };
  struct Topic {
    ports::TopicSpec spec;
    std::vector<Partition> partitions;
  };
  struct Waiting {
    ports::OutRecord record;
    ports::Done done;
    std::uint32_t partition = 0;
    std::size_t bytes = 0;
    std::optional<Error> fault;  // injected
  };
  struct Outcome {
    ports::Done done;
    Result<ports::Appended> result;
  };
  Outcome store(Waiting waiting) REQUIRES(mutex_);
  void expire(Topic& topic, Partition& partition, WallTime now) REQUIRES(mutex_);
  static void keep_newest(Partition& partition);
  void finish(std::vector<Outcome>& outcomes);
  Result<Partition*> find(const std::string& topic, std::uint32_t partition) REQUIRES(mutex_);

  const BusConfig config_;
  const Clock& clock_;
  BusMetrics metrics_;
  mutable Mutex mutex_;
  Signal changed_;
  std::map<std::string, Topic> topics_ GUARDED_BY(mutex_);
  std::deque<Waiting> waiting_ GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ GUARDED_BY(mutex_) = 0;
  std::size_t unfinished_ GUARDED_BY(mutex_) = 0;  // stored, `done` not called yet
  bool held_ GUARDED_BY(mutex_) = false;
  std::size_t refuse_ GUARDED_BY(mutex_) = 0;
  std::size_t fail_ GUARDED_BY(mutex_) = 0;
  Fault fail_with_ GUARDED_BY(mutex_) = Fault::unavailable;
  std::size_t fail_reads_ GUARDED_BY(mutex_) = 0;
  std::optional<std::string> trouble_ GUARDED_BY(mutex_);
};

}  // namespace fusiond::bus
