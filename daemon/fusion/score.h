// What an event means for the association score, and the score itself: design/0005, 2 and 3, all
// in integers. README.md writes the formulas out. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/fusion/association_config.h"
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
  friend bool operator==(const Spot&, const Spot&) = default;
};

// The part of an event that decides. Equal facts decide alike, whatever else the event says.
struct Facts {
  Status status = Status::actual;
  std::int64_t time = 0;  // occurred, microseconds
  Spot place;
  std::int64_t variance_m2 = 1;  // of the report and its stand-off
  std::int64_t delay_us = 1;     // tau
  std::size_t kind = 0;          // row of the type table
  Keys keys;
  friend bool operator==(const Facts&, const Facts&) = default;
};

// What the members of an episode say together, up to one of them. Sums only, so that it has one
// value whatever came first.
struct Witness {
  std::int64_t weight = 0;                          // sum of 2^32 / variance
  Wide x = 0, y = 0, z = 0;                         // places times weight
  std::array<std::int64_t, kMaxFamilies> belief{};  // 2 ln P(family), up to a constant, micro-nats
  std::int64_t last = 0;                            // time of the latest member
  std::uint32_t members = 0;
  std::size_t first_kind = 0;
};

// Evidence from shared keys: how much, and which key counted most.
struct KeyTerm {
  std::int64_t value_mn = 0;
  const char* key = "";
};

class Score {
 public:
  // Requires: the tables have one entry per family, at most 16.
  explicit Score(const AssociationConfig& config);

  [[nodiscard]] Facts facts_of(const Event& event) const;
  // Row of the type table; a kind without a row counts as "unclassified".
  [[nodiscard]] std::size_t kind_of(const std::string& name) const;

  // Does a member of this kind tell of something else than `b`? Such members are b's background.
  [[nodiscard]] bool unlike(std::size_t kind_a, std::size_t kind_b) const {
    return pair_kind(kind_a, kind_b) < 0;
  }
  [[nodiscard]] KeyTerm keys(const Facts& a, const Facts& b) const;
  // ln lambda(b) in milli-nats, with n unrelated events near by.
  [[nodiscard]] std::int64_t background_mn(std::uint32_t n) const;
  // The gates of `link`, for a before b: near in time and place, and within the spread unless a key
  // is shared.
  [[nodiscard]] bool in_pair_reach(const Facts& a, const Facts& b) const;
  struct Heard {
    ScoreTerms terms;         // need left 0
    bool in_spread = true;    // d^2 <= 13.8 v
    std::int64_t square = 0;  // d^2, (1/16 m)^2
    std::int64_t variance_m2 = 0;
  };
  // Writes the distance and its sigma into the terms, for those to read who want them.
  static void measure(Heard& heard);
  // L(a, b) of design/0005, 2, need left 0. Requires: both have a place, a before b.
  [[nodiscard]] Heard pair(const Facts& a, const Facts& b) const;

  // Adds a member to what the earlier ones say. Requires: members come in (time, id) order.
  void add(Witness& witness, const Facts& member) const;
  // L(a, e) of design/0005, 3: `event` against an episode's earlier members, who share `key` with
  // it. Requires: event has a place.
  [[nodiscard]] Heard episode(const Witness& witness, const Facts& anchor, const Facts& event,
                              const KeyTerm& key) const;

  // The leading family of members of these kinds in order, or nothing when none has half of the
  // belief.
  [[nodiscard]] std::optional<std::size_t> family_of(const std::vector<std::size_t>& kinds) const;

  [[nodiscard]] std::optional<std::size_t> family_of_kind(std::size_t kind) const {
    return kinds_[kind].family;
  }
  // Empty for none.
  [[nodiscard]] std::string family_name(std::optional<std::size_t> family) const {
    return family ? config_.families[*family] : std::string{};
  }

  [[nodiscard]] const AssociationConfig& config() const { return config_; }
  [[nodiscard]] std::int64_t theta_mn() const { return config_.theta_mn; }

 private:
  struct Kind {
    std::array<std::int64_t, kMaxFamilies> ln{};     // ln P(family | kind), micro-nats
    std::array<std::int64_t, kMaxFamilies> ratio{};  // P(family | kind) / P(family), 2^-20
    std::size_t leading = 0;                         // the likeliest
    std::optional<std::size_t> family;               // the same when it has half of the belief
  };
  [[nodiscard]] std::int64_t pair_kind(std::size_t a, std::size_t b) const {
    return pair_kinds_[a * kinds_.size() + b];
  }
  [[nodiscard]] std::int64_t kind_term(const Witness& witness, std::size_t kind) const;
  [[nodiscard]] std::int64_t place_term(std::int64_t distance2, std::int64_t variance_m2) const;
  [[nodiscard]] std::int64_t delay_term(const Facts& anchor, const Facts& event,
                                        std::int64_t gap_us) const;
  [[nodiscard]] std::int64_t stand_off_m(SourceKind source, LocationMethod method,
                                         std::size_t kind) const;

  AssociationConfig config_;
  std::size_t families_ = 0;
  std::array<std::int64_t, kMaxFamilies> prior_ln_{};
  std::map<std::string, std::size_t> kind_rows_;
  std::vector<Kind> kinds_;
  std::vector<std::int64_t> pair_kinds_;  // milli-nats
  std::size_t unclassified_ = 0;
  std::int64_t background_area_mn_ = 0;  // ln(2 pi R^2 T)
};

}  // namespace fusiond::fusion
