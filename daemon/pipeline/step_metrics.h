// The counters of a step: what came, what routing said, what went out, and every way in which an
// event can vanish.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "daemon/base/ids.h"
#include "daemon/base/metrics.h"
#include "daemon/fusion/engine.h"
#include "daemon/model/event_state.h"
#include "daemon/model/incident.h"

namespace fusiond::pipeline {

// Threads: one shard's.
class StepMetrics {
 public:
  // The first `source_labels` sources are counted by name, others as "other".
  StepMetrics(Metrics& metrics, std::size_t source_labels);
  void record(std::string_view kind);
  void verdict(const SourceId& source, Verdict verdict);
  void conflict(const SourceId& source);
  void dead_letter(std::string_view reason);
  void revision(IncidentChange change);
  // What fusion has counted since the start.
  void decisions(const fusion::Engine::Stats& stats);
  // What each live rule has done since the start, or since it came.
  void rules(const fusion::RuleTally::Counts& counts);
  void sizes(std::size_t open_incidents, std::size_t incidents, std::size_t event_ids);

 private:
  static constexpr std::size_t kVerdicts = 6;
  struct OfSource {
    std::array<Counter*, kVerdicts> verdicts{};
    Counter* conflicts = nullptr;
  };
  struct OfRule {
    Counter* opened = nullptr;
    Counter* looked = nullptr;
    Counter* provisional = nullptr;
    Counter* firm = nullptr;
    Counter* ended = nullptr;
    Gauge* last_opened = nullptr;
    Gauge* last_said = nullptr;
    fusion::RuleCount before;
  };
  OfRule make_rule(const std::string& name);
  OfSource& of(const SourceId& source);
  OfSource make(const std::string& label);

  Metrics& metrics_;
  std::size_t source_labels_;
  std::unordered_map<SourceId, OfSource> sources_;
  OfSource other_;
  std::unordered_map<std::string, Counter*> records_;
  std::map<std::string, OfRule, std::less<>> rules_;
  std::array<Counter*, 8> changes_{};  // by IncidentChange
  Counter& decided_;
  Counter& crowded_;
  Counter& held_back_;
  Counter& left_out_;
  fusion::Engine::Stats before_;
  Gauge& open_incidents_;
  Gauge& incidents_;
  Gauge& event_ids_;
};

}  // namespace fusiond::pipeline
