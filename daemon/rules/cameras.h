// Where cameras stand, and which of them are near a place. Journey: rules/live_rule.cc -> here
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/model/finding.h"
#include "daemon/rules/bundle.h"
#include "daemon/rules/case_rule.h"

namespace fusiond::rules {

class Cameras {
 public:
  // `point_of`: a place of 1e-7 degrees on the grid of reports.
  Cameras(const Bundle& bundle, const PointOf& point_of);

  // Those at most `within_cm` away, the nearest first, of equals by name; at most `nearest` of
  // them. Requires: within_cm <= 2 km. Cost: the cameras within some 4 km.
  [[nodiscard]] std::vector<CameraView> near(const Point& place, const WantedCameras& wanted) const;

 private:
  using Cell = std::array<std::int64_t, 3>;
  struct Standing {
    std::string device;
    Point at;
  };
  static Cell cell_of(const Point& point);

  std::map<Cell, std::vector<Standing>> by_cell_;
};

}  // namespace fusiond::rules
