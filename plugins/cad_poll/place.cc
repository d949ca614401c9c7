#include "plugins/cad_poll/place.h"

#include <algorithm>

#include "plugins/sdk/json_read.h"

namespace fusiond::cad_poll {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Digits, then at least two X, and nothing else: "24XX", "XX".
bool is_masked_number(std::string_view word) {
  const auto number_end = std::min(word.find_first_not_of("0123456789"), word.size());
  const auto mask = word.substr(number_end);
  return mask.size() >= 2 && mask.find_first_not_of("Xx") == std::string_view::npos;
}

bool names_block(const Options& options, std::string_view address) {
  while (!address.empty()) {
    const auto end = std::min(address.find(' '), address.size());
    const auto word = address.substr(0, end);
    const auto lower = sdk::lower_ascii(word);
    const bool listed = std::ranges::any_of(
        options.block_words, [&](const auto& block) { return sdk::lower_ascii(block) == lower; });
    if (listed || is_masked_number(word)) {
      return true;
    }
    address.remove_prefix(std::min(end + 1, address.size()));
  }
  return false;
}

// A mark between two things, but not the fraction in "12 1/2 ST".
bool names_intersection(const Options& options, std::string_view address) {
  for (const auto& mark : options.intersection_marks) {
    const auto at = address.find(mark);
    if (mark.empty() || at == std::string_view::npos || at == 0 ||
        at + mark.size() >= address.size()) {
      continue;
    }
    if (!is_digit(address[at - 1]) || !is_digit(address[at + mark.size()])) {
      return true;
    }
  }
  return false;
}

}  // namespace

v1::PrecisionNote precision_of(const Options& options, std::string_view address) {
  if (names_block(options, address) || options.point_precision == "block") {
    return v1::PRECISION_NOTE_BLOCK;
  }
  if (names_intersection(options, address) || options.point_precision == "intersection") {
    return v1::PRECISION_NOTE_INTERSECTION;
  }
  return v1::PRECISION_NOTE_UNSPECIFIED;
}

}  // namespace fusiond::cad_poll
