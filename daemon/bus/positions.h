// Where a reader begins and whether it can go on, the same for the back ends that keep their own
// offsets.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/ports/bus.h"

namespace fusiond::bus {

// Errors: corrupt when the log does not hold `offset` (any more): a reader never skips silently.
Result<void> check_position(const std::string& topic, std::uint32_t partition, std::uint64_t offset,
                            const ports::Extent& extent);

// The offset that `start` means. Errors: as above.
Result<std::uint64_t> start_offset(const std::string& topic, const ports::StartAt& start,
                                   const ports::Extent& extent);

// "topic/partition", for messages.
std::string place_name(const std::string& topic, std::uint32_t partition);

// The faults of all back ends for what the caller named wrongly; all are bad_config.
Error no_such_topic(const std::string& topic);
Error no_such_partition(const std::string& topic, std::uint32_t partition);
Error other_partitions(const std::string& topic, std::uint64_t wanted, std::uint64_t found);
Error other_policy(const std::string& topic, bool wanted_compacted);

}  // namespace fusiond::bus
