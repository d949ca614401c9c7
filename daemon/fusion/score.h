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
#include "daemon/fusion/facts.h"
#include "daemon/fusion/log_table.h"
#include "daemon/model/event.h"
#include "daemon/model/incident.h"

namespace fusiond::fusion {

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
    return summary.alone_mn + (summary.members == 1 ? pair_kind(summary.first_kind, kind)
                                                    : belief_kind(summary, kind));
  }
  [[nodiscard]] std::int64_t kind_mn(std::uint32_t kind_a, std::uint32_t kind_b) const {
    return pair_kind(kind_a, kind_b);
  }
  // Is d^2 within the spread of two reports?
  [[nodiscard]] bool in_spread(const Glance& a, const Facts& b) const {
    return within_spread(a.square, a.variance_m2 + b.variance_m2, mix(afar_of(a), afar_of(b)));
  }
  [[nodiscard]] bool in_spread(std::int64_t square, const Facts& a, const Facts& b) const {
    return within_spread(square, a.variance_m2 + b.variance_m2, mix(afar_of(a), afar_of(b)));
  }
  // The variance of a report with those who are further off counted in.
  [[nodiscard]] std::int64_t whole_variance_m2(const Facts& event) const {
    return event.variance_m2 + afar_m2_[afar_of(event)];
  }
  // L(a, b) of design/0005, 2. Requires: both have a place, a before b.
  [[nodiscard]] Heard pair(const Facts& a, const Facts& b) const;
  // The same L of two that share no key, from what a search compares of the earlier one.
  [[nodiscard]] std::int64_t pair_mn(const Glance& a, const Facts& b) const {
    return place_term(a.square, a.variance_m2 + b.variance_m2, mix(afar_of(a), afar_of(b))) +
           delay_term(a.delay_row, b, b.time - a.time) + pair_kind(a.kind, b.kind) +
           alone_mn_[a.delay_row];
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
  // Of an episode of one report, by what a search sees and its summary's variance: timeless(); its
  // total without keys; and `recent` and `recent_most_mn`.
  [[nodiscard]] Heard alone(const Glance& a, std::int64_t variance_m2, const Facts& event,
                            const KeyTerm& key) const;
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
    std::array<std::int64_t, kMaxFamilies> ratio{};  // P(family | kind) / P(family), less what
                                                     // the same kind takes, 2^-20
    std::int64_t same = 0;              // what a report of the same kind adds to that, 2^-20
    std::int64_t caller_m = 0;          // how far callers who tell of it stand off
    std::optional<std::size_t> family;  // the same when it has half of the belief
  };
  // The same for (b, a): so those that are compared with one event lie side by side.
  [[nodiscard]] std::int64_t pair_kind(std::uint32_t a, std::uint32_t b) const {
    return pair_kinds_[b * kinds_.size() + a];
  }
  [[nodiscard]] std::int64_t belief_kind(const Summary& summary, std::uint32_t kind) const;
  // Two places as near each other as their variances say, or, with its share, further off.
  struct Mix {
    std::int64_t near_mn = 0;   // ln of the shares
    std::int64_t far_mn = 0;    //
    std::int64_t extra_m2 = 0;  // what the second has more; 0: there is no second
  };
  // By two rows of caller_afar; row 0 is never further off.
  [[nodiscard]] const Mix& mix(std::size_t a, std::size_t b) const {
    return mixes_[a * (families_ + 1) + b];
  }
  // A caller's row is that of the leading family of what he tells of.
  template <class Report>
  [[nodiscard]] std::size_t afar_of(const Report& report) const {
    return report.delay_row == kCallerRow ? kinds_afar_[report.kind] : 0;
  }
  static constexpr auto kCallerRow = static_cast<std::uint8_t>(SourceKind::cad);
  [[nodiscard]] bool within_spread(std::int64_t square, std::int64_t variance_m2,
                                   const Mix& mix) const {
    return square * 10 <= spread_ * (variance_m2 + mix.extra_m2);
  }
  [[nodiscard]] std::int64_t place_term(std::int64_t square, std::int64_t variance_m2,
                                        const Mix& mix) const;
  void tabulate_afar();
  [[nodiscard]] std::int64_t delay_term(std::uint8_t earlier_row, const Facts& event,
                                        std::int64_t gap_us) const;
  [[nodiscard]] std::int64_t background_term(std::uint32_t n) const;
  void tabulate();
  [[nodiscard]] Kind kind_row(const std::string& name, const std::vector<std::uint32_t>& row) const;
  void tabulate_kinds(const std::map<std::string, std::vector<std::uint32_t>>& rows);
  [[nodiscard]] std::int64_t fix_variance_m2(const Place& place) const;
  // How much likelier a report is for the members that came lately.
  [[nodiscard]] std::int64_t recent_term(std::int64_t recent, std::int64_t gap_us) const;
  [[nodiscard]] std::int64_t faded(std::int64_t recent, std::int64_t gap_us) const;
  [[nodiscard]] std::size_t caller_family(const std::vector<std::uint32_t>& row) const;
  void set_background();
  [[nodiscard]] std::int64_t stand_off_m(SourceKind source, LocationMethod method,
                                         std::uint32_t kind) const;

  AssociationConfig config_;
  std::size_t families_ = 0;
  std::array<std::int64_t, kMaxFamilies> prior_ln_{};
  std::unordered_map<std::string, std::uint32_t> kind_rows_;
  std::vector<Kind> kinds_;
  std::vector<std::int32_t> pair_kinds_;  // milli-nats
  std::vector<std::uint8_t> kinds_afar_;  // the row of caller_afar of a caller's report, from 1
  std::vector<Mix> mixes_;
  std::vector<std::int64_t> afar_m2_;  // share times variance of who is further off, by that row
  std::vector<std::int16_t> soft_mn_;  // ln(1 + exp(-x)), x in steps of 8 milli-nats
  std::uint32_t unclassified_ = 0;
  std::vector<std::int64_t> delays_us_;     // tau by source kind; kUnitRow: a unit's call
  std::vector<std::int32_t> alone_mn_;      // ln(1 - the share nobody else tells of), likewise
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
