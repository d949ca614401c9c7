// A log of incident changes in memory, a stream that keeps what it was given, and an operator's
// page as far as it matters: it applies the consumer's rule and remembers its cursor.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/base/check.h"
#include "daemon/base/clock.h"
#include "daemon/bus/memory/memory_bus.h"
#include "daemon/console/hub.h"
#include "daemon/wire/incident_wire.h"
#include "tests/support/fake_metrics.h"

namespace fusiond::console {

inline constexpr const char* kTopic = "test.incident-changes.v1";

// Waits for the thing itself, five seconds at most.
inline bool eventually(const std::function<bool()>& happened) {
  const SystemClock clock;
  const MonoTime limit = clock.mono() + std::chrono::seconds(5);
  while (!happened()) {
    if (clock.mono() > limit) {
      return false;
    }
    clock.pause(std::chrono::milliseconds(1));
  }
  return true;
}

struct Said {
  std::string id;
  std::uint64_t revision = 1;
  std::uint64_t epoch = 1;
  IncidentState state = IncidentState::open;
  std::int64_t updated_us = 1'700'000'000'000'000;
  std::string title = "Shots fired";
};

inline std::string bytes_of(const Said& said) {
  IncidentRevision revision;
  revision.content.id = IncidentId{said.id};
  revision.content.state = said.state;
  revision.content.title = said.title;
  revision.epoch = said.epoch;
  revision.revision = said.revision;
  revision.change = said.revision == 1 ? IncidentChange::open : IncidentChange::update;
  revision.cause.kind = "event";
  revision.opened = wall_time(said.updated_us);
  revision.updated = wall_time(said.updated_us);
  return wire::encode_incident(revision);
}

class Log {
 public:
  explicit Log(std::uint32_t partitions = 1) {
    REQUIRE(bus.ensure_topics({{.name = kTopic, .partitions = partitions}}));
  }
  void append(const Said& said, std::optional<std::uint32_t> partition = 0) {
    append_bytes(bytes_of(said), partition);
  }
  void append_bytes(std::string bytes, std::optional<std::uint32_t> partition = 0) {
    const auto appended = bus.append({.topic = kTopic,
                                      .key = "key",
                                      .value = std::move(bytes),
                                      .headers = {},
                                      .partition = partition},
                                     [](const Result<ports::Appended>&) {});
    FUSIOND_CHECK(appended.has_value(), "a log in memory takes what a test says");  // any thread
  }

  SystemClock clock;
  test::FakeMetrics metrics;
  bus::MemoryBus bus{bus::BusConfig{}, clock, metrics};
};

struct StreamEvent {
  std::string id;
  std::string type;
  std::string data;
};

class FakeStream final : public net::EventStream {
 public:
  bool send(std::string chunk) override {
    MutexLock lock(mutex_);
    if (closed_) {
      return false;
    }
    text_ += chunk;
    return true;
  }
  void close() override {
    MutexLock lock(mutex_);
    closed_ = true;
  }
  [[nodiscard]] bool closed() const override {
    MutexLock lock(mutex_);
    return closed_;
  }
  [[nodiscard]] std::size_t backlog_bytes() const override {
    MutexLock lock(mutex_);
    return stuck_ ? 1U << 30U : 0;
  }
  void stick() {
    MutexLock lock(mutex_);
    stuck_ = true;
  }
  [[nodiscard]] std::string text() const {
    MutexLock lock(mutex_);
    return text_;
  }
  // Without the heartbeats, unless they are asked for.
  [[nodiscard]] std::vector<StreamEvent> events(const std::string& type = "") const;

 private:
  mutable Mutex mutex_;
  std::string text_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
  bool stuck_ GUARDED_BY(mutex_) = false;
};

// What an event stream's text says, as the HTML standard reads it; an unfinished event is left out.
inline std::vector<StreamEvent> events_in(const std::string& text) {
  std::vector<StreamEvent> out;
  StreamEvent event;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) {
      break;
    }
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty()) {
      if (!event.data.empty()) {
        out.push_back(event);
      }
      event = {};
    } else if (line.starts_with("id: ")) {
      event.id = line.substr(4);
    } else if (line.starts_with("event: ")) {
      event.type = line.substr(7);
    } else if (line.starts_with("data: ")) {
      event.data += line.substr(6);
    }
  }
  return out;
}

inline std::vector<StreamEvent> FakeStream::events(const std::string& type) const {
  std::vector<StreamEvent> out;
  for (auto& event : events_in(text())) {
    if (type.empty() ? event.type != "heartbeat" : event.type == type) {
      out.push_back(std::move(event));
    }
  }
  return out;
}

// The text of a member of a flat JSON object, or of the outermost one whose name is this.
inline std::string member(const std::string& json, const std::string& name) {
  const std::string key = "\"" + name + "\":";
  auto at = json.find(key);
  if (at == std::string::npos) {
    return {};
  }
  at += key.size();
  const bool quoted = json[at] == '"';
  at += quoted ? 1 : 0;
  return json.substr(at, json.find_first_of(quoted ? "\"" : ",}", at) - at);
}

using Key = std::tuple<std::string, std::uint64_t, std::uint64_t>;  // id, epoch, revision

inline Key key_of(const std::string& json) {
  return {member(json, "incident_id"), std::stoull(member(json, "epoch")),
          std::stoull(member(json, "revision"))};
}

inline std::vector<Key> keys_of(const std::vector<StreamEvent>& events) {
  std::vector<Key> out;
  for (const auto& event : events) {
    out.push_back(event.type == "incident" ? key_of(event.data) : Key{event.type, 0, 0});
  }
  return out;
}

}  // namespace fusiond::console
