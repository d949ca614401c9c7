// The bytes of one record in the embedded log:
//   format 0x01 · append time (8 bytes, big-endian microseconds) · flags (bit 0: has a value) ·
//   key · header count · (name · value)* · value, each text with its length in front, lengths as
//   LEB128.
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/ports/bus.h"

namespace fusiond::bus {

// Without its append time, which is known when it is written.
std::string encode_record(const ports::OutRecord& record);
void stamp_record(std::string& bytes, WallTime appended);

// Fills appended, key, value and headers of `out`. Errors: corrupt.
Result<void> decode_record(std::string_view bytes, ports::BusRecord& out);

// What retention and compaction need to know of a record.
struct RecordHead {
  WallTime appended;
  bool tombstone = false;
  std::string_view key;  // inside `bytes`
};
Result<RecordHead> decode_head(std::string_view bytes);

}  // namespace fusiond::bus
