#include "daemon/rules/cameras.h"

#include <algorithm>
#include <utility>

namespace fusiond::rules {
namespace {

constexpr std::int64_t kUnitsPerMetre = 16;
constexpr std::int64_t kCell = 2000 * kUnitsPerMetre;  // no rule looks farther

std::int64_t square(std::int64_t n) {
  return n * n;
}

// The largest whole number of metres that is no more than the root of `units2` in (1/16 m)^2.
// Requires: some 4 km at most.
std::uint32_t metres_of(std::int64_t units2) {
  std::int64_t least = 0;
  std::int64_t beyond = 4096;
  while (beyond - least > 1) {
    const std::int64_t middle = (least + beyond) / 2;
    (square(middle * kUnitsPerMetre) <= units2 ? least : beyond) = middle;
  }
  return static_cast<std::uint32_t>(least);
}

}  // namespace

Cameras::Cell Cameras::cell_of(const Point& point) {
  const auto down = [](std::int64_t n) { return n >= 0 ? n / kCell : -((-n + kCell - 1) / kCell); };
  return {down(point.x), down(point.y), down(point.z)};
}

Cameras::Cameras(const Bundle& bundle, const PointOf& point_of) {
  for (const Camera& camera : bundle.cameras) {
    const Point at = point_of(camera.at.lat_e7, camera.at.lon_e7);
    by_cell_[cell_of(at)].push_back({camera.device, at});
  }
}

std::vector<CameraView> Cameras::near(const Point& place, const WantedCameras& wanted) const {
  const std::int64_t reach = wanted.within_cm * kUnitsPerMetre / 100;
  std::vector<std::pair<std::int64_t, std::string>> found;
  const Cell here = cell_of(place);
  for (std::int64_t x = here[0] - 1; x <= here[0] + 1; ++x) {
    for (std::int64_t y = here[1] - 1; y <= here[1] + 1; ++y) {
      for (std::int64_t z = here[2] - 1; z <= here[2] + 1; ++z) {
        const auto cell = by_cell_.find({x, y, z});
        if (cell == by_cell_.end()) {
          continue;
        }
        for (const Standing& one : cell->second) {
          const std::int64_t units2 =
              square(one.at.x - place.x) + square(one.at.y - place.y) + square(one.at.z - place.z);
          if (units2 <= square(reach)) {
            found.emplace_back(units2, one.device);
          }
        }
      }
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<CameraView> views;
  for (const auto& [units2, device] : found) {
    if (views.size() < wanted.nearest) {
      views.push_back({device, metres_of(units2)});
    }
  }
  return views;
}

}  // namespace fusiond::rules
