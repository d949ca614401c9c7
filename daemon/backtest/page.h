// A comparison as one page that opens anywhere and prints.
#pragma once

#include <string>

#include "daemon/backtest/comparison.h"

namespace fusiond::backtest {

// Lists at most kPageExamples differences of each kind.
inline constexpr std::size_t kPageExamples = 50;
[[nodiscard]] std::string page_of(const Comparison& comparison);

}  // namespace fusiond::backtest
