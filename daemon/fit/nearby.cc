#include "daemon/fit/nearby.h"

#include <algorithm>
#include <cmath>

namespace fusiond::fit {

Nearby::Nearby(const std::vector<Report>& reports, double reach_m)
    : reports_(reports), reach_m_(reach_m) {
  for (std::uint32_t i = 0; i < reports.size(); ++i) {
    const Point& point = reports[i].point;
    Cell& cell = cells_[key(cell_of(point.x), cell_of(point.y), cell_of(point.z))];
    cell.times.push_back(reports[i].time_s);
    cell.reports.push_back(i);
  }
}

std::int64_t Nearby::cell_of(double metres) const {
  return static_cast<std::int64_t>(std::floor(metres / reach_m_));
}

std::uint64_t Nearby::key(std::int64_t x, std::int64_t y, std::int64_t z) {
  constexpr std::uint64_t kMask = (1u << 21) - 1;
  const auto part = [](std::int64_t cell) { return static_cast<std::uint64_t>(cell) & kMask; };
  return part(x) << 42 | part(y) << 21 | part(z);
}

void Nearby::visit(const Point& center, double from_s, double to_s, const Visit& found) const {
  const auto look = [&](const Cell& cell) {
    const auto first = std::lower_bound(cell.times.begin(), cell.times.end(), from_s);
    for (auto i = static_cast<std::size_t>(first - cell.times.begin());
         i < cell.times.size() && cell.times[i] < to_s; ++i) {
      const Point& other = reports_[cell.reports[i]].point;
      const double dx = other.x - center.x;
      const double dy = other.y - center.y;
      const double dz = other.z - center.z;
      const double distance2 = dx * dx + dy * dy + dz * dz;
      if (distance2 <= reach_m_ * reach_m_) {
        found(cell.reports[i], distance2);
      }
    }
  };
  for (std::int64_t x = -1; x <= 1; ++x) {
    for (std::int64_t y = -1; y <= 1; ++y) {
      for (std::int64_t z = -1; z <= 1; ++z) {
        const auto cell =
            cells_.find(key(cell_of(center.x) + x, cell_of(center.y) + y, cell_of(center.z) + z));
        if (cell != cells_.end()) {
          look(cell->second);
        }
      }
    }
  }
}

}  // namespace fusiond::fit
