// The fit as one page that opens anywhere and prints: each estimate beside the data.
#pragma once

#include <string>

#include "daemon/fit/summary.h"

namespace fusiond::fit {

[[nodiscard]] std::string page_of(const History& history, const Estimates& estimates,
                                  const Versions& versions);

}  // namespace fusiond::fit
