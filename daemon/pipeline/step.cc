#include "daemon/pipeline/step.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/fusion/closing_clock.h"
#include "daemon/wire/deadletter_wire.h"
#include "daemon/wire/records.h"
#include "daemon/wire/rules_wire.h"
#include "daemon/wire/state_wire.h"
#include "daemon/wire/tick_wire.h"
#include "daemon/wire/word_wire.h"

namespace fusiond::pipeline {
namespace {

bool counts_as_open(IncidentState state) {
  return state == IncidentState::open || state == IncidentState::quiet;
}

std::string position_of(const ports::BusRecord& record) {
  return record.topic + "/" + std::to_string(record.partition) + "@" +
         std::to_string(record.offset);
}

// Larger ones are mostly what the model does not keep.
constexpr std::size_t kLargestOriginal = 4096;

// Events are decoded so many at a time, before anything is done with the first of them: the code of
// one stage is larger than the processor's cache for it, and so it comes there once for all of
// them. Few enough that the first are still near when their turn comes.
constexpr std::size_t kDecodedAhead = 32;

// Room is made in advance up to here; a batch that needs more grows as it goes.
constexpr std::size_t kMostRoom = 8ULL << 20U;

template <class Id>
Uuid uuid_of(const Id& id) {
  const auto uuid = id.number();
  FUSIOND_CHECK(uuid.has_value(), "ids of events and incidents are UUIDs");
  return *uuid;
}

fusion::EngineConfig engine_config(const StepConfig& config, const Restored& restored,
                                   std::uint64_t epoch) {
  fusion::EngineConfig engine = config.engine;
  engine.epoch = epoch;
  if (restored.rules) {
    auto bundle = config.compile(*restored.rules);
    FUSIOND_CHECK(bundle.has_value(), "whoever makes a step has checked what was restored");
    engine.bundle = std::move(*bundle);
  }
  return engine;
}

}  // namespace

struct Step::Work {
  ports::StateBatch batch;
  std::vector<EventId>
      changed;  // whose rows are written at the end, once, however often they change
  std::vector<WallTime> received;
  std::size_t revisions = 0;
  std::string row;  // scratch

  // To grow is to copy all that is there: takes the room at once that the last batch needed.
  explicit Work(const Room& room) {
    batch.items.reserve(room.items);
    batch.rows.reserve(room.rows);
    batch.bytes.reserve(room.bytes);
    batch.outgoing.reserve(room.outgoing);
  }
};

Step::Step(StepConfig config, Restored restored, std::uint64_t epoch, Metrics& metrics)
    : config_(std::move(config)),
      epoch_(epoch),
      router_(config_.router),
      engine_(engine_config(config_, restored, epoch), incident_bytes_),
      metrics_(metrics, config_.limits.source_labels) {
  for (const EventState& state : restored.events) {
    router_.restore(state);
  }
  for (const ToldIncident& told : restored.incidents) {
    note_state(told.id, told.state);
    last_told_ = std::max(last_told_, told.updated);
  }
  fusion::EngineSnapshot snapshot{std::move(restored.events), std::move(restored.incidents), {}};
  if (restored.meta) {
    next_offset_ = restored.meta->next_offset;
    snapshot.sources = std::move(restored.meta->sources);
  }
  snapshot.words = std::move(restored.words);
  rules_ = std::move(restored.rules);
  engine_.restore(snapshot);
  metrics_.sizes(open_, is_open_.size(), router_.size());
}

Result<void> check_restored_rules(const StepConfig& config, const Restored& restored) {
  if (!restored.rules) {
    return {};
  }
  const std::string which = "the rules that hold (" + restored.rules->version + ")";
  if (!config.compile) {
    return fail(Fault::bad_config, which + " are not for a process that takes none");
  }
  if (const auto bundle = config.compile(*restored.rules); !bundle) {
    return fail(Fault::bad_config,
                which + " are refused by this version: " + bundle.error().message);
  }
  return {};
}

std::string Step::meta() const {
  return wire::encode_shard_meta({next_offset_, epoch_, engine_.sources()});
}

StepOutput Step::start() {
  Work work{room_};
  const Position before{config_.partition, next_offset_ == 0 ? 0 : next_offset_ - 1};
  emit(engine_.resume({"start", EventId{}, 0, before, last_told_}), work);
  return finish(std::move(work));
}

StepOutput Step::run(const std::vector<ports::BusRecord>& records) {
  Work work{room_};
  work.received.reserve(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const ports::BusRecord& record = records[i];
    if (i % kDecodedAhead == 0) {
      decode_ahead(std::span(records).subspan(i, std::min(kDecodedAhead, records.size() - i)));
    }
    if (record.offset < next_offset_) {
      metrics_.record("seen");
      continue;
    }
    if (next_offset_ != 0 && record.offset > next_offset_) {
      skip_to(record.offset);
    }
    if (skipped_from_) {
      bury_gap(record, *skipped_from_, work);
      skipped_from_.reset();
    }
    take(record, ahead_[i % kDecodedAhead], work);
    next_offset_ = record.offset + 1;
  }
  keep_changed(work);
  forget(work);
  return finish(std::move(work));
}

// Sets ahead_ to the events among `records`.
void Step::decode_ahead(std::span<const ports::BusRecord> records) {
  ahead_.resize(kDecodedAhead);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const ports::BusRecord& record = records[i];
    const bool is_event = record.value && record.offset >= next_offset_ &&
                          wire::header_of(record.headers, "ce_type") == wire::kEventType;
    ahead_[i] = is_event ? std::optional(decoder_.decode(*record.value)) : std::nullopt;
  }
}

