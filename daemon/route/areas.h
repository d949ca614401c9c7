// The grid of areas (design/0013): which one a place is in, which ones are within reach of it, and
// which shard owns an area. Pure, in integers.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/ids.h"
#include "daemon/model/event.h"

namespace fusiond::route {

// Rows of one height from the south pole to the north, each of columns as wide as it is high where
// the row is nearest to the equator. Events without a place have an area by their source.
struct Area {
  std::int32_t row = 0;  // -1: without a place, then column is a number of the source
  std::int32_t column = 0;
  friend auto operator<=>(const Area&, const Area&) = default;
};
[[nodiscard]] std::string text_of(const Area& area);

// Of `shards`, the one that owns an area. The same for ever: state and log depend on it.
[[nodiscard]] std::uint32_t owner_of(const Area& area, std::uint32_t shards);

class AreaGrid {
 public:
  // `cell_m`: the side of an area; 0: there is but one.
  explicit AreaGrid(std::uint32_t cell_m);

  [[nodiscard]] Area area_of(const Event& event) const;
  // Every area with a point within `metres` of the place, and perhaps some that are a little
  // farther.
  void within(const Place& place, std::uint32_t metres, std::vector<Area>& areas) const;

 private:
  [[nodiscard]] std::int64_t width_of(std::int32_t row) const;
  [[nodiscard]] Area at(std::int64_t lat, std::int64_t lon) const;

  std::int64_t height_;  // 1e-7 degrees; 0: one area
};

}  // namespace fusiond::route
