// A comparison for the terminal and for programs.
#pragma once

#include <cstddef>
#include <string>

#include "daemon/backtest/comparison.h"

namespace fusiond::backtest {

// `examples`: at most so many differences of each kind.
[[nodiscard]] std::string text_of(const Comparison& comparison, std::size_t examples);
// All differences; times as RFC 3339, delays in seconds, shares from 0 to 1.
[[nodiscard]] std::string json_of(const Comparison& comparison);

// "1.4", "-12", "94 %"; two digits that count.
[[nodiscard]] std::string number_of(double value);
[[nodiscard]] std::string percent_of(double share);
// "very likely to be acceptable" and the like.
[[nodiscard]] std::string words_of(LoadVerdict verdict);
[[nodiscard]] std::string name_of(Change change);
// "83 of 100 founded (74 % to 89 %), 12 unknown"
[[nodiscard]] std::string words_of(const Precision& precision);

}  // namespace fusiond::backtest
