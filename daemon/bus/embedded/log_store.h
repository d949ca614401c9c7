// The embedded log on disk: topics, records by offset, retention and compaction, all in one RocksDB
// folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/bus/embedded/key_layout.h"
#include "daemon/ports/bus.h"

namespace fusiond::bus {

struct StoredTopic {
  std::uint32_t number = 0;
  ports::TopicSpec spec;
};

// What is kept of a partition beside its records.
struct PartitionState {
  ports::Extent extent;
  std::uint64_t compacted_to = 0;   // before this offset each key has one record
  std::uint64_t tombstones_to = 0;  // before this offset there are no tombstones
};

struct NewRecord {
  Place place;
  std::uint64_t offset = 0;
  const std::string* bytes = nullptr;
};

// Threads: topics, partition, read and put_topic from any; what changes a partition from one at a
// time. Errors: unavailable when the disk does not do it (try again), corrupt.
class LogStore {
 public:
  struct Options {
    std::string dir;
    bool sync = true;
    std::uint64_t keep_free_bytes = 0;
    std::function<std::uint64_t()> free_bytes;  // of the disk; empty: ask the file system
  };
  // Makes the folder when it is missing. Errors: unavailable also when another process has it open.
  static Result<std::unique_ptr<LogStore>> open(const Options& options);
  struct Handles;
  explicit LogStore(std::unique_ptr<Handles> handles);  // for open()
  LogStore(const LogStore&) = delete;
  LogStore& operator=(const LogStore&) = delete;
  ~LogStore();

  [[nodiscard]] Result<std::vector<StoredTopic>> topics() const;
  Result<void> put_topic(const StoredTopic& topic);
  [[nodiscard]] Result<PartitionState> partition(Place place) const;

  // All or none; on disk (see sync) when it returns. After a disk error in mid-write only opening
  // anew helps; too little free space passes by itself.
  Result<void> append(const std::vector<NewRecord>& records);
  // Appends to `out` up to `max` records with offsets in [from, end), in order; topic and partition
  // are set by the caller's `topic` and `place`.
  Result<std::size_t> read(const std::string& topic, Place place, ports::Extent range,
                           std::size_t max, std::vector<ports::BusRecord>& out) const;

  // Drops records appended before `cutoff`; true when something went.
  Result<bool> expire(Place place, PartitionState& state, WallTime cutoff);
  // Looks at up to `max` records and drops those that a newer one of their key replaces; stops at
  // one appended after `until`. True when there is more to do.
  Result<bool> compact(Place place, PartitionState& state, WallTime until, std::size_t max);
  // Looks at up to `max` compacted records and drops tombstones appended before `until`. True when
  // there is more to do.
  Result<bool> drop_tombstones(Place place, PartitionState& state, WallTime until, std::size_t max);

 private:
  struct Found {
    std::uint64_t offset = 0;
    WallTime appended;
  };
  [[nodiscard]] Result<std::optional<Found>> first_from(Place place, std::uint64_t offset,
                                                        std::uint64_t end) const;

  std::unique_ptr<Handles> handles_;
};

}  // namespace fusiond::bus
