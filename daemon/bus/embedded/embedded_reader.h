// Reads one topic of the embedded log; wakes when something was appended.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/bus/embedded/embedded_bus.h"

namespace fusiond::bus {

// Threads: one at a time. Order: by offset within a partition; each read begins with another
// partition, so that none starves.
class EmbeddedReader final : public ports::BusReader {
 public:
  EmbeddedReader(EmbeddedBus& bus, const StoredTopic& topic,
                 const std::map<std::uint32_t, std::uint64_t>& next);
  Result<std::size_t> read(std::vector<ports::BusRecord>& out, std::size_t max,
                           std::chrono::milliseconds wait) override;
  Result<void> seek(std::uint32_t partition, std::uint64_t offset) override;

 private:
  struct Position {
    std::uint32_t partition = 0;
    std::uint64_t next = 0;
    ports::Extent extent;  // as of the last look
  };
  bool look() REQUIRES(bus_.mutex_);
  Result<std::size_t> read_partition(Position& position, std::size_t max,
                                     std::vector<ports::BusRecord>& out);

  EmbeddedBus& bus_;
  const std::string topic_;
  const std::uint32_t number_;
  const bool compacted_;
  std::vector<Position> positions_;
  std::size_t turn_ = 0;
  Counter& read_;
};

}  // namespace fusiond::bus
