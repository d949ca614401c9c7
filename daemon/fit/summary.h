// The estimates as JSON: what page.h shows, for programs.
#pragma once

#include <string>

#include "daemon/fit/estimate.h"
#include "daemon/fit/history.h"

namespace fusiond::fit {

struct Versions {
  std::string given, fitted;
};

[[nodiscard]] std::string summary_of(const History& history, const Estimates& estimates,
                                     const Versions& versions);

// "estimated", "too_few", …
[[nodiscard]] const char* word_of(Verdict verdict);

}  // namespace fusiond::fit
