// Where an incident is, and how surely: the fixes of independent witnesses weighted by their
// information (design/0010). Pure, in integers; the order of the fixes does not matter.
// Journey: fusion/explain.cc -> here
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/fusion/confidence.h"
#include "daemon/fusion/score.h"
#include "daemon/model/event.h"
#include "daemon/model/incident.h"

namespace fusiond::fusion {

struct Fix {
  WitnessName witness;
  Place place;
  Spot spot;                     // the same on the grid
  std::int64_t variance_m2 = 1;  // of the report and its stand-off
};

// One fix per witness: its best, the first of equals. Place: their mean weighted by 1 / variance.
// Radius: 95 % of a bivariate t with `trust` + 2 (n - 1) degrees of freedom and variance
//   max(1, (trust + chi^2) / (trust + 2 (n - 1))) / sum of 1 / variance,
// chi^2 the residuals: fixes that disagree beyond what they state widen it, fixes that agree never
// narrow it below what they state, and `trust` says how far what is stated is believed. Leaves in
// `fixes` those that count.
[[nodiscard]] std::optional<Estimate> estimate_place(std::vector<Fix>& fixes, std::uint32_t trust);

// A circle around all of them, each with its error: of reports that need not be of one place. Its
// centre is their mean. None of none.
[[nodiscard]] std::optional<Estimate> circle_around(const std::vector<Place>& places);

}  // namespace fusiond::fusion
