#include "daemon/wire/state_wire.h"

#include <utility>

#include "daemon/wire/event_wire.h"
#include "daemon/wire/fields.h"
#include "daemon/wire/tick_wire.h"
#include "fusiond/v1/internal.pb.h"

namespace fusiond::wire {
namespace {

std::unexpected<Error> corrupt(const Error& error, std::string_view what) {
  return fail(Fault::corrupt, std::string(what) + ": " + error.message);
}

Result<std::optional<Event>> event_if(bool present, const v1::Event& message,
                                      std::string_view what) {
  if (!present) {
    return std::nullopt;
  }
  auto event = event_from(message);
  if (!event) {
    return corrupt(event.error(), what);
  }
  return std::move(*event);
}

}  // namespace

std::string encode_event_state(const EventState& state) {
  v1::EventStateRecord message;
  if (state.deciding) {
    write_event(*state.deciding, *message.mutable_deciding());
  }
  if (state.shown) {
    write_event(*state.shown, *message.mutable_shown());
  }
  message.set_on_time(!state.late());
  for (const Event& other : state.others) {
    write_event(other, *message.add_others());
  }
  return bytes_of(message);
}

Result<EventState> decode_event_state(std::string_view bytes) {
  v1::EventStateRecord message;
  if (auto good = parse_into(message, bytes, "event state"); !good) {
    return corrupt(good.error(), "journal");
  }
  auto deciding = event_if(message.has_deciding(), message.deciding(), "journal: deciding");
  if (!deciding) {
    return fail(deciding.error());
  }
  auto shown = event_if(message.has_shown(), message.shown(), "journal: shown");
  if (!shown) {
    return fail(shown.error());
  }
  if (!*deciding && !*shown) {
    return fail(Fault::corrupt, "journal: a row without an event");
  }
  EventState state{std::move(*deciding), std::move(*shown), {}};
  for (const auto& row : message.others()) {
    auto other = event_from(row);
    if (!other) {
      return corrupt(other.error(), "journal: others");
    }
    state.others.push_back(std::move(*other));
  }
  return state;
}

std::string encode_shard_meta(const ShardMeta& meta) {
  v1::ShardMeta message;
  message.set_next_offset(meta.next_offset);
  message.set_epoch(meta.epoch);
  message.set_format(kStateFormat);
  for (const SourceClock& clock : meta.sources) {
    write_source_clock(clock, *message.add_sources());
  }
  return bytes_of(message);
}

Result<ShardMeta> decode_shard_meta(std::string_view bytes) {
  v1::ShardMeta message;
  if (auto good = parse_into(message, bytes, "shard meta"); !good) {
    return corrupt(good.error(), "state");
  }
  if (message.format() > kStateFormat) {
    return fail(Fault::bad_config, "the state was written by a newer fusiond: format " +
                                       std::to_string(message.format()) +
                                       ", this one reads up to " + std::to_string(kStateFormat));
  }
  if (message.format() == 0 || message.epoch() == 0) {
    return fail(Fault::corrupt, "state: the shard meta lacks its format or epoch");
  }
  ShardMeta meta{message.next_offset(), message.epoch(), {}};
  for (const auto& row : message.sources()) {
    auto clock = source_clock_from(row);
    if (!clock) {
      return corrupt(clock.error(), "state: shard meta");
    }
    meta.sources.push_back(std::move(*clock));
  }
  return meta;
}

std::string encode_out_record(const ports::OutRecord& record) {
  v1::OutboxRecord message;
  message.set_topic(record.topic);
  message.set_key(record.key);
  if (record.value) {
    message.set_value(*record.value);
  }
  for (const auto& [name, value] : record.headers) {
    auto& header = *message.add_headers();
    header.set_name(name);
    header.set_value(value);
  }
  if (record.partition) {
    message.set_partition(*record.partition);
  }
  return bytes_of(message);
}

Result<ports::OutRecord> decode_out_record(std::string_view bytes) {
  v1::OutboxRecord message;
  if (auto good = parse_into(message, bytes, "record"); !good) {
    return corrupt(good.error(), "outbox or spool");
  }
  if (message.topic().empty()) {
    return fail(Fault::corrupt, "outbox or spool: a record without a topic");
  }
  ports::OutRecord record;
  record.topic = std::move(*message.mutable_topic());
  record.key = std::move(*message.mutable_key());
  if (message.has_value()) {
    record.value = std::move(*message.mutable_value());
  }
  for (auto& header : *message.mutable_headers()) {
    record.headers.emplace_back(std::move(*header.mutable_name()),
                                std::move(*header.mutable_value()));
  }
  if (message.has_partition()) {
    record.partition = message.partition();
  }
  return record;
}

}  // namespace fusiond::wire
