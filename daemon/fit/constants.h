// From estimates to the association's constants. The one place that knows how the score uses them:
// when a formula changes, this changes with it.
#pragma once

#include <string>
#include <vector>

#include "daemon/fit/estimate.h"
#include "daemon/fit/history.h"
#include "daemon/fusion/association_config.h"

namespace fusiond::fit {

// The given association with what was estimated in its place, as whole numbers. Its version is left
// as it was.
[[nodiscard]] fusion::AssociationConfig constants_of(const fusion::AssociationConfig& given,
                                                     const History& history,
                                                     const Estimates& estimates);

// "camera", …, "operator": as the association's file names them.
[[nodiscard]] const std::string& name_of_source(std::size_t source);
// "callers, fire" or "acoustic": of Parameters::stand_off_m.
[[nodiscard]] std::string name_of_stand_off(const History& history, std::size_t stand_off);

// What became of a quantity, in words: "estimated from 1366 pairs, 95 %: 63 to 70", "kept: …".
// `scale`: of the numbers shown; `decimals`: how exactly.
[[nodiscard]] std::string note_of(const Quantity& quantity, double scale = 1, int decimals = 0);

struct Interval {
  double low = 0, high = 0;
};
[[nodiscard]] Interval interval_of(const Quantity& quantity);  // 95 %

// A number with so many decimals, the same everywhere.
[[nodiscard]] std::string number(double value, int decimals);

}  // namespace fusiond::fit
