// Named areas. Polygons of whole 1e-7 degrees, so that inside or outside never depends on a
// rounding: an even-odd test in integers. A point on an edge counts to the side that the half-open
// test puts it on, always the same one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fusiond::rules {

struct ZonePoint {
  std::int32_t lat_e7 = 0;
  std::int32_t lon_e7 = 0;
  friend bool operator==(const ZonePoint&, const ZonePoint&) = default;
};
using Ring = std::vector<ZonePoint>;  // closed: the first point is not repeated

// Outer rings and holes alike: even-odd over all of them.
struct Zone {
  std::vector<Ring> rings;
};

class Zones {
 public:
  // False when there is one of that name.
  bool add(const std::string& name, Zone zone);
  [[nodiscard]] bool has(const std::string& name) const { return by_name_.contains(name); }
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] std::size_t size() const { return zones_.size(); }
  // Requires: has(name). Cost: the edges of that zone, if the point lies in its box.
  [[nodiscard]] bool inside(const std::string& name, ZonePoint point) const;
  // Whether their boxes have a point in common; false only of zones that have none. Requires: both
  // are known.
  [[nodiscard]] bool meet(const std::string& a, const std::string& b) const;

 private:
  struct Boxed {
    Zone zone;
    ZonePoint least;
    ZonePoint most;
  };
  std::map<std::string, std::size_t> by_name_;
  std::vector<Boxed> zones_;
};

// Why these rings bound no area, in words; empty when they do: fewer than three points, or two
// edges that cross.
[[nodiscard]] std::string fault_of(const Zone& zone);

}  // namespace fusiond::rules