StepOutput Step::finish(Work work) {
  work.batch.meta = meta();
  const auto room_for = [](std::size_t size) { return std::min(size + size / 8, kMostRoom); };
  room_ = {room_for(work.batch.items.size()), room_for(work.batch.rows.size()),
           room_for(work.batch.bytes.size()), room_for(work.batch.outgoing.size())};
  metrics_.decisions(engine_.stats());
  metrics_.rules(engine_.rule_counts());
  metrics_.sizes(open_, is_open_.size(), router_.size());
  return {std::make_shared<const ports::StateBatch>(std::move(work.batch)),
          std::move(work.received), work.revisions};
}

void Step::take(const ports::BusRecord& record, std::optional<Result<Event>>& decoded, Work& work) {
  const auto type = wire::header_of(record.headers, "ce_type");
  if (!record.value) {
    metrics_.record("other");
    bury(record, "no_value", "a record without a value", work);
  } else if (type == wire::kEventType) {
    metrics_.record("event");
    take_event(record, *decoded, work);
  } else if (type == wire::kWordType) {
    metrics_.record("word");
    take_word(record, work);
  } else if (type == wire::kTickType) {
    metrics_.record("tick");
    take_tick(record, work);
  } else if (type == wire::kRulesType) {
    metrics_.record("rules");
    take_rules(record, work);
  } else {
    metrics_.record("other");
    bury(record, "unknown_record_type",
         type ? "ce_type: " + std::string(*type) : std::string("no header ce_type"), work);
  }
}

void Step::take_event(const ports::BusRecord& record, Result<Event>& decoded, Work& work) {
  if (!decoded) {
    bury(record, "undecodable_event", decoded.error().message, work);
    return;
  }
  const EventRef event(std::move(*decoded));
  Routed routed = router_.take(event);
  metrics_.verdict(event->source, routed.verdict);
  if (routed.conflict) {
    metrics_.conflict(event->source);
  }
  work.received.push_back(event->received);
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
  keep(*routed.changed, record, event, work);
  emit(engine_.apply(std::move(*routed.changed), cause), work);
}

// A state that is nothing but the event that was just decoded is kept as the event's own bytes.
void Step::keep(const EventState& state, const ports::BusRecord& record, const EventRef& event,
                Work& work) {
  const bool is_just_it = state.others.empty() && !(state.deciding && state.shown) &&
                          (state.deciding == event || state.shown == event);
  if (!is_just_it || record.value->size() > kLargestOriginal) {
    work.changed.push_back(event->id);
    return;
  }
  work.row.clear();
  wire::append_event_state(*record.value, !state.late(), work.row);
  work.batch.add_row({.kind = ports::RowKind::event, .id = uuid_of(event->id)}, work.row);
}

void Step::keep_changed(Work& work) {
  std::sort(work.changed.begin(), work.changed.end());
  work.changed.erase(std::unique(work.changed.begin(), work.changed.end()), work.changed.end());
  for (const EventId& id : work.changed) {
    const EventState* state = router_.find(id);
    FUSIOND_CHECK(state != nullptr, "what changed in this step is remembered");
    work.batch.add_row({.kind = ports::RowKind::event, .id = uuid_of(id)},
                       wire::encode_event_state(*state));
  }
}

