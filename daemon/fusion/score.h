// What an event means for the association score, and the score itself: design/0005, 2 and 3, all
// in integers. README.md writes the formulas out. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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
  std::uint8_t delay_row = 0;    // ... and which of the score's delays it is
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
  std::int64_t square = 0;  // d^2, (1/16 m)^2
  std::int64_t variance_m2 = 0;
  std::uint32_t background_n = 0;  // left 0 by Score
  Key key = Key::none;
  bool in_spread = true;  // d^2 <= 13.8 v
  friend bool operator==(const Heard&, const Heard&) = default;
};
[[nodiscard]] ScoreTerms terms_of(const Heard& heard);

class Score {
 public:
  // Requires: the tables have one entry per family, at most 16.
  explicit Score(const AssociationConfig& config);

  // All but the keys, which key_index.h numbers.
  [[nodiscard]] Facts facts_of(const Event& event) const;
  // Row of the type table; a kind without a row counts as "unclassified".
  [[nodiscard]] std::uint32_t kind_of(const std::string& name) const;

  [[nodiscard]] KeyTerm keys(const Facts& a, const Facts& b) const;
  // ln lambda(b) in milli-nats, with n events near by.
  [[nodiscard]] std::int64_t background_mn(std::uint32_t n) const {
    return n < backgrounds_mn_.size() ? backgrounds_mn_[n] : background_term(n);
  }
  // The most that place and delay can come to when something is compared with `event`.
  [[nodiscard]] std::int64_t most_mn(const Facts& event) const;
  // Its kind term with an episode, or with a report of kind `a`.
  [[nodiscard]] std::int64_t kind_mn(const Summary& summary, std::uint32_t kind) const {
    return summary.members == 1 ? pair_kind(summary.first_kind, kind) : belief_kind(summary, kind);
  }
  [[nodiscard]] std::int64_t kind_mn(std::uint32_t kind_a, std::uint32_t kind_b) const {
    return pair_kind(kind_a, kind_b);
  }
  // Is d^2 within the spread of two reports, v the sum of their variances?
  [[nodiscard]] bool in_spread(std::int64_t square, std::int64_t variance_m2) const {
    return square * 10 <= spread_ * variance_m2;
  }
  // L(a, b) of design/0005, 2. Requires: both have a place, a before b.
  [[nodiscard]] Heard pair(const Facts& a, const Facts& b) const;
  // The same L of two that share no key, from what a search compares of the earlier one.
  [[nodiscard]] std::int64_t pair_mn(const Glance& a, const Facts& b) const {
    return place_term(a.square, a.variance_m2 + b.variance_m2) +
           delay_term(a.delay_row, b, b.time - a.time) + pair_kind(a.kind, b.kind);
  }

  // Adds a member to what the earlier ones say. Requires: members come in (time, id) order.
  void add(Witness& witness, const Facts& member) const;
  [[nodiscard]] Summary summary_of(const Witness& witness) const;
  // L(a, e) of design/0005, 3: `event` against an episode's earlier members, who share `key` with
  // it. Requires: event has a place.
  [[nodiscard]] Heard episode(const Summary& summary, const Facts& anchor, const Facts& event,
                              const KeyTerm& key) const {
    Heard heard = timeless(summary, anchor, event, key);
    add_recent(summary.recent, heard);
    return heard;
  }
  // The same in two steps: all but `recent_mn`, at half the cost; and that, at most
  // `recent_most_mn`.
  [[nodiscard]] Heard timeless(const Summary& summary, const Facts& anchor, const Facts& event,
                               const KeyTerm& key) const;
  void add_recent(std::int64_t recent, Heard& heard) const;
  // Of an episode of one report, by what a search sees and its summary's variance: timeless(), the
  [[nodiscard]] Heard alone(const Glance& a, std::int64_t variance_m2, const Facts& event,
                            const KeyTerm& key) const;
  // total without keys, and `recent` and `recent_most_mn`.
  [[nodiscard]] std::int64_t alone_mn(const Glance& a, std::int64_t variance_m2,
                                      const Facts& event) const;
  static constexpr std::int64_t kFirstRecent = 1 << 20;
  [[nodiscard]] std::int64_t first_recent_mn() const { return first_recent_mn_; }

