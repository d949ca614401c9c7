// Bytes at rest ↔ model: the journal's rows, the shard's meta, records that wait in an outbox or a
// spool.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/model/event_state.h"
#include "daemon/model/word.h"
#include "daemon/ports/bus.h"

namespace fusiond::wire {

// Version of the bytes at rest, and the one before, which is read too. Others are refused.
inline constexpr std::uint32_t kStateFormat = 3;
inline constexpr std::uint32_t kStateFormatBefore = 2;

struct ShardMeta {
  std::uint64_t next_offset = 0;  // of the input partition
  std::uint64_t epoch = 0;
  std::vector<SourceClock> sources;
  friend bool operator==(const ShardMeta&, const ShardMeta&) = default;
};

// Each decode gives back what was encoded, exactly. Errors: corrupt, since only fusiond writes
// these; bad_config for meta of another format.
std::string encode_event_state(const EventState& state);
Result<EventState> decode_event_state(std::string_view bytes);
// Appends the row of a state that holds one event and nothing else, which was decoded from
// `event_bytes`: it reads back as the same state, and nothing has to be encoded.
void append_event_state(std::string_view event_bytes, bool on_time, std::string& out);
// Rows of words stand among those of events, under the word's id.
std::string encode_word_row(const Word& word);
[[nodiscard]] bool is_word_row(std::string_view bytes);
Result<Word> decode_word_row(std::string_view bytes);
std::string encode_shard_meta(const ShardMeta& meta);
Result<ShardMeta> decode_shard_meta(std::string_view bytes);
std::string encode_out_record(const ports::OutRecord& record);
Result<ports::OutRecord> decode_out_record(std::string_view bytes);

}  // namespace fusiond::wire
