#include "daemon/pipeline/step.h"

#include <optional>
#include <utility>

#include "daemon/fusion/closing_clock.h"
#include "daemon/wire/deadletter_wire.h"
#include "daemon/wire/incident_wire.h"
#include "daemon/wire/records.h"
#include "daemon/wire/state_wire.h"
#include "daemon/wire/tick_wire.h"

namespace fusiond::pipeline {
namespace {

bool counts_as_open(IncidentState state) {
  return state == IncidentState::open || state == IncidentState::quiet;
}

std::string position_of(const ports::BusRecord& record) {
  return record.topic + "/" + std::to_string(record.partition) + "@" +
         std::to_string(record.offset);
}

fusion::EngineConfig with_epoch(fusion::EngineConfig config, std::uint64_t epoch) {
  config.epoch = epoch;
  return config;
}

}  // namespace

// Rows are kept by id until the end, so that an id that changes ten times in a batch is written
// once; sorted, so that the same records give the same batch.
struct Step::Work {
  std::map<EventId, EventState> events;
  std::map<IncidentId, std::string> incidents;
  std::vector<EventId> forgotten_events;
  std::vector<IncidentId> forgotten_incidents;
  StepOutput out;
};

Step::Step(StepConfig config, Restored restored, std::uint64_t epoch, Metrics& metrics)
    : config_(std::move(config)),
      epoch_(epoch),
      router_(config_.router),
      engine_(with_epoch(config_.engine, epoch)),
      metrics_(metrics, config_.limits.source_labels) {
  for (const EventState& state : restored.events) {
    router_.restore(state);
  }
  for (const IncidentRevision& revision : restored.incidents) {
    note_state(revision.content.id, revision.content.state);
  }
  fusion::EngineSnapshot snapshot{std::move(restored.events), std::move(restored.incidents), {}};
  if (restored.meta) {
    next_offset_ = restored.meta->next_offset;
    snapshot.sources = std::move(restored.meta->sources);
  }
  engine_.restore(snapshot);
  metrics_.sizes(open_, is_open_.size(), router_.size());
}

std::string Step::meta() const {
  return wire::encode_shard_meta({next_offset_, epoch_, engine_.sources()});
}

ports::StateBatch Step::first_batch() const {
  ports::StateBatch batch;
  batch.meta = meta();
  return batch;
}

StepOutput Step::run(const std::vector<ports::BusRecord>& records) {
  Work work;
  for (const ports::BusRecord& record : records) {
    if (record.offset < next_offset_) {
      metrics_.record("seen");
      continue;
    }
    take(record, work);
    next_offset_ = record.offset + 1;
  }
  forget(work);
  ports::StateBatch& batch = work.out.batch;
  for (const auto& [id, state] : work.events) {
    batch.journal.emplace_back(id.str(), wire::encode_event_state(state));
  }
  for (auto& [id, bytes] : work.incidents) {
    batch.incidents.emplace_back(id.str(), std::move(bytes));
  }
  for (const EventId& id : work.forgotten_events) {
    batch.journal.emplace_back(id.str(), std::nullopt);
  }
  for (const IncidentId& id : work.forgotten_incidents) {
    batch.incidents.emplace_back(id.str(), std::nullopt);
  }
  batch.meta = meta();
  metrics_.sizes(open_, is_open_.size(), router_.size());
  return std::move(work.out);
}

void Step::take(const ports::BusRecord& record, Work& work) {
  const auto type = wire::header_of(record.headers, "ce_type");
  if (!record.value) {
    metrics_.record("other");
    bury(record, "no_value", "a record without a value", work);
  } else if (type == wire::kEventType) {
    metrics_.record("event");
    take_event(record, work);
  } else if (type == wire::kTickType) {
    metrics_.record("tick");
    take_tick(record, work);
  } else {
    metrics_.record("other");
    bury(record, "unknown_record_type",
         type ? "ce_type: " + std::string(*type) : std::string("no header ce_type"), work);
  }
}

void Step::take_event(const ports::BusRecord& record, Work& work) {
  const auto event = decoder_.decode(*record.value);
  if (!event) {
    bury(record, "undecodable_event", event.error().message, work);
    return;
  }
  Routed routed = router_.take(*event);
  metrics_.verdict(event->source, routed.verdict);
  if (routed.conflict) {
    metrics_.conflict(event->source);
  }
  work.out.received.push_back(event->received);
  if (routed.verdict == Verdict::forgotten) {
    bury(record, "forgotten",
         "older than ids are remembered, occurred: " + to_rfc3339(micros_of(event->occurred)),
         work);
    return;
  }
  if (!routed.changed) {
    return;
  }
  const Cause cause{
      "event", event->id, event->revision, {config_.partition, record.offset}, event->received};
  emit(engine_.apply(*routed.changed, cause), work);
  work.events.insert_or_assign(event->id, std::move(*routed.changed));
}

void Step::take_tick(const ports::BusRecord& record, Work& work) {
  const auto tick = wire::decode_tick(*record.value);
  if (!tick) {
    bury(record, "undecodable_tick", tick.error().message, work);
    return;
  }
  const Cause cause{"tick", EventId{}, 0, {config_.partition, record.offset}, tick->ingest_time};
  emit(engine_.tick(*tick, cause), work);
}

void Step::emit(const std::vector<IncidentRevision>& revisions, Work& work) {
  for (const IncidentRevision& revision : revisions) {
    std::string bytes = wire::encode_incident(revision);
    for (auto& record : wire::incident_records({config_.topics.incidents, config_.topics.changes},
                                               revision, bytes)) {
      work.out.batch.outbox.push_back(std::move(record));
    }
    work.incidents.insert_or_assign(revision.content.id, std::move(bytes));
    note_state(revision.content.id, revision.content.state);
    metrics_.revision(revision.change);
    ++work.out.revisions;
  }
}

// The record goes to the dead letters with its bytes and its place in the log, so that whoever
// mends it can send it again.
void Step::bury(const ports::BusRecord& record, std::string_view reason, std::string detail,
                Work& work) {
  wire::DeadLetter letter;
  letter.source = SourceId{std::string(wire::header_of(record.headers, "ce_source").value_or(""))};
  letter.reason = std::string(reason);
  letter.detail = std::move(detail);
  letter.original = record.value.value_or("");
  letter.content_type = std::string(wire::header_of(record.headers, "content-type").value_or(""));
  letter.received = record.appended;
  letter.position = position_of(record);
  work.out.batch.outbox.push_back(wire::dead_letter_record(
      config_.topics.dead_letters,
      wire::sealed(std::move(letter), config_.limits.dead_letter_max_bytes)));
  metrics_.dead_letter(reason);
}

void Step::forget(Work& work) {
  const auto passed = fusion::passed_by_all(engine_.sources());
  if (!passed) {
    return;
  }
  const std::vector<EventId> ids = router_.forget(*passed);
  if (ids.empty()) {
    return;
  }
  work.forgotten_incidents = engine_.forget(ids);
  work.forgotten_events = engine_.forgotten();  // the journal keeps what an incident still needs
  for (const IncidentId& id : work.forgotten_incidents) {
    note_state(id, IncidentState::closed);
    is_open_.erase(id);
  }
}

void Step::note_state(const IncidentId& id, IncidentState state) {
  bool& open = is_open_[id];
  const bool now_open = counts_as_open(state);
  if (open != now_open) {
    open = now_open;
    open_ = now_open ? open_ + 1 : open_ - 1;
  }
}

}  // namespace fusiond::pipeline
