// What an event means for the association score, and what is summed up of several: plain numbers,
// made and compared by score.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/fusion/earth_grid.h"
#include "daemon/fusion/log_table.h"
#include "daemon/model/event.h"
#include "daemon/model/incident.h"

namespace fusiond::fusion {

constexpr std::size_t kMaxFamilies = 16;

// A place, if there is one; without one, * means nothing.
struct Spot {
  bool known = false;
  GridPoint point;
  explicit operator bool() const { return known; }
  const GridPoint& operator*() const { return point; }
  const GridPoint* operator->() const { return &point; }
  friend bool operator==(const Spot&, const Spot&) = default;
};

// What two reports may share, as numbers of key_index.h; 0 = not known. Numbers of CAD numbers and
// of duplicate-of meet.
struct KeyNumbers {
  std::uint32_t cad_number = 0;
  std::uint32_t duplicate_of = 0;
  std::uint32_t plate = 0;
  std::uint32_t caller = 0;
  std::uint32_t device = 0;
  std::uint32_t bits = 0;  // one of each number: who shares a key shares its bit
  // Those that can link cases.
  [[nodiscard]] bool any_for_cases() const { return (cad_number | duplicate_of | plate) != 0; }
  [[nodiscard]] bool any() const { return any_for_cases() || (caller | device) != 0; }
  friend bool operator==(const KeyNumbers&, const KeyNumbers&) = default;
};

// The part of an event that decides. Equal facts decide alike, whatever else the event says.
struct Facts {
  std::int64_t time = 0;  // occurred, microseconds
  Spot place;
  std::int64_t variance_m2 = 1;  // of the report and its stand-off
  std::int64_t delay_us = 1;     // tau ...
  std::uint8_t delay_row = 0;    // ... and which of the score's sources it is
  std::uint32_t kind = 0;        // row of the type table
  WitnessKind witness = WitnessKind::unspecified;
  Status status = Status::actual;
  KeyNumbers keys;
  friend bool operator==(const Facts&, const Facts&) = default;
};

// What the members of an episode say together, up to one of them. Sums only, so that it has one
// value whatever came first.
struct Witness {
  std::int64_t weight = 0;                          // sum of 2^32 / variance
  Wide x = 0, y = 0, z = 0;                         // places times weight
  std::array<std::int64_t, kMaxFamilies> belief{};  // 2 ln P(family), up to a constant, micro-nats
  std::int64_t last = 0;                            // time of the latest member
  std::int64_t recent = 0;  // members, each fading with its age, at that time, 2^-20
  std::uint32_t members = 0;
  std::uint32_t first_kind = 0;
  std::int32_t alone_mn = 0;  // how rarely others tell of what such an anchor does
};

// The same, ready to be scored against: made once per member, read by every later event near by.
struct Summary {
  GridPoint estimate;               // the members' places, by weight
  std::int64_t variance_m2 = 0;     // of the estimate, rounded up, and the floor
  std::int64_t last = 0;            // time of the latest member
  std::int64_t recent = 0;          // members, each fading with its age, at that time, 2^-20
  std::int64_t recent_most_mn = 0;  // what they count right then, and later ever less
  std::uint32_t members = 0;
  std::uint32_t first_kind = 0;
  std::int32_t alone_mn = 0;                        // of the anchor
  std::uint64_t shares = 0;                         // their sum, for more than one member
  std::int64_t shares_ln = 0;                       // ln of the sum of shares, in units of a ratio
  std::array<std::uint32_t, kMaxFamilies> share{};  // of the belief, up to a factor
};

// Evidence from shared keys: how much, and which key counted most.
enum class Key : std::uint8_t { none, cad, duplicate_of, plate, caller, device };
[[nodiscard]] const char* name_of(Key key);
struct KeyTerm {
  std::int64_t value_mn = 0;
  Key key = Key::none;
};

// What a search compares of an earlier event.
struct Glance {
  std::int64_t square = 0;  // d^2
  std::int64_t time = 0;
  std::uint32_t variance_m2 = 0;
  std::uint16_t kind = 0;
  std::uint8_t delay_row = 0;
  std::uint32_t key_bits = 0;
};

// One comparison in plain numbers: L and its terms. terms_of() writes it out.
struct Heard {
  std::int64_t place_mn = 0;
  std::int64_t delay_mn = 0;
  std::int64_t kind_mn = 0;
  std::int64_t keys_mn = 0;
  std::int64_t recent_mn = 0;
  std::int64_t total_mn = 0;
  std::int64_t need_mn = 0;  // left 0 by Score
  std::int64_t gap_us = 0;
  std::int64_t square = 0;         // d^2, (1/16 m)^2
  std::int64_t variance_m2 = 0;    // what d^2 is compared with, those further off counted in
  std::uint32_t background_n = 0;  // left 0 by Score
  Key key = Key::none;
  bool in_spread = true;  // d^2 <= 13.8 v
  friend bool operator==(const Heard&, const Heard&) = default;
};
[[nodiscard]] ScoreTerms terms_of(const Heard& heard);

}  // namespace fusiond::fusion
