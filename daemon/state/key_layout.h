// Where things are in the two RocksDB folders.
//
//   state folder, one per shard
//     family      key                      value
//     default     "format"                 version of this layout, in digits
//                 "published"              items below this number are, in digits; not synced
//     steps       sequence, 8 bytes        one step: rows, items, meta (step_frame.h)
//
//   spool folder, one per process
//     default     "format", "next_sequence"
//     spool       sequence, 8 bytes        v1.OutboxRecord, accepted and not in the log yet
//
// Sequences are written with the largest byte first, so that key order is their order.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fusiond::state {

inline constexpr std::string_view kFormatKey = "format";
inline constexpr std::string_view kPublishedKey = "published";
inline constexpr std::string_view kNextSequenceKey = "next_sequence";
// Families, as RocksDatabase numbers them.
inline constexpr std::size_t kDefault = 0;
inline constexpr std::size_t kSteps = 1;  // of the state
inline constexpr std::uint64_t kStateFormat = 3;
inline constexpr std::uint64_t kStateFormatBefore = 2;  // whole revisions; is read
inline constexpr std::uint64_t kSpoolFormat = 1;

inline std::string sequence_key(std::uint64_t sequence) {
  std::string key(sizeof(sequence), '\0');
  for (std::size_t i = key.size(); i > 0; --i) {
    key[i - 1] = static_cast<char>(sequence & 0xFFU);
    sequence >>= 8U;
  }
  return key;
}

inline std::optional<std::uint64_t> sequence_from(std::string_view key) {
  if (key.size() != sizeof(std::uint64_t)) {
    return std::nullopt;
  }
  std::uint64_t sequence = 0;
  for (const char c : key) {
    sequence = sequence << 8U | static_cast<unsigned char>(c);
  }
  return sequence;
}

// One past `sequence`, at most `next`.
inline std::uint64_t end_of(std::uint64_t sequence, std::uint64_t next) {
  return sequence < next ? sequence + 1 : next;
}

inline std::optional<std::uint64_t> digits_from(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

}  // namespace fusiond::state
