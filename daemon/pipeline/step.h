// Both steps for one batch of records: decode → route → fuse → what has to be saved and published.
// No thread, no clock, no I/O. Journey: pipeline/shard.cc → here → route/router.cc,
// fusion/engine.cc
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/base/metrics.h"
#include "daemon/base/uuid.h"
#include "daemon/fusion/engine.h"
#include "daemon/pipeline/pipeline_config.h"
#include "daemon/pipeline/recovery.h"
#include "daemon/pipeline/step_metrics.h"
#include "daemon/ports/bus.h"
#include "daemon/ports/state_store.h"
#include "daemon/route/router.h"
#include "daemon/wire/event_wire.h"
#include "daemon/wire/incident_bytes.h"

namespace fusiond::pipeline {

// Makes a bundle of an activation's files: a function of the files alone, so that a replay makes
// the same of them. Errors: bad_input, with every fault of the files.
using CompileRules = std::function<Result<rules::Bundle>(const RulesActivation&)>;

struct StepConfig {
  std::uint32_t partition = 0;
  Topics topics;
  route::RouterConfig router;
  fusion::EngineConfig engine;  // its epoch is set by what was restored
  StepLimits limits;
  CompileRules compile;  // none: activations are refused
};

// Whether the rules that a state holds can be used. Errors: bad_config when this version refuses
// them.
Result<void> check_restored_rules(const StepConfig& config, const Restored& restored);

struct StepOutput {
  std::shared_ptr<const ports::StateBatch> batch;  // shared with the outbox until it is published
  std::vector<WallTime> received;                  // ingest times of the events of the batch
  std::size_t revisions = 0;
};

// A pure fold: the state in memory after run() is that of the batch it returned, which must be
// committed before the next run(). Threads: one shard's.
class Step {
 public:
  // Goes on from what was restored, under `epoch`. Requires: check_restored_rules.
  Step(StepConfig config, Restored restored, std::uint64_t epoch, Metrics& metrics);

  // The batch that makes the epoch durable, and says again what the bus may not have of what was
  // told before; to be committed before the first run(). Requires: called once.
  [[nodiscard]] StepOutput start();
  // Requires: records of this partition in offset order, at or after next_offset(). Records before
  // it are skipped.
  [[nodiscard]] StepOutput run(const std::vector<ports::BusRecord>& records);

  [[nodiscard]] std::uint64_t next_offset() const { return next_offset_; }
  // Sets where to read on, when the log no longer holds what comes next. The next batch says so, in
  // a dead letter; at the beginning of a state nothing is missed.
  void skip_to(std::uint64_t offset);
  // Offsets that were gone before they were read, since the start.
  [[nodiscard]] std::uint64_t missed() const { return missed_; }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  [[nodiscard]] std::size_t open_incidents() const { return open_; }
  [[nodiscard]] std::size_t event_ids() const { return router_.size(); }
  // The version of the rules that hold; empty when no activation was ever taken.
  [[nodiscard]] std::string rules_version() const { return rules_ ? rules_->version : ""; }

 private:
  struct Work;  // one batch in the making
  // How much a batch is to hold.
  struct Room {
    std::size_t items = 0;
    std::size_t rows = 0;
    std::size_t bytes = 0;
    std::size_t outgoing = 0;
  };
  StepOutput finish(Work work);
  void decode_ahead(std::span<const ports::BusRecord> records);
  // `decoded`: of an event; it is moved from.
  void take(const ports::BusRecord& record, std::optional<Result<Event>>& decoded, Work& work);
  void take_event(const ports::BusRecord& record, Result<Event>& decoded, Work& work);
  void take_word(const ports::BusRecord& record, Work& work);
  void take_tick(const ports::BusRecord& record, Work& work);
  void take_rules(const ports::BusRecord& record, Work& work);
  Result<std::size_t> switch_to(const RulesActivation& activation, const ports::BusRecord& record,
                                Work& work);
  void emit(std::span<const IncidentRecord> incidents, Work& work);
  void bury(const ports::BusRecord& record, std::string_view reason, std::string detail,
            Work& work);
  void bury_gap(const ports::BusRecord& next, std::uint64_t from, Work& work);
  void keep(const EventState& state, const ports::BusRecord& record, const EventRef& event,
            Work& work);
  void keep_changed(Work& work);
  void forget(Work& work);
  void note_state(const IncidentId& id, IncidentState state);
  [[nodiscard]] std::string meta() const;

  StepConfig config_;
  std::uint64_t epoch_;
  std::uint64_t next_offset_ = 0;
  std::optional<std::uint64_t> skipped_from_;  // what skip_to() left out begins here
  std::uint64_t missed_ = 0;
  route::Router router_;
  wire::IncidentBytes incident_bytes_;
  fusion::Engine engine_;
  wire::EventDecoder decoder_;
  std::vector<std::optional<Result<Event>>>
      ahead_;  // of the records that come next; none: no event
  Room room_;  // for the next batch
  StepMetrics metrics_;
  std::unordered_map<Uuid, bool, UuidHash> is_open_;  // of every incident in the state
  std::size_t open_ = 0;
  std::optional<RulesActivation> rules_;  // that hold
  WallTime last_told_{};                  // of what was restored
};

}  // namespace fusiond::pipeline
