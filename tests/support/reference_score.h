// The formulas of design/0005, 2 and 3 for the reference fold, written a second time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "daemon/fusion/association_config.h"
#include "daemon/fusion/earth_grid.h"
#include "daemon/model/event.h"
#include "daemon/model/incident.h"

namespace fusiond::support {

// Anchors missed, by how much, and how often such two turn out to be one, permille.
using NearOnes = std::vector<std::tuple<std::size_t, std::int64_t, std::uint32_t>>;

// One event of the reference fold.
struct Report {
  Event decides;  // the record that groups; of a late one the record shown
  Event shows;
  bool late = false;
  std::uint32_t copies = 0;
  std::uint64_t deciding_revision = 0;
  std::int64_t time = 0;
  WallTime heard;  // the least ingest time among its contents
  std::optional<fusion::GridPoint> at;
  std::int64_t variance = 1;  // m^2
  std::int64_t tau_us = 1;
  std::int64_t alone_mn = 0;
  std::int64_t afar_permille = 0;   // of such callers, so many are ...
  std::int64_t afar_m = 0;          // ... this much further off
  std::int64_t whole_variance = 1;  // m^2, with those counted in
  std::vector<std::uint32_t> row;   // P(family | kind), ppm
  std::uint32_t background = 0;
  std::size_t anchor = 0;  // index of its anchor; its own for an anchor
  Reason reason;
  NearOnes near;
};

using Reports = std::vector<const Report*>;

std::vector<std::uint32_t> kind_row(const fusion::AssociationConfig& config,
                                    const std::string& kind);
void fill_in(Report& report, const fusion::AssociationConfig& config);
std::int64_t key_score(const Report& a, const Report& b, const fusion::AssociationConfig& config,
                       std::string& key);
std::int64_t pair_kind_mn(const Report& a, const Report& b,
                          const fusion::AssociationConfig& config);
bool pair_gates(const Report& a, const Report& b, const fusion::AssociationConfig& config);
std::int64_t need_mn(const Report& b, std::int64_t extra_mn,
                     const fusion::AssociationConfig& config);
ScoreTerms pair_score(const Report& a, const Report& b, const fusion::AssociationConfig& config);
// `members`: the episode's members before `e`, in order. Sets `in_spread` to d^2 <= 13.8 v.
// `keyed`: the events whose keys count; none given: all.
ScoreTerms episode_score(const Reports& members, const Report& e,
                         const fusion::AssociationConfig& config, bool& in_spread,
                         const Reports* keyed = nullptr);
// The family that has at least half of the belief; empty when none has.
std::string leading_family(const std::vector<std::vector<std::uint32_t>>& rows,
                           const fusion::AssociationConfig& config);

// Where they say it is, and the 95 % circle: one report per witness, the surest, weighted by
// information. `reports`: in order, each with its witness's name; all have a place.
Estimate place_of(const std::vector<std::pair<std::string, const Report*>>& reports,
                  std::uint32_t trust);

}  // namespace fusiond::support
