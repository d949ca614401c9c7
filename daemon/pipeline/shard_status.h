// How a shard is doing, for health and for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/time.h"

namespace fusiond::pipeline {

struct ShardStatus {
  bool running = false;
  bool halted = false;     // it stopped for good: its state or its log cannot be trusted
  bool caught_up = false;  // read the log to its end at least once since the start
  bool paused = false;     // the outbox is at its bound
  std::optional<std::string> trouble;  // the last error, until things go on
  std::uint64_t epoch = 0;
  std::uint64_t next_offset = 0;     // everything before it is in the state
  std::uint64_t lag_records = 0;     // between next_offset and the end of the log
  std::uint64_t missed_records = 0;  // since the start: gone from the log before they were read
  std::uint64_t outbox_entries = 0;
  std::uint64_t open_incidents = 0;
  std::uint64_t event_ids = 0;
  std::uint64_t restored_events = 0;
  std::uint64_t restored_incidents = 0;
  std::optional<WallTime> last_commit;
  WallTime last_received{};  // ingest time of the newest event that was fused
};

}  // namespace fusiond::pipeline
