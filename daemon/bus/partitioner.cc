#include "daemon/bus/partitioner.h"

#include <cstddef>

#include "daemon/base/check.h"

namespace fusiond::bus {
namespace {

constexpr std::uint32_t kMultiplier = 0x5bd1e995;
constexpr std::uint32_t kSeed = 0x9747b28c;  // the one Kafka's producers use

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

}  // namespace

std::uint32_t murmur2(std::string_view bytes) {
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(bytes.size());
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word = byte_at(bytes, at) | byte_at(bytes, at + 1) << 8 |
                         byte_at(bytes, at + 2) << 16 | byte_at(bytes, at + 3) << 24;
    word *= kMultiplier;
    word ^= word >> 24;
    word *= kMultiplier;
    hash = hash * kMultiplier ^ word;
  }
  const std::size_t rest = bytes.size() - at;
  if (rest > 0) {
    for (std::size_t i = rest; i-- > 0;) {
      hash ^= byte_at(bytes, at + i) << (8 * i);
    }
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  return hash ^ hash >> 15;
}

std::uint32_t partition_of(std::string_view key, std::uint32_t partitions) {
  FUSIOND_CHECK(partitions > 0, "a topic has at least one partition");
  return (murmur2(key) & 0x7fffffffU) % partitions;
}

}  // namespace fusiond::bus
