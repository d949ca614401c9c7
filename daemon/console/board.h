// The current picture (of each incident the newest revision) and the last changes, as read from the
// changes topic. Plain data, no threads: hub.cc feeds it and holds the lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/console/cursor.h"
#include "daemon/ports/bus.h"

namespace fusiond::console {

struct BoardLimits {
  std::size_t ring_changes = 10'000;
  std::size_t ring_bytes = 256 << 20;
  std::chrono::seconds closed_keep{6 * 3600};
  std::size_t max_incidents = 50'000;
};

// One revision of one incident, as it came.
struct Change {
  std::uint64_t number = 0;  // counts the changes that this board took, from 0
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
  std::string incident_id;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  bool active = false;  // open or quiet
  WallTime updated;
  std::size_t digest = 0;
  bool in_ring = false;
  std::string bytes;  // until `json` is asked for
  std::string json;
};

enum class Taken : std::uint8_t {
  fresh,
  repeat,      // an older or the same revision: no effect, by the consumer's rule
  conflict,    // the same revision with other contents: no effect, and a bug somewhere
  unreadable,  // no incident
};

class Board {
 public:
  using Entry = std::shared_ptr<Change>;  // ring and picture share it

  explicit Board(BoardLimits limits) : limits_(limits) {}

  // The log of `partition` holds nothing before `offset`.
  void begin(std::uint32_t partition, std::uint64_t offset);
  // Records come in offset order per partition; those before the position are passed over as
  // repeats.
  Taken apply(ports::BusRecord record);

  // What has been read.
  [[nodiscard]] const Cursor& position() const { return position_; }
  // A reader that has everything before this can be given the rest without a gap.
  [[nodiscard]] std::uint64_t floor(std::uint32_t partition) const {
    return floor_.next(partition);
  }

  // The ring holds the changes with these numbers: [first, end).
  [[nodiscard]] std::uint64_t first() const { return end_ - ring_.size(); }
  [[nodiscard]] std::uint64_t end() const { return end_; }
  [[nodiscard]] const Entry& at(std::uint64_t number) const;

  // The JSON of a change; made once. Cost: the first time, that of parsing and printing it.
  const std::string& json(const Entry& change);

  // The active ones, or all that are kept; last updated first.
  [[nodiscard]] std::vector<Entry> picture(bool all) const;
  [[nodiscard]] Entry find(const std::string& incident_id) const;  // may be null
  // In the order in which they were taken.
  [[nodiscard]] std::vector<Entry> revisions(const std::string& incident_id) const;

  [[nodiscard]] std::size_t known() const { return newest_.size(); }
  [[nodiscard]] std::size_t active() const { return active_; }
  // Active incidents that left because there were too many.
  [[nodiscard]] std::uint64_t crowded_out() const { return crowded_out_; }

 private:
  void show(const Entry& change);
  void keep(const Entry& change);
  void forget(const std::string& incident_id);
  void prune();
  void crowd_out();

  BoardLimits limits_;
  Cursor position_;
  Cursor floor_;
  std::deque<Entry> ring_;
  std::size_t ring_bytes_ = 0;
  std::uint64_t end_ = 0;
  std::unordered_map<std::string, Entry> newest_;
  std::deque<Entry> ended_;  // in the order in which they became so
  std::size_t active_ = 0;
  std::uint64_t crowded_out_ = 0;
  WallTime latest_;
};

}  // namespace fusiond::console
