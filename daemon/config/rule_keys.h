// Every key of a rule file: its shape, what it means, whether it must be there. One table: the
// loader reads by it, the JSON Schema is written from it, and the reference page is held against
// it, so that the three cannot differ.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace fusiond::config {

enum class Shape : std::uint8_t {
  prose,           // free words; nothing decides on them
  name,            // letters, digits, . _ - /
  word,            // one of `choices`
  number,          // whole, `low` to `high`
  share,           // 0 to 1
  truth,           // true or false
  date,            // 2026-11-30
  moment,          // RFC 3339
  distance,        // 400 m
  length_of_time,  // 5 min, may have a sign
  speed,           // 200 km/h
  factor,          // 4x
  least_share,     // at least 0.60
  least_number,    // at least 8
  most_time,       // at most 24 h
  hours,           // 18:00-02:00 America/Los_Angeles
  point,           // [41.88, -87.63]
  names,           // a list of names, or one name
  words,           // a list of `choices`, or one of them
  object,          // `inner`
  objects,         // a list of `inner`
  planned,         // known, and not supported yet: refused, with `meaning` saying what
  refused,         // never supported: refused, with `meaning` saying why
};

struct KeyTable;

struct Key {
  std::string_view name;
  Shape shape = Shape::name;
  bool required = false;
  std::string_view meaning;
  std::span<const std::string_view> choices{};
  const KeyTable* inner = nullptr;
  std::int64_t low = 0;
  std::int64_t high = 0;
};

// The keys of one mapping.
struct KeyTable {
  std::string_view name;  // for people: "a rule", "a part"
  std::span<const Key> keys;
};

// What people write who know other rule languages, or an older form, and what it is called here.
struct OtherName {
  std::string_view theirs;
  std::string_view ours;
};

[[nodiscard]] const KeyTable& rule_keys();
[[nodiscard]] const KeyTable& bundle_keys();
[[nodiscard]] const KeyTable& suppressions_keys();
[[nodiscard]] std::span<const OtherName> other_names();

}  // namespace fusiond::config
