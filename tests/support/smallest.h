// Cuts a failing list down to a small one that still fails: drops ever smaller pieces until no
// single item can go (delta debugging; Zeller and Hildebrandt, 2002).
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace fusiond::support {

// Requires: fails(items). `fails` is asked often; it must depend on its argument alone.
template <class Item, class Fails>
std::vector<Item> smallest(std::vector<Item> items, Fails fails) {
  for (std::size_t piece = std::max<std::size_t>(items.size() / 2, 1); piece > 0;) {
    bool cut = false;
    for (std::size_t from = 0; from < items.size();) {
      std::vector<Item> rest;
      rest.reserve(items.size());
      const std::size_t to = std::min(from + piece, items.size());
      rest.insert(rest.end(), items.begin(), items.begin() + static_cast<std::ptrdiff_t>(from));
      rest.insert(rest.end(), items.begin() + static_cast<std::ptrdiff_t>(to), items.end());
      if (!rest.empty() && fails(rest)) {
        items = std::move(rest);
        cut = true;
      } else {
        from = to;
      }
    }
    piece = piece == 1 && cut ? 1 : piece / 2;
  }
  return items;
}

}  // namespace fusiond::support
