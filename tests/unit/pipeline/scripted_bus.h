// A bus whose answers a test scripts: which appends are refused, which are confirmed, in which
// order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/ports/bus.h"

namespace fusiond::pipeline {

// Threads: any. One partition per topic.
class ScriptedBus final : public ports::Bus {
 public:
  // What append does with a record: nothing = takes it; an error = refuses it.
  using Gate = std::function<std::optional<Error>(const ports::OutRecord&)>;

  void set_gate(Gate gate) {
    MutexLock lock(mutex_);
    gate_ = std::move(gate);
  }
  // With `on`, records that were taken wait for answer(); else they are confirmed at once.
  void hold(bool on) {
    MutexLock lock(mutex_);
    hold_ = on;
  }
  // Answers the `index`-th waiting record: confirmed and in the log, or failed.
  void answer(std::size_t index, std::optional<Error> error = std::nullopt) {
    Waiting waiting;
    Result<ports::Appended> result;
    {
      MutexLock lock(mutex_);
      waiting = std::move(waiting_.at(index));
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
      result = error ? Result<ports::Appended>(fail(*error)) : store(waiting.record);
    }
    waiting.done(result);
  }
  [[nodiscard]] std::size_t waiting() const {
    MutexLock lock(mutex_);
    return waiting_.size();
  }
  [[nodiscard]] std::vector<ports::BusRecord> log(const std::string& topic) const {
    MutexLock lock(mutex_);
    const auto found = logs_.find(topic);
    return found == logs_.end() ? std::vector<ports::BusRecord>() : found->second;
  }
  void put(const std::string& topic, ports::OutRecord record) {
    MutexLock lock(mutex_);
    record.topic = topic;
    (void)store(record);
  }
  void fail_reads(std::uint64_t count) {
    MutexLock lock(mutex_);
    fail_reads_ = count;
  }
  void drop_before(const std::string& topic, std::uint64_t offset) {
    MutexLock lock(mutex_);
    begins_[topic] = offset;
  }

  Result<void> ensure_topics(const std::vector<ports::TopicSpec>& /*topics*/) override {
    return {};
  }
  Result<void> append(ports::OutRecord record, ports::Done done) override {
    Result<ports::Appended> result;
    {
      MutexLock lock(mutex_);
      if (const auto refused = gate_ ? gate_(record) : std::nullopt) {
        return fail(*refused);
      }
      if (hold_) {
        waiting_.push_back({std::move(record), std::move(done)});
        return {};
      }
      result = store(record);
    }
    done(result);
    return {};
  }
  Result<void> flush(std::chrono::milliseconds /*wait*/) override { return {}; }
  Result<std::unique_ptr<ports::BusReader>> open_reader(
      const std::string& topic, const std::vector<ports::StartAt>& start) override {
    return std::make_unique<Reader>(*this, topic, start.at(0).offset);
  }
  Result<std::uint32_t> partitions(const std::string& /*topic*/) override { return 1; }
  Result<ports::Extent> extent(const std::string& topic, std::uint32_t /*partition*/) override {
    MutexLock lock(mutex_);
    if (fail_reads_ > 0) {
      --fail_reads_;
      return fail(Fault::unavailable, "no broker");
    }
    return ports::Extent{begins_[topic], logs_[topic].size()};
  }
  std::optional<std::string> trouble() const override { return std::nullopt; }

 private:
  struct Waiting {
    ports::OutRecord record;
    ports::Done done;
  };
  class Reader final : public ports::BusReader {
   public:
    Reader(ScriptedBus& bus, std::string topic, std::uint64_t offset)
        : bus_(bus), topic_(std::move(topic)), offset_(offset) {}
    Result<std::size_t> read(std::vector<ports::BusRecord>& out, std::size_t max,
                             std::chrono::milliseconds /*wait*/) override {
      MutexLock lock(bus_.mutex_);
      if (bus_.fail_reads_ > 0) {
        --bus_.fail_reads_;
        return fail(Fault::unavailable, "no broker");
      }
      if (offset_ < bus_.begins_[topic_]) {
        return fail(Fault::corrupt, "the offset is gone");
      }
      const auto& log = bus_.logs_[topic_];
      std::size_t count = 0;
      for (; count < max && offset_ < log.size(); ++count) {
        out.push_back(log[offset_++]);
      }
      return count;
    }
    Result<void> seek(std::uint32_t /*partition*/, std::uint64_t offset) override {
      offset_ = offset;
      return {};
    }

   private:
    ScriptedBus& bus_;
    std::string topic_;
    std::uint64_t offset_;
  };

  Result<ports::Appended> store(const ports::OutRecord& record) REQUIRES(mutex_) {
    auto& log = logs_[record.topic];
    const std::uint64_t offset = log.size();
    log.push_back({record.topic, 0, offset, wall_time(1'782'864'000'000'000), record.key,
                   record.value, record.headers});
    return ports::Appended{0, offset};
  }

  mutable Mutex mutex_;
  Gate gate_ GUARDED_BY(mutex_);
  bool hold_ GUARDED_BY(mutex_) = false;
  std::deque<Waiting> waiting_ GUARDED_BY(mutex_);
  std::map<std::string, std::vector<ports::BusRecord>> logs_ GUARDED_BY(mutex_);
  std::map<std::string, std::uint64_t> begins_ GUARDED_BY(mutex_);
  std::uint64_t fail_reads_ GUARDED_BY(mutex_) = 0;
};

}  // namespace fusiond::pipeline
