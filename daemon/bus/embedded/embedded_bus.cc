#include "daemon/bus/embedded/embedded_bus.h"

#include <algorithm>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/base/log.h"
#include "daemon/bus/embedded/embedded_reader.h"
#include "daemon/bus/embedded/record_codec.h"
#include "daemon/bus/partitioner.h"
#include "daemon/bus/positions.h"
#include "daemon/bus/topics.h"

namespace fusiond::bus {
namespace {

constexpr std::size_t kGroupRecords = 10'000;
constexpr std::size_t kGroupBytes = 8ULL * 1024 * 1024;
constexpr std::size_t kMaintainRecords = 2'000;  // looked at in one pass, some milliseconds
constexpr std::chrono::milliseconds kRetryAfter{200};

}  // namespace

Result<std::unique_ptr<EmbeddedBus>> EmbeddedBus::open(const BusConfig& config, const Clock& clock,
                                                       Metrics& metrics,
                                                       std::function<std::uint64_t()> free_bytes) {
  auto store = LogStore::open({.dir = config.embedded.dir,
                               .sync = config.embedded.sync,
                               .keep_free_bytes = config.embedded.keep_free_bytes,
                               .free_bytes = std::move(free_bytes)});
  if (!store) {
    return fail(store.error());
  }
  auto bus = std::make_unique<EmbeddedBus>(config, std::move(*store), clock, metrics);
  if (auto good = bus->load_topics(); !good) {
    return fail(good.error());
  }
  bus->writer_ = std::jthread([raw = bus.get()] { raw->write_until_closed(); });
  return bus;
}

EmbeddedBus::EmbeddedBus(const BusConfig& config, std::unique_ptr<LogStore> store,
                         const Clock& clock, Metrics& metrics)
    : config_(config),
      clock_(clock),
      metrics_(metrics),
      store_(std::move(store)),
      queue_(config.queue_records, config.queue_bytes) {}

EmbeddedBus::~EmbeddedBus() {
  queue_.close();
  if (writer_.joinable()) {
    writer_.join();
  }
}

Result<void> EmbeddedBus::load_topics() {
  const auto stored = store_->topics();
  if (!stored) {
    return fail(stored.error());
  }
  const MutexLock lock(mutex_);
  for (const auto& topic : *stored) {
    Topic loaded{.stored = topic, .partitions = {}, .counters = &metrics_.of(topic.spec.name)};
    for (std::uint32_t p = 0; p < topic.spec.partitions; ++p) {
      const auto state = store_->partition({topic.number, p});
      if (!state) {
        return fail(state.error().within("opening " + place_name(topic.spec.name, p)));
      }
      loaded.partitions.push_back(*state);
    }
    numbers_[topic.spec.name] = topic.number;
    topics_.emplace(topic.number, std::move(loaded));
  }
  return {};
}

Result<void> EmbeddedBus::ensure_topics(const std::vector<ports::TopicSpec>& topics) {
  const MutexLock lock(mutex_);
  for (const auto& spec : topics) {
    if (auto good = check_topic(spec); !good) {
      return good;
    }
    const auto number = numbers_.find(spec.name);
    if (number != numbers_.end()) {
      const auto& found = topics_.at(number->second).stored.spec;
      if (found.partitions != spec.partitions) {
        return fail(other_partitions(spec.name, spec.partitions, found.partitions));
      }
      if (found.compacted != spec.compacted) {
        return fail(other_policy(spec.name, spec.compacted));
      }
    }
    if (auto good = add_topic(spec); !good) {
      return good;
    }
  }
  return {};
}

Result<void> EmbeddedBus::add_topic(const ports::TopicSpec& spec) {
  const auto known = numbers_.find(spec.name);
  const std::uint32_t number =
      known != numbers_.end() ? known->second : static_cast<std::uint32_t>(topics_.size());
  const StoredTopic stored{number, spec};
  if (auto good = store_->put_topic(stored); !good) {
    return good;
  }
  Topic& topic = topics_[number];
  topic.stored = stored;
  topic.partitions.resize(spec.partitions);
  topic.counters = &metrics_.of(spec.name);
  numbers_[spec.name] = number;
  return {};
}

Result<void> EmbeddedBus::append(ports::OutRecord record, ports::Done done) {
  if (auto good = check_size(record, config_.max_record_bytes, metrics_); !good) {
    return good;
  }
  WaitingAppend waiting;
  {
    const MutexLock lock(mutex_);
    const auto number = numbers_.find(record.topic);
    if (number == numbers_.end()) {
      return fail(no_such_topic(record.topic));
    }
    const auto count = static_cast<std::uint32_t>(topics_.at(number->second).partitions.size());
    waiting.topic = number->second;
    waiting.partition = record.partition.value_or(partition_of(record.key, count));
    if (waiting.partition >= count) {
      return fail(no_such_partition(record.topic, waiting.partition));
    }
  }
  waiting.bytes = encode_record(record);
  waiting.done = std::move(done);
  auto pushed = queue_.push(waiting);
  if (!pushed && pushed.error().fault == Fault::overloaded) {
    metrics_.of(record.topic).overloaded.add();
  }
  return pushed;
}

Result<void> EmbeddedBus::flush(std::chrono::milliseconds wait) {
  return queue_.flush(wait);
}

void EmbeddedBus::write_until_closed() {
  MonoTime maintain_at = clock_.mono() + config_.embedded.maintain_every;
  for (;;) {
    auto group = queue_.take(config_.embedded.maintain_every, kGroupRecords, kGroupBytes);
    if (group.empty() && queue_.closed()) {
      return;
    }
    if (!group.empty()) {
      write_group(std::move(group));
    }
    metrics_.queued(queue_.unfinished());
    if (clock_.mono() < maintain_at) {
      continue;
    }
    const bool more = maintain();
    maintain_at = more ? clock_.mono() : clock_.mono() + config_.embedded.maintain_every;
  }
}

void EmbeddedBus::write_group(std::vector<WaitingAppend> group) {
  last_appended_ = std::max(last_appended_, clock_.now());
  std::vector<NewRecord> records;
  records.reserve(group.size());
  {
    const MutexLock lock(mutex_);
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> next;
    for (auto& waiting : group) {
      stamp_record(waiting.bytes, last_appended_);
      const auto [end, first] = next.try_emplace({waiting.topic, waiting.partition});
      if (first) {
        end->second = topics_.at(waiting.topic).partitions[waiting.partition].extent.end;
      }
      records.push_back({{waiting.topic, waiting.partition}, end->second++, &waiting.bytes});
    }
  }
  const auto written = write_with_retries(records);
  if (written) {
    publish(records);
  }
  report(group, records, written);
}

Result<void> EmbeddedBus::write_with_retries(const std::vector<NewRecord>& records) {
  for (;;) {
    auto written = store_->append(records);
    if (written) {
      set_trouble(std::nullopt);
      return written;
    }
    set_trouble(written.error().message);
    if (written.error().fault == Fault::corrupt || queue_.closed()) {
      return written;
    }
    clock_.pause(kRetryAfter);
  }
}

void EmbeddedBus::publish(const std::vector<NewRecord>& records) {
  {
    const MutexLock lock(mutex_);
    for (const auto& record : records) {
      topics_.at(record.place.topic).partitions[record.place.partition].extent.end =
          record.offset + 1;
    }
  }
  appended_.notify_all();
}

void EmbeddedBus::report(std::vector<WaitingAppend>& group, const std::vector<NewRecord>& records,
                         const Result<void>& written) {
  std::map<std::uint32_t, std::size_t> counts;
  for (std::size_t i = 0; i < group.size(); ++i) {
    ++counts[group[i].topic];
    if (!group[i].done) {
      continue;
    }
    if (written) {
      group[i].done(ports::Appended{records[i].place.partition, records[i].offset});
    } else {
      group[i].done(fail(written.error()));
    }
  }
  {
    const MutexLock lock(mutex_);
    for (const auto& [topic, count] : counts) {
      auto& counters = *topics_.at(topic).counters;
      (written ? counters.appended : counters.failed).add(static_cast<double>(count));
    }
  }
  queue_.finished(group.size());
}

bool EmbeddedBus::maintain() {
  std::vector<std::pair<ports::TopicSpec, Place>> places;
  {
    const MutexLock lock(mutex_);
    for (const auto& [number, topic] : topics_) {
      for (std::uint32_t p = 0; p < topic.stored.spec.partitions; ++p) {
        places.push_back({topic.stored.spec, {number, p}});
      }
    }
  }
  bool more = false;
  std::optional<std::string> trouble;
  for (const auto& [spec, place] : places) {
    const auto kept = maintain(spec, place);
    more = more || (kept && *kept);
    if (!kept) {
      trouble = place_name(spec.name, place.partition) + ": " + kept.error().message;
    }
  }
  set_maintain_trouble(std::move(trouble));
  return more;
}

Result<bool> EmbeddedBus::maintain(const ports::TopicSpec& spec, Place place) {
  PartitionState state;
  {
    const MutexLock lock(mutex_);
    state = topics_.at(place.topic).partitions[place.partition];
  }
  Result<bool> more = false;
  if (spec.compacted) {
    more = store_->compact(place, state, clock_.now() - config_.embedded.compact_after,
                           kMaintainRecords);
    if (more) {
      const auto tombstones = store_->drop_tombstones(
          place, state, clock_.now() - config_.embedded.keep_tombstones, kMaintainRecords);
      more = tombstones ? Result<bool>(*more || *tombstones) : tombstones;
    }
  } else if (spec.retention.count() > 0) {
    const auto expired = store_->expire(place, state, clock_.now() - spec.retention);
    if (!expired) {
      return expired;
    }
  }
  const MutexLock lock(mutex_);
  topics_.at(place.topic).partitions[place.partition] = state;
  return more;
}

void EmbeddedBus::set_trouble(std::optional<std::string> trouble) {
  const MutexLock lock(mutex_);
  if (trouble && !trouble_) {
    log_error("the embedded log cannot be written; trying again", {{"error", *trouble}});
  }
  if (!trouble && trouble_) {
    log_info("the embedded log is written again");
  }
  trouble_ = std::move(trouble);
}

void EmbeddedBus::set_maintain_trouble(std::optional<std::string> trouble) {
  const MutexLock lock(mutex_);
  if (trouble && !maintain_trouble_) {
    log_error("the embedded log cannot be kept in its bounds", {{"error", *trouble}});
  }
  maintain_trouble_ = std::move(trouble);
}

Result<PartitionState*> EmbeddedBus::find(const std::string& topic, std::uint32_t partition) {
  const auto number = numbers_.find(topic);
  if (number == numbers_.end()) {
    return fail(no_such_topic(topic));
  }
  auto& partitions = topics_.at(number->second).partitions;
  if (partition >= partitions.size()) {
    return fail(no_such_partition(topic, partition));
  }
  return &partitions[partition];
}

Result<std::unique_ptr<ports::BusReader>> EmbeddedBus::open_reader(
    const std::string& topic, const std::vector<ports::StartAt>& start) {
  const MutexLock lock(mutex_);
  const auto number = numbers_.find(topic);
  if (number == numbers_.end()) {
    return fail(no_such_topic(topic));
  }
  std::map<std::uint32_t, std::uint64_t> next;
  for (const auto& from : start) {
    const auto state = find(topic, from.partition);
    if (!state) {
      return fail(state.error());
    }
    const auto offset = start_offset(topic, from, (*state)->extent);
    if (!offset) {
      return fail(offset.error());
    }
    next[from.partition] = *offset;
  }
  return std::make_unique<EmbeddedReader>(*this, topics_.at(number->second).stored, next);
}

Result<std::uint32_t> EmbeddedBus::partitions(const std::string& topic) {
  const MutexLock lock(mutex_);
  const auto number = numbers_.find(topic);
  if (number == numbers_.end()) {
    return fail(no_such_topic(topic));
  }
  return static_cast<std::uint32_t>(topics_.at(number->second).partitions.size());
}

Result<ports::Extent> EmbeddedBus::extent(const std::string& topic, std::uint32_t partition) {
  const MutexLock lock(mutex_);
  const auto state = find(topic, partition);
  if (!state) {
    return fail(state.error());
  }
  return (*state)->extent;
}

std::optional<std::string> EmbeddedBus::trouble() const {
  const MutexLock lock(mutex_);
  return trouble_ ? trouble_ : maintain_trouble_;
}

}  // namespace fusiond::bus
