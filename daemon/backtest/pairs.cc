#include "daemon/backtest/pairs.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "daemon/calibrate/outcome_lines.h"

namespace fusiond::backtest {
namespace {

std::pair<std::string, std::string> key_of(const std::string& a, const std::string& b) {
  return a < b ? std::pair(a, b) : std::pair(b, a);
}

}  // namespace

Result<void> SilverPairs::read(const std::string& line) {
  if (line.empty()) {
    return {};
  }
  const auto cells = calibrate::csv_cells(line);
  if (!cells) {
    return fail(cells.error());
  }
  if (columns_ == 0) {
    columns_ = cells->size();
    for (const auto& [name, place] :
         {std::pair{"event_a", &a_}, std::pair{"event_b", &b_}, std::pair{"p_genuine", &share_}}) {
      const auto at = std::find(cells->begin(), cells->end(), name);
      if (at == cells->end()) {
        columns_ = 0;
        return fail(Fault::bad_config, std::string("the head has no column ") + name);
      }
      *place = static_cast<std::size_t>(at - cells->begin());
    }
    return {};
  }
  if (cells->size() != columns_) {
    return fail(Fault::bad_input, "has " + std::to_string(cells->size()) + " columns, the head " +
                                      std::to_string(columns_));
  }
  const std::string& text = (*cells)[share_];
  double share = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share);
  if (error != std::errc{} || end != text.data() + text.size() || !(share >= 0 && share <= 1)) {
    return fail(Fault::bad_input, "p_genuine must be from 0 to 1, got: " + text);
  }
  shares_.insert_or_assign(key_of((*cells)[a_], (*cells)[b_]), share);
  return {};
}

const double* SilverPairs::share(const std::string& a, const std::string& b) const {
  const auto found = shares_.find(key_of(a, b));
  return found == shares_.end() ? nullptr : &found->second;
}

}  // namespace fusiond::backtest
