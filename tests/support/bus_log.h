// Short words for tests that append to a bus and read it back. Every wait has an end: half a
// minute, which only a broken bus uses up.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/base/mutex.h"
#include "daemon/ports/bus.h"

namespace fusiond::test {

constexpr std::chrono::milliseconds kPatience{30'000};

// Collects what `done` was told, by the name each append was given. Threads: any.
class Reports {
 public:
  ports::Done expect(std::string name) {
    return [state = state_, name = std::move(name)](const Result<ports::Appended>& result) {
      const MutexLock lock(state->mutex);
      state->results.emplace_back(name, result);
    };
  }
  [[nodiscard]] std::vector<std::pair<std::string, Result<ports::Appended>>> all() const {
    const MutexLock lock(state_->mutex);
    return state_->results;
  }
  [[nodiscard]] std::size_t count() const { return all().size(); }
  // The place of an append that must have been reported once, as durable.
  [[nodiscard]] ports::Appended place(const std::string& name) const {
    std::optional<ports::Appended> found;
    for (const auto& [reported, result] : all()) {
      if (reported != name) {
        continue;
      }
      REQUIRE(result);
      REQUIRE_FALSE(found);
      found = *result;
    }
    REQUIRE(found);
    return *found;
  }

 private:
  struct State {
    mutable Mutex mutex;
    std::vector<std::pair<std::string, Result<ports::Appended>>> results GUARDED_BY(mutex);
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

inline void make_topic(ports::Bus& bus, const std::string& name, std::uint32_t partitions = 1,
                       bool compacted = false) {
  const auto made =
      bus.ensure_topics({{.name = name, .partitions = partitions, .compacted = compacted}});
  INFO((made ? std::string() : made.error().message));
  REQUIRE(made);
}

// Appends and waits until it is durable.
inline void put(ports::Bus& bus, const std::string& topic, const std::string& key,
                std::optional<std::string> value) {
  REQUIRE(bus.append(
      {.topic = topic, .key = key, .value = std::move(value), .headers = {}, .partition = {}},
      nullptr));
  REQUIRE(bus.flush(kPatience));
}

inline std::vector<ports::StartAt> from_begin(std::uint32_t partitions) {
  std::vector<ports::StartAt> start;
  for (std::uint32_t p = 0; p < partitions; ++p) {
    start.push_back({.partition = p, .from = ports::StartAt::From::begin, .offset = 0});
  }
  return start;
}

inline std::unique_ptr<ports::BusReader> open(ports::Bus& bus, const std::string& topic,
                                              const std::vector<ports::StartAt>& start) {
  auto reader = bus.open_reader(topic, start);
  INFO((reader ? std::string() : reader.error().message));
  REQUIRE(reader);
  return std::move(*reader);
}

// Reads until `count` records are there.
inline std::vector<ports::BusRecord> read_some(ports::BusReader& reader, std::size_t count) {
  std::vector<ports::BusRecord> records;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (records.size() < count && std::chrono::steady_clock::now() < until) {
    const auto got = reader.read(records, count - records.size(), std::chrono::milliseconds{200});
    INFO((got ? std::string() : got.error().message));
    REQUIRE(got);
  }
  REQUIRE(records.size() == count);
  return records;
}

// Reads all partitions from the first record up to where they end now.
inline std::vector<ports::BusRecord> read_topic(ports::Bus& bus, const std::string& topic) {
  const auto partitions = bus.partitions(topic);
  REQUIRE(partitions);
  std::map<std::uint32_t, std::uint64_t> last;  // the offset before the end
  for (std::uint32_t p = 0; p < *partitions; ++p) {
    const auto extent = bus.extent(topic, p);
    REQUIRE(extent);
    if (extent->end > extent->begin) {
      last[p] = extent->end - 1;
    }
  }
  auto reader = open(bus, topic, from_begin(*partitions));
  std::vector<ports::BusRecord> records;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!last.empty() && std::chrono::steady_clock::now() < until) {
    const std::size_t before = records.size();
    REQUIRE(reader->read(records, 1'000, std::chrono::milliseconds{200}));
    for (std::size_t i = before; i < records.size(); ++i) {
      const auto end = last.find(records[i].partition);
      if (end != last.end() && records[i].offset >= end->second) {
        last.erase(end);
      }
    }
  }
  REQUIRE(last.empty());
  return records;
}

inline std::vector<std::string> values_of(const std::vector<ports::BusRecord>& records) {
  std::vector<std::string> values;
  for (const auto& record : records) {
    values.push_back(record.value.value_or("(tombstone)"));
  }
  return values;
}

}  // namespace fusiond::test
