// What the tests of the pipeline share: an association of two families, records of the log, what a
// consumer makes of the topics.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/pipeline/step.h"
#include "daemon/wire/event_wire.h"
#include "daemon/wire/incident_wire.h"
#include "daemon/wire/records.h"
#include "tests/support/event_builder.h"

namespace fusiond::pipeline {

inline StepConfig step_config() {
  StepConfig config;
  auto& a = config.engine.association;
  a.version = "test";
  a.families = {"disorder", "crash"};
  a.family_prior_ppm = {500'000, 500'000};
  a.kinds = {{"unclassified", {500'000, 500'000}},
             {"disturbance", {900'000, 100'000}},
             {"crash", {100'000, 900'000}}};
  a.caller_stand_off_m = {45, 45};
  config.engine.versions = {"test", "test", "test"};
  return config;
}

inline ports::BusRecord in_log(ports::OutRecord record, std::uint64_t offset) {
  return {record.topic,  0, offset, wall_time(support::kStartUs), record.key, record.value,
          record.headers};
}

inline ports::OutRecord event_out(const Event& event) {
  return wire::event_record("rtcc.events.v1", event, wire::encode_event(event));
}

// A word said `since_start`, about events of the source "cad".
inline Word word_of(const std::string& name, WordKind kind, const std::string& one,
                    const std::string& other, Micros since_start) {
  Word word;
  word.id = word_id_of(name);
  word.revision = 1;
  word.kind = kind;
  word.event = event_id_of(SourceId{"cad"}, one);
  word.other = other.empty() ? EventId{} : event_id_of(SourceId{"cad"}, other);
  word.author = "dispatcher";
  word.reason = "known by phone";
  word.said = wall_time(support::kStartUs) + since_start;
  return word;
}

inline ports::OutRecord word_out(const Word& word) {
  return wire::word_record("rtcc.events.v1", word);
}

inline ports::OutRecord tick_out(Micros since_start) {
  const WallTime at = wall_time(support::kStartUs) + since_start;
  return wire::tick_record("rtcc.events.v1", 0,
                           Tick{at, {{SourceId{"cad"}, true, at, std::chrono::minutes{15}}}});
}

// A log of events and ticks, some revised, some repeated, some that cannot be read.
inline std::vector<ports::BusRecord> mixed_log(int events) {
  using std::chrono::seconds;
  std::vector<ports::BusRecord> log;
  const auto add = [&](ports::OutRecord record) {
    log.push_back(in_log(std::move(record), log.size()));
  };
  for (int i = 0; i < events; ++i) {
    const auto name = "c" + std::to_string(i);
    const auto far = [i](std::uint64_t revision, const std::string& headline,
                         const std::string& id) {
      return support::EventBuilder(id)
          .at(seconds{60 * i})
          .near(3000L * i, 0)
          .revision(revision)
          .headline(headline)
          .build();
    };
    add(event_out(far(1, "first", name)));
    if (i % 2 == 0) {
      add(event_out(far(2, "second", name)));
    }
    if (i % 3 == 0) {
      add(event_out(far(1, "first", name)));
    }
    if (i % 5 == 0) {
      add({"rtcc.events.v1",
           "x",
           "no protobuf",
           {{"ce_type", "fusiond.event.v1"}, {"ce_source", "cad"}},
           {}});
    }
    if (i % 5 == 4) {
      Word word = word_of(name, WordKind::same, name, "c" + std::to_string(i - 1), seconds{60 * i});
      add(word_out(word));
      ++word.revision;
      word.retracted = true;
      add(word_out(word));
    }
    if (i % 4 == 0) {
      add(tick_out(seconds{60 * i + 30}));
    }
  }
  return log;
}

// (incident id, epoch, revision) → bytes, of every record seen; a second content under the same is
// a broken promise.
class Consumer {
 public:
  void take(const std::optional<std::string>& value) {
    REQUIRE(value.has_value());
    const auto revision = wire::decode_incident(*value);
    REQUIRE(revision.has_value());
    const auto key = std::tuple{revision->content.id, revision->epoch, revision->revision};
    const auto [at, is_new] = seen_.emplace(key, *value);
    if (!is_new) {
      REQUIRE(at->second == *value);
    }
    auto& latest = latest_[revision->content.id];
    const auto order = std::pair{revision->epoch, revision->revision};
    if (order > std::pair{latest.epoch, latest.revision}) {
      latest = *revision;
    }
  }
  void take_all(const std::vector<ports::BusRecord>& records) {
    for (const auto& record : records) {
      take(record.value);
    }
  }
  // By the consumer's rule: of each incident the largest (epoch, revision).
  [[nodiscard]] std::map<IncidentId, IncidentContent> incidents() const {
    std::map<IncidentId, IncidentContent> contents;
    for (const auto& [id, revision] : latest_) {
      contents[id] = revision.content;
    }
    return contents;
  }

 private:
  std::map<std::tuple<IncidentId, std::uint64_t, std::uint64_t>, std::string> seen_;
  std::map<IncidentId, IncidentRevision> latest_;
};

}  // namespace fusiond::pipeline
