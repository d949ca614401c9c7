// Which partition a key belongs to: murmur2, as Kafka's Java client, so that every client and back
// end agrees.
#pragma once

#include <cstdint>
#include <string_view>

namespace fusiond::bus {

// The 32 bits that Kafka's Utils.murmur2 gives for these bytes.
std::uint32_t murmur2(std::string_view bytes);

// Requires: partitions > 0.
std::uint32_t partition_of(std::string_view key, std::uint32_t partitions);

}  // namespace fusiond::bus
