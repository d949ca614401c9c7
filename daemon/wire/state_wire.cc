#include "daemon/wire/state_wire.h"

#include <utility>

#include "daemon/wire/event_wire.h"
#include "daemon/wire/fields.h"
#include "daemon/wire/tick_wire.h"
#include "daemon/wire/word_wire.h"
#include "fusiond/v1/internal.pb.h"

namespace fusiond::wire {
namespace {

std::unexpected<Error> corrupt(const Error& error, std::string_view what) {
  return fail(Fault::corrupt, std::string(what) + ": " + error.message);
}

Result<EventRef> event_if(bool present, const v1::Event& message, std::string_view what) {
  if (!present) {
    return EventRef{};
  }
  auto event = event_from(message);
  if (!event) {
    return corrupt(event.error(), what);
  }
  return EventRef(std::move(*event));
}

// Protobuf's wire format, as far as a waiting record needs it; every field number is below 16.
constexpr std::uint32_t kNumber = 0;
constexpr std::uint32_t kText = 2;
constexpr std::size_t kMaxNumber = 11;  // bytes of a tag and the largest number

void put_tag(int field, std::uint32_t form, std::string& out) {
  out.push_back(static_cast<char>((static_cast<std::uint32_t>(field) << 3U) | form));
}

void put_number(std::uint64_t number, std::string& out) {
  while (number > 0x7F) {
    out.push_back(static_cast<char>((number & 0x7FU) | 0x80U));
    number >>= 7U;
  }
  out.push_back(static_cast<char>(number));
}

// An empty text is left out, as proto3 does.
void put_text(int field, std::string_view text, std::string& out) {
  if (!text.empty()) {
    put_tag(field, kText, out);
    put_number(text.size(), out);
    out += text;
  }
}

// What put_text adds.
std::size_t text_size(std::string_view text) {
  if (text.empty()) {
    return 0;
  }
  std::size_t size = 2 + text.size();
  for (std::size_t left = text.size(); left > 0x7F; left >>= 7U) {
    ++size;
  }
  return size;
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
  for (const EventRef& other : state.others) {
    write_event(*other, *message.add_others());
  }
  return bytes_of(message);
}

void append_event_state(std::string_view event_bytes, bool on_time, std::string& out) {
  put_tag(on_time ? v1::EventStateRecord::kDecidingFieldNumber
                  : v1::EventStateRecord::kShownFieldNumber,
          kText, out);
  put_number(event_bytes.size(), out);
  out += event_bytes;
  if (on_time) {
    put_tag(v1::EventStateRecord::kOnTimeFieldNumber, kNumber, out);
    put_number(1, out);
  }
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
    state.others.emplace_back(std::move(*other));
  }
  return state;
}

std::string encode_word_row(const Word& word) {
  v1::EventStateRecord message;
  write_word(word, *message.mutable_word());
  return bytes_of(message);
}

// Nothing stands before a word's field, and that field stands first in no other row.
bool is_word_row(std::string_view bytes) {
  constexpr char kTag = v1::EventStateRecord::kWordFieldNumber << 3 | kText;
  return !bytes.empty() && bytes.front() == kTag;
}

Result<Word> decode_word_row(std::string_view bytes) {
  v1::EventStateRecord message;
  if (auto good = parse_into(message, bytes, "word"); !good) {
    return corrupt(good.error(), "journal");
  }
  auto word = word_from(message.word());
  return word ? std::move(word) : corrupt(word.error(), "journal: word");
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
  if (message.format() == 0 || message.epoch() == 0) {
    return fail(Fault::corrupt, "state: the shard meta lacks its format or epoch");
  }
  if (message.format() != kStateFormat && message.format() != kStateFormatBefore) {
    return fail(Fault::bad_config, "the state was written by another version of fusiond: format " +
                                       std::to_string(message.format()) + ", this one reads " +
                                       std::to_string(kStateFormatBefore) + " and " +
                                       std::to_string(kStateFormat));
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

// Written by hand: records are most of what a step saves, and a message would copy every text once
// more.
std::string encode_out_record(const ports::OutRecord& record) {
  std::size_t size = text_size(record.topic) + text_size(record.key) + kMaxNumber;
  size += record.value ? text_size(*record.value) : 0;
  for (const auto& [name, value] : record.headers) {
    size += text_size(name) + text_size(value) + kMaxNumber;
  }
  std::string out;
  out.reserve(size);
  put_text(v1::OutboxRecord::kTopicFieldNumber, record.topic, out);
  put_text(v1::OutboxRecord::kKeyFieldNumber, record.key, out);
  if (record.value) {
    put_tag(v1::OutboxRecord::kValueFieldNumber, kText, out);
    put_number(record.value->size(), out);
    out += *record.value;
  }
  for (const auto& [name, value] : record.headers) {
    put_tag(v1::OutboxRecord::kHeadersFieldNumber, kText, out);
    put_number(text_size(name) + text_size(value), out);
    put_text(v1::OutboxRecord::Header::kNameFieldNumber, name, out);
    put_text(v1::OutboxRecord::Header::kValueFieldNumber, value, out);
  }
  if (record.partition) {
    put_tag(v1::OutboxRecord::kPartitionFieldNumber, kNumber, out);
    put_number(*record.partition, out);
  }
  return out;
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
