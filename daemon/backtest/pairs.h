// Pairs of reports with the measured share of those that are one occurrence: no label of a single
// pair, so only sums say something.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "daemon/base/result.h"

namespace fusiond::backtest {

class SilverPairs {
 public:
  // A line of CSV; the first names the columns, of which event_a, event_b and p_genuine are read.
  // Errors: bad_input that names the column and the value.
  Result<void> read(const std::string& line);
  // The share of a pair, whichever comes first; nothing when it is not among them.
  [[nodiscard]] const double* share(const std::string& a, const std::string& b) const;
  [[nodiscard]] std::size_t size() const { return shares_.size(); }

 private:
  std::size_t a_ = 0, b_ = 0, share_ = 0, columns_ = 0;
  std::map<std::pair<std::string, std::string>, double> shares_;
};

}  // namespace fusiond::backtest
