// What a shard keeps across restarts. Bytes only; wire/state_wire.h gives them meaning. One atomic
// write per step.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/ports/bus.h"

namespace fusiond::ports {

// One step's changes, applied together or not at all. A missing value deletes the key.
struct StateBatch {
  using Change = std::pair<std::string, std::optional<std::string>>;
  std::vector<Change> journal;    // event id → EventStateRecord
  std::vector<Change> incidents;  // incident id → Incident as last emitted
  std::string meta;               // ShardMeta: input offset, epoch, source clocks
  std::vector<OutRecord> outbox;  // to be published, in order
};

struct OutboxEntry {
  std::uint64_t sequence = 0;  // rises by one per entry, never used twice
  OutRecord record;
};

// Threads: commit and visit from the shard's thread; outbox and published from the publisher's.
class StateStore {
 public:
  virtual ~StateStore() = default;
  // Durable (synced) when it returns if the batch has an outbox; else durable against a crash of
  // the process.
  virtual Result<void> commit(const StateBatch& batch) = 0;
  // Empty when the state is new.
  virtual Result<std::optional<std::string>> meta() const = 0;
  using Visit = std::function<void(std::string_view key, std::string_view value)>;
  virtual Result<void> visit_journal(const Visit& visit) const = 0;
  virtual Result<void> visit_incidents(const Visit& visit) const = 0;
  // Up to `max` entries from the first that is not published yet, at or after `from`.
  virtual Result<std::vector<OutboxEntry>> outbox(std::uint64_t from, std::size_t max) const = 0;
  // Drops entries up to and including `sequence`.
  virtual Result<void> published(std::uint64_t sequence) = 0;
};

}  // namespace fusiond::ports
