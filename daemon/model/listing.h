// Which of many a record lists: with more than `most` the first half and the last half of them.
#pragma once

#include <algorithm>
#include <cstddef>

namespace fusiond {

struct Listing {
  std::size_t first = 0;  // listed: those before this one ...
  std::size_t last = 0;   // ... and from this one on
  [[nodiscard]] bool has(std::size_t i) const { return i < first || i >= last; }
};

constexpr Listing listing_of(std::size_t total, std::size_t most) {
  return total <= most ? Listing{total, total} : Listing{most - most / 2, total - most / 2};
}

}  // namespace fusiond