void Step::take_word(const ports::BusRecord& record, Work& work) {
  const auto word = wire::decode_word(*record.value);
  if (!word) {
    bury(record, "undecodable_word", word.error().message, work);
    return;
  }
  const Cause cause{"word", word->event, 0, {config_.partition, record.offset}, word->said, *word};
  emit(engine_.apply(*word, cause), work);
  work.batch.add_row({.kind = ports::RowKind::event, .id = uuid_of(word->id)},
                     wire::encode_word_row(*engine_.word(word->id)));
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

// From here on the rules of this record hold, if they can.
void Step::take_rules(const ports::BusRecord& record, Work& work) {
  auto activation = wire::decode_rules(*record.value);
  if (!activation) {
    bury(record, "undecodable_rules", activation.error().message, work);
    return;
  }
  RulesOutcome outcome{
      *activation, config_.partition, record.offset, false, {}, rules_version(), 0};
  if (config_.partition != 0) {
    outcome.activation.files.clear();
  }
  if (const auto told = switch_to(*activation, record, work)) {
    outcome.taken = true;
    outcome.told = *told;
    rules_ = std::move(*activation);
    work.batch.add_row({.kind = ports::RowKind::event, .id = wire::kRulesRow},
                       wire::encode_rules_row(*rules_));
  } else {
    outcome.refused = told.error().message;
  }
  ports::Row row;
  row.kind = ports::RowKind::record;
  work.batch.add_item(
      row, wire::encode_out_record(wire::rules_outcome_record(config_.topics.rules, outcome)));
}

// How many revisions it made. Errors: why it cannot be taken.
Result<std::size_t> Step::switch_to(const RulesActivation& activation,
                                    const ports::BusRecord& record, Work& work) {
  if (rules_ && rules_->id == activation.id) {
    return fail(Fault::bad_input, "it holds already");
  }
  if (rules_ && !holds_over(activation, *rules_)) {
    return fail(Fault::bad_input, "one that was said later holds: " + rules_->version);
  }
  if (!config_.compile) {
    return fail(Fault::bad_input, "this process takes no rules");
  }
  auto bundle = config_.compile(activation);
  if (!bundle) {
    return fail(bundle.error());
  }
  const std::size_t before = work.revisions;
  const Cause cause{"rules", EventId{}, 0, {config_.partition, record.offset}, activation.said};
  emit(engine_.use_rules(std::move(*bundle), cause), work);
  return work.revisions - before;
}

void Step::emit(std::span<const IncidentRecord> incidents, Work& work) {
  for (const IncidentRecord& incident : incidents) {
    work.batch.add_revision({.kind = ports::RowKind::revision,
                             .id = uuid_of(incident.id),
                             .epoch = incident.epoch,
                             .revision = incident.revision,
                             .updated_us = micros_of(incident.updated)},
                            incident.bytes, incident.told);
    note_state(incident.id, incident.state);
    metrics_.revision(incident.change);
    ++work.revisions;
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
  ports::Row row;
  row.kind = ports::RowKind::record;
  work.batch.add_item(row,
                      wire::encode_out_record(wire::dead_letter_record(
                          config_.topics.dead_letters,
                          wire::sealed(std::move(letter), config_.limits.dead_letter_max_bytes))));
  metrics_.dead_letter(reason);
}

void Step::skip_to(std::uint64_t offset) {
  if (next_offset_ != 0) {
    skipped_from_ = skipped_from_.value_or(next_offset_);
    missed_ += offset - next_offset_;
  }
  next_offset_ = offset;
}

// The events topic has no holes by itself: what is missing was cut off or compacted away before it
// was read. Nobody can bring it back, but everybody can see that and where.
void Step::bury_gap(const ports::BusRecord& next, std::uint64_t from, Work& work) {
  ports::BusRecord first;
  first.topic = next.topic;
  first.partition = next.partition;
  first.offset = from;
  first.appended = next.appended;
  bury(first, "missed",
       "the log no longer had the offsets " + std::to_string(from) + " to " +
           std::to_string(next.offset - 1) + " when they were to be read",
       work);
}

void Step::forget(Work& work) {
  const auto passed = fusion::passed_by_all(engine_.sources());
  if (!passed) {
    return;
  }
  for (const WordId& id : engine_.forget_words(*passed - config_.router.remember)) {
    work.batch.add_row({.kind = ports::RowKind::event_gone, .id = uuid_of(id)}, {});
  }
  const std::vector<EventId> ids = router_.forget(*passed);
  if (ids.empty()) {
    return;
  }
  const std::vector<IncidentId> incidents = engine_.forget(ids);
  // The journal keeps what an incident still needs.
  for (const EventId& id : engine_.forgotten()) {
    work.batch.add_row({.kind = ports::RowKind::event_gone, .id = uuid_of(id)}, {});
  }
  for (const IncidentId& id : incidents) {
    work.batch.add_row({.kind = ports::RowKind::incident_gone, .id = uuid_of(id)}, {});
    note_state(id, IncidentState::closed);
    is_open_.erase(uuid_of(id));
  }
}

void Step::note_state(const IncidentId& id, IncidentState state) {
  bool& open = is_open_[uuid_of(id)];
  const bool now_open = counts_as_open(state);
  if (open != now_open) {
    open = now_open;
    open_ = now_open ? open_ + 1 : open_ - 1;
  }
}

}  // namespace fusiond::pipeline
