#include "daemon/bus/memory/memory_bus.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "daemon/bus/partitioner.h"
#include "daemon/bus/positions.h"
#include "daemon/bus/topics.h"

namespace fusiond::bus {
namespace {

constexpr std::size_t kCompactFrom =
    20'000;  // records of a partition; below that nobody gains by it

// Turns false once `count` is used up.
bool use_up(std::size_t& count) {
  if (count == 0) {
    return false;
  }
  --count;
  return true;
}

}  // namespace

class MemoryReader final : public ports::BusReader {
 public:
  MemoryReader(MemoryBus& bus, std::string topic, std::map<std::uint32_t, std::uint64_t> next)
      : bus_(bus),
        topic_(std::move(topic)),
        next_(std::move(next)),
        read_(bus.metrics_.of(topic_).read) {}

  Result<std::size_t> read(std::vector<ports::BusRecord>& out, std::size_t max,
                           std::chrono::milliseconds wait) override {
    MutexLock lock(bus_.mutex_);
    bus_.changed_.wait_for(bus_.mutex_, wait, [this]() REQUIRES(bus_.mutex_) { return ready(); });
    if (use_up(bus_.fail_reads_)) {
      return fail(Fault::unavailable, "reading was made to fail: " + topic_);
    }
    std::size_t taken = 0;
    for (auto& [partition, next] : next_) {
      auto& log = bus_.topics_.at(topic_).partitions[partition];
      if (auto good = check_position(topic_, partition, next, log.extent); !good) {
        return fail(good.error());
      }
      auto at =
          std::lower_bound(log.records.begin(), log.records.end(), next,
                           [](const auto& record, std::uint64_t o) { return record.offset < o; });
      for (; at != log.records.end() && taken < max; ++at, ++taken) {
        out.push_back(*at);
        next = at->offset + 1;
      }
      if (at == log.records.end()) {
        next = log.extent.end;
      }
    }
    if (taken > 0) {
      read_.add(static_cast<double>(taken));
    }
    return taken;
  }

  Result<void> seek(std::uint32_t partition, std::uint64_t offset) override {
    MutexLock lock(bus_.mutex_);
    const auto found = next_.find(partition);
    if (found == next_.end()) {
      return fail(no_such_partition(topic_, partition));
    }
    if (auto good = check_position(topic_, partition, offset,
                                   bus_.topics_.at(topic_).partitions[partition].extent);
        !good) {
      return good;
    }
    found->second = offset;
    return {};
  }

 private:
  [[nodiscard]] bool ready() const REQUIRES(bus_.mutex_) {
    if (bus_.fail_reads_ > 0) {
      return true;
    }
    const auto& partitions = bus_.topics_.at(topic_).partitions;
    return std::any_of(next_.begin(), next_.end(), [&](const auto& next) {
      const auto& log = partitions[next.first];
      return (!log.records.empty() && log.records.back().offset >= next.second) ||
             next.second < log.extent.begin;
    });
  }

