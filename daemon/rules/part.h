// One part of a rule: which reports it takes, and what each is worth. Plain values; the loader
// (config/load_rules.h) has checked them. config/rules/README.md says in words what each means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/model/finding.h"
#include "daemon/model/witness.h"

namespace fusiond::rules {

// Who tells of it: a set of witness kinds.
class Sources {
 public:
  void add(WitnessKind kind) { bits_ |= bit(kind); }
  [[nodiscard]] bool has(WitnessKind kind) const { return (bits_ & bit(kind)) != 0; }
  [[nodiscard]] bool has_all(const Sources& other) const { return (other.bits_ & ~bits_) == 0; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }
  friend bool operator==(const Sources&, const Sources&) = default;

 private:
  static std::uint32_t bit(WitnessKind kind) { return 1U << static_cast<unsigned>(kind); }
  std::uint32_t bits_ = 0;
};

// A field by which two reports may be the same or others.
enum class Field : std::uint8_t {
  witness,
  caller,
  device,
  plate,
  cad_number,
  source,
  author,
  report,  // of patterns: every one counts
};

enum class Standing : std::uint8_t { standing, cancelled };

// What a report must be in itself.
struct Match {
  std::vector<std::string> kinds;  // any of them; none = any kind
  std::optional<std::uint16_t> least_confidence_permille;
  std::optional<std::uint8_t> least_priority;
  std::vector<std::string> plate_lists;  // on any of them
  std::optional<Micros> list_age;        // no list that was older when the plate was read
  std::string words;                     // a list of the bundle
  bool standing = true;                  // takes reports that stand ...
  bool cancelled = false;                // ... and those that were called off
};

// To which part: its first report is meant. 0 is the anchor, then support, oppose, then in order.
using PartIndex = std::size_t;

struct Near {
  PartIndex of = 0;
  std::optional<std::int64_t> within_cm;
  std::optional<std::int64_t> beyond_cm;       // at least so far
  std::optional<std::int64_t> speed_mm_per_s;  // could one thing have gone there in the time
  bool use_error = true;  // the radii of both places are taken off the distance
};

struct Span {
  PartIndex of = 0;
  Micros from{0};  // both ends belong to it
  Micros to{0};
};

struct Same {
  PartIndex of = 0;
  Field field = Field::plate;
};

struct Part {
  std::string name;
  PartRole role = PartRole::support;
  Sources from;
  Match match;
  std::optional<Near> near;
  std::optional<Span> time;
  std::optional<Same> same;
  std::string inside;  // a zone; empty = anywhere
  Field distinct = Field::witness;
  std::uint32_t at_least = 1;
  std::uint32_t at_most = std::numeric_limits<std::uint32_t>::max();
  bool missing_fits = false;     // a report without the field asked for fits
  std::int64_t likelier_mn = 0;  // ln of the factor; of the anchor ln of its prior odds
  // Of role absent.
  Micros until{0};                 // after the anchor
  std::vector<std::string> feeds;  // configured sources that must have been heard so far
};

}  // namespace fusiond::rules