  // The leading family of members of these kinds in order, or nothing when none has half of the
  // belief.
  [[nodiscard]] std::optional<std::size_t> family_of(const std::vector<std::uint32_t>& kinds) const;

  [[nodiscard]] std::optional<std::size_t> family_of_kind(std::uint32_t kind) const {
    return kinds_[kind].family;
  }
  // Empty for none.
  [[nodiscard]] std::string_view family_name(std::optional<std::size_t> family) const {
    return family ? std::string_view(config_.families[*family]) : std::string_view();
  }

  // How often two that lack this much evidence turn out to be one, for a before b; 0 when it is not
  // worth saying.
  [[nodiscard]] std::uint32_t maybe_permille(std::int64_t short_by_mn, const Facts& a,
                                             const Facts& b) const;
  // What `b` is short by this much or more is never worth saying.
  [[nodiscard]] std::int64_t maybe_within_mn(const Facts& b) const;

  [[nodiscard]] const AssociationConfig& config() const { return config_; }
  [[nodiscard]] std::int64_t theta_mn() const { return config_.theta_mn; }

 private:
  struct Kind {
    std::array<std::int64_t, kMaxFamilies> ln{};     // ln P(family | kind), micro-nats
    std::array<std::int64_t, kMaxFamilies> ratio{};  // P(family | kind) / P(family), 2^-20
    std::int64_t caller_m = 0;                       // how far callers who tell of it stand off
    std::optional<std::size_t> family;               // the same when it has half of the belief
  };
  // The same for (b, a): so those that are compared with one event lie side by side.
  [[nodiscard]] std::int64_t pair_kind(std::uint32_t a, std::uint32_t b) const {
    return pair_kinds_[b * kinds_.size() + a];
  }
  [[nodiscard]] std::int64_t belief_kind(const Summary& summary, std::uint32_t kind) const;
  [[nodiscard]] std::int64_t place_term(std::int64_t distance2, std::int64_t variance_m2) const;
  [[nodiscard]] std::int64_t delay_term(std::uint8_t earlier_row, const Facts& event,
                                        std::int64_t gap_us) const;
  [[nodiscard]] std::int64_t background_term(std::uint32_t n) const;
  void tabulate();
  [[nodiscard]] std::int64_t fix_variance_m2(const Place& place) const;
  // How much likelier a report is for the members that came lately.
  [[nodiscard]] std::int64_t recent_term(std::int64_t recent, std::int64_t gap_us) const;
  [[nodiscard]] std::int64_t faded(std::int64_t recent, std::int64_t gap_us) const;
  [[nodiscard]] std::int64_t caller_stand_off_m(const std::vector<std::uint32_t>& row) const;
  void set_background();
  [[nodiscard]] std::int64_t stand_off_m(SourceKind source, LocationMethod method,
                                         std::uint32_t kind) const;

  AssociationConfig config_;
  std::size_t families_ = 0;
  std::array<std::int64_t, kMaxFamilies> prior_ln_{};
  std::unordered_map<std::string, std::uint32_t> kind_rows_;
  std::vector<Kind> kinds_;
  std::vector<std::int32_t> pair_kinds_;  // milli-nats
  std::uint32_t unclassified_ = 0;
  std::vector<std::int64_t> delays_us_;     // tau by source kind, then that of all others
  std::vector<std::int64_t> delay_lns_mn_;  // ln(tau + tau), for each two of them
  std::vector<std::int64_t> ln_permille_;   // 2 (ln 1000 - ln(1000 - p)), micro-nats, by p
  std::int64_t background_usual_ = 0;       // how many reports the usual rate is worth, 2^-20
  std::int64_t background_ln_ = 0;  // ln(pi R^2 T / share), for a count in 2^-20, micro-nats
  std::vector<std::int64_t> backgrounds_mn_;  // background_term of the smaller numbers
  std::int64_t first_recent_mn_ = 0;          // recent_term of an episode of one report just made
  std::int64_t spread_ = 0;                   // 13.8, in tenths and grid units
  bool narrow_ = false;  // shares times ratios stay within 64 bits, whatever the kinds
};

}  // namespace fusiond::fusion