  MemoryBus& bus_;
  std::string topic_;
  std::map<std::uint32_t, std::uint64_t> next_;
  Counter& read_;
};

MemoryBus::MemoryBus(const BusConfig& config, const Clock& clock, Metrics& metrics)
    : config_(config), clock_(clock), metrics_(metrics) {}

Result<void> MemoryBus::ensure_topics(const std::vector<ports::TopicSpec>& topics) {
  const MutexLock lock(mutex_);
  for (const auto& spec : topics) {
    if (auto good = check_topic(spec); !good) {
      return good;
    }
    const auto [at, made] = topics_.try_emplace(spec.name);
    if (made) {
      at->second.partitions.resize(spec.partitions);
    } else if (at->second.partitions.size() != spec.partitions) {
      return fail(other_partitions(spec.name, spec.partitions, at->second.partitions.size()));
    } else if (at->second.spec.compacted != spec.compacted) {
      return fail(other_policy(spec.name, spec.compacted));
    }
    at->second.spec = spec;
  }
  return {};
}

Result<void> MemoryBus::append(ports::OutRecord record, ports::Done done) {
  if (auto good = check_size(record, config_.max_record_bytes, metrics_); !good) {
    return good;
  }
  std::vector<Outcome> outcomes;
  {
    const MutexLock lock(mutex_);
    const auto topic = topics_.find(record.topic);
    if (topic == topics_.end()) {
      return fail(no_such_topic(record.topic));
    }
    const auto count = static_cast<std::uint32_t>(topic->second.partitions.size());
    const std::uint32_t partition = record.partition.value_or(partition_of(record.key, count));
    if (partition >= count) {
      return fail(no_such_partition(record.topic, partition));
    }
    const std::size_t bytes = size_of(record);
    const bool full = held_ && (waiting_.size() >= config_.queue_records ||
                                waiting_bytes_ + bytes > config_.queue_bytes);
    if (full || use_up(refuse_)) {
      metrics_.of(record.topic).overloaded.add();
      return fail(Fault::overloaded,
                  "the queue of the log is full, records: " + std::to_string(waiting_.size()));
    }
    Waiting waiting{std::move(record), std::move(done), partition, bytes, std::nullopt};
    if (use_up(fail_)) {
      waiting.fault = Error{fail_with_, "appending was made to fail: " + waiting.record.topic};
    }
    if (held_) {
      waiting_bytes_ += bytes;
      waiting_.push_back(std::move(waiting));
      metrics_.queued(waiting_.size());
      return {};
    }
    outcomes.push_back(store(std::move(waiting)));
  }
  changed_.notify_all();
  finish(outcomes);
  return {};
}

MemoryBus::Outcome MemoryBus::store(Waiting waiting) {
  auto& counters = metrics_.of(waiting.record.topic);
  if (waiting.fault) {
    counters.failed.add();
    ++unfinished_;
    return {std::move(waiting.done), fail(*waiting.fault)};
  }
  auto& topic = topics_.at(waiting.record.topic);
  auto& log = topic.partitions[waiting.partition];
  const std::uint64_t offset = log.extent.end++;
  const WallTime now = clock_.now();
  log.records.push_back({std::move(waiting.record.topic), waiting.partition, offset, now,
                         std::move(waiting.record.key), std::move(waiting.record.value),
                         std::move(waiting.record.headers)});
  expire(topic, log, now);
  counters.appended.add();
  ++unfinished_;
  return {std::move(waiting.done), ports::Appended{waiting.partition, offset}};
}

void MemoryBus::expire(Topic& topic, Partition& partition, WallTime now) {
  if (topic.spec.compacted) {
    if (partition.records.size() < std::max(kCompactFrom, partition.compact_at)) {
      return;
    }
    keep_newest(partition);
    partition.compact_at = 2 * partition.records.size();
    return;
  }
  if (topic.spec.retention.count() == 0) {
    return;
  }
  while (!partition.records.empty() &&
         partition.records.front().appended < now - topic.spec.retention) {
    partition.extent.begin = partition.records.front().offset + 1;
    partition.records.pop_front();
  }
}

void MemoryBus::keep_newest(Partition& partition) {
  std::unordered_set<std::string> seen;
  std::deque<ports::BusRecord> kept;
  for (auto at = partition.records.rbegin(); at != partition.records.rend(); ++at) {
    if (seen.insert(at->key).second) {
      kept.push_front(std::move(*at));
    }
  }
  partition.records = std::move(kept);
}

void MemoryBus::finish(std::vector<Outcome>& outcomes) {
  for (auto& outcome : outcomes) {
    if (outcome.done) {
      outcome.done(outcome.result);
    }
  }
  {
    const MutexLock lock(mutex_);
    unfinished_ -= outcomes.size();
  }
  changed_.notify_all();
}

Result<void> MemoryBus::flush(std::chrono::milliseconds wait) {
  MutexLock lock(mutex_);
  const bool done = changed_.wait_for(
      mutex_, wait, [this]() REQUIRES(mutex_) { return waiting_.empty() && unfinished_ == 0; });
  if (done) {
    return {};
  }
  return fail(Fault::unavailable, "the log did not take everything in time, records that wait: " +
                                      std::to_string(waiting_.size()));
}

Result<std::unique_ptr<ports::BusReader>> MemoryBus::open_reader(
    const std::string& topic, const std::vector<ports::StartAt>& start) {
  std::map<std::uint32_t, std::uint64_t> next;
  {
    const MutexLock lock(mutex_);
    for (const auto& from : start) {
      auto log = find(topic, from.partition);
      if (!log) {
        return fail(log.error());
      }
      const auto offset = start_offset(topic, from, (*log)->extent);
      if (!offset) {
        return fail(offset.error());
      }
      next[from.partition] = *offset;
    }
    if (!topics_.contains(topic)) {
      return fail(no_such_topic(topic));
    }
  }
  return std::make_unique<MemoryReader>(*this, topic, std::move(next));
}

Result<MemoryBus::Partition*> MemoryBus::find(const std::string& topic, std::uint32_t partition) {
  const auto found = topics_.find(topic);
  if (found == topics_.end()) {
    return fail(no_such_topic(topic));
  }
  if (partition >= found->second.partitions.size()) {
    return fail(no_such_partition(topic, partition));
  }
  return &found->second.partitions[partition];
}

Result<std::uint32_t> MemoryBus::partitions(const std::string& topic) {
  const MutexLock lock(mutex_);
  const auto found = topics_.find(topic);
  if (found == topics_.end()) {
    return fail(no_such_topic(topic));
  }
  return static_cast<std::uint32_t>(found->second.partitions.size());
}

Result<ports::Extent> MemoryBus::extent(const std::string& topic, std::uint32_t partition) {
  const MutexLock lock(mutex_);
  const auto log = find(topic, partition);
  if (!log) {
    return fail(log.error());
  }
  return (*log)->extent;
}

std::optional<std::string> MemoryBus::trouble() const {
  const MutexLock lock(mutex_);
  return trouble_;
}

void MemoryBus::hold(bool on) {
  std::vector<Outcome> outcomes;
  {
    const MutexLock lock(mutex_);
    held_ = on;
    while (!held_ && !waiting_.empty()) {
      outcomes.push_back(store(std::move(waiting_.front())));
      waiting_.pop_front();
    }
    if (!held_) {
      waiting_bytes_ = 0;
    }
    metrics_.queued(waiting_.size());
  }
  changed_.notify_all();
  finish(outcomes);
}

void MemoryBus::refuse_appends(std::size_t count) {
  const MutexLock lock(mutex_);
  refuse_ = count;
}

void MemoryBus::fail_appends(std::size_t count, Fault fault) {
  const MutexLock lock(mutex_);
  fail_ = count;
  fail_with_ = fault;
}

void MemoryBus::fail_reads(std::size_t count) {
  {
    const MutexLock lock(mutex_);
    fail_reads_ = count;
  }
  changed_.notify_all();
}

void MemoryBus::set_trouble(std::optional<std::string> trouble) {
  const MutexLock lock(mutex_);
  trouble_ = std::move(trouble);
}

void MemoryBus::compact(const std::string& topic) {
  const MutexLock lock(mutex_);
  const auto found = topics_.find(topic);
  if (found == topics_.end()) {
    return;
  }
  for (auto& partition : found->second.partitions) {
    keep_newest(partition);
  }
}

void MemoryBus::drop_before(const std::string& topic, std::uint32_t partition,
                            std::uint64_t offset) {
  const MutexLock lock(mutex_);
  const auto found = find(topic, partition);
  if (!found) {
    return;
  }
  auto& log = **found;
  while (!log.records.empty() && log.records.front().offset < offset) {
    log.records.pop_front();
  }
  log.extent.begin = std::max(log.extent.begin, std::min(offset, log.extent.end));
}

}  // namespace fusiond::bus
