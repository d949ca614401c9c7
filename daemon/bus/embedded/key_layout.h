// The keys of the embedded log in RocksDB. Numbers are big-endian, so that the order of keys is the
// order of offsets.
//
//   column family "default"   't' name                        → topic row: number, partitions,
//   compacted, retention
//                             'p' topic(4) partition(4)       → partition row: begin, end, the two
//                             cursors of compaction
//   column family "records"   topic(4) partition(4) offset(8) → the record (record_codec.h)
//   column family "newest"    topic(4) partition(4) key       → offset(8): of a compacted topic,
//   the one record of this key that is kept
//                                                               behind the cursor
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fusiond::bus {

struct Place {
  std::uint32_t topic = 0;
  std::uint32_t partition = 0;
};

inline void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift));
  }
}
inline void append_u64(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift));
  }
}
// Requires: at + 8 (or 4) <= bytes.size().
inline std::uint64_t u64_at(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}
inline std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

inline std::string place_key(Place place) {
  std::string key;
  append_u32(key, place.topic);
  append_u32(key, place.partition);
  return key;
}
inline std::string record_key(Place place, std::uint64_t offset) {
  std::string key = place_key(place);
  append_u64(key, offset);
  return key;
}
inline std::string newest_key(Place place, std::string_view key) {
  return place_key(place).append(key);
}
inline std::string topic_row_key(std::string_view name) {
  return std::string("t").append(name);
}
inline std::string partition_row_key(Place place) {
  return "p" + place_key(place);
}

constexpr std::size_t kRecordKeySize = 16;
constexpr std::size_t kOffsetAt = 8;

}  // namespace fusiond::bus
