#include "daemon/wire/records.h"

#include <utility>

#include "daemon/wire/tick_wire.h"
#include "daemon/wire/word_wire.h"

namespace fusiond::wire {
namespace {

constexpr std::size_t kSequenceDigits =
    20;  // of the largest 64-bit number, so that text order is number order
constexpr std::size_t kHashLetters = 16;

struct Attributes {
  std::string id;
  std::string source;
  std::string_view type;
  std::int64_t time_us = 0;
  std::string sequence;
  std::string partition_key;
};

ports::Headers headers_of(Attributes attributes) {
  return {{"ce_specversion", "1.0"},
          {"ce_id", std::move(attributes.id)},
          {"ce_source", std::move(attributes.source)},
          {"ce_type", std::string(attributes.type)},
          {"ce_time", to_rfc3339(attributes.time_us)},
          {"ce_sequence", std::move(attributes.sequence)},
          {"ce_partitionkey", std::move(attributes.partition_key)},
          {"content-type", "application/protobuf"}};
}

// CloudEvents wants sequences whose text order is their order.
void put_padded(std::uint64_t number, std::string& out) {
  const std::size_t end = out.size() + kSequenceDigits;
  out.append(kSequenceDigits, '0');
  for (std::size_t at = end; number != 0; number /= 10) {
    out[--at] = static_cast<char>('0' + number % 10);
  }
}
std::string padded(std::uint64_t number) {
  std::string text;
  put_padded(number, text);
  return text;
}

}  // namespace

std::optional<std::string_view> header_of(const ports::Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) {
      return value;
    }
  }
  return std::nullopt;
}

ports::OutRecord event_record(const std::string& topic, const Event& event, std::string bytes) {
  ports::OutRecord record;
  record.topic = topic;
  record.key = event.copy_of ? event.copy_of->str() : event.id.str();
  record.value = std::move(bytes);
  record.headers =
      headers_of({event.id.str() + "-" + std::to_string(event.revision), event.source.str(),
                  kEventType, micros_of(event.occurred), padded(event.revision), record.key});
  return record;
}

ports::OutRecord word_record(const std::string& topic, const Word& word) {
  ports::OutRecord record;
  record.topic = topic;
  record.key = word.id.str();
  record.value = encode_word(word);
  record.headers =
      headers_of({word.id.str() + "-" + std::to_string(word.revision), std::string(kOwnSource),
                  kWordType, micros_of(word.said), padded(word.revision), record.key});
  return record;
}

ports::OutRecord tick_record(const std::string& topic, std::uint32_t partition, const Tick& tick) {
  const std::int64_t us = micros_of(tick.ingest_time);
  ports::OutRecord record;
  record.topic = topic;
  record.key = "tick";
  record.value = encode_tick(tick);
  record.headers = headers_of({"tick/" + std::to_string(partition) + "/" + std::to_string(us),
                               std::string(kOwnSource), kTickType, us,
                               padded(static_cast<std::uint64_t>(us)), record.key});
  record.partition = partition;
  return record;
}

void RevisionHeaders::set(const RevisionStamp& stamp) {
  id_ = stamp.id.str();
  ce_id_.assign(id_).append("/").append(std::to_string(stamp.epoch));
  ce_id_.append("/").append(std::to_string(stamp.revision));
  time_ = to_rfc3339(micros_of(stamp.updated));
  sequence_.clear();
  put_padded(stamp.epoch, sequence_);
  sequence_.push_back('.');
  put_padded(stamp.revision, sequence_);
  headers_ = {{{"ce_specversion", "1.0"},
               {"ce_id", ce_id_},
               {"ce_source", kOwnSource},
               {"ce_type", kIncidentType},
               {"ce_time", time_},
               {"ce_sequence", sequence_},
               {"ce_partitionkey", id_},
               {"content-type", "application/protobuf"}}};
}

ports::OutRecord dead_letter_record(const std::string& topic, const DeadLetter& letter) {
  const std::int64_t us = micros_of(letter.received);
  const std::string source = letter.source.empty() ? std::string(kOwnSource) : letter.source.str();
  ports::OutRecord record;
  record.topic = topic;
  record.key = letter.source.str();
  record.value = encode_dead_letter(letter);
  record.headers =
      headers_of({source + "/" + std::to_string(us) + "/" +
                      letter.original_sha256.substr(0, kHashLetters) + "/" + letter.position,
                  source, kDeadLetterType, us, padded(static_cast<std::uint64_t>(us)), record.key});
  return record;
}

}  // namespace fusiond::wire
