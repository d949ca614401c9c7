// Which reports lie within a distance of a point and between two times.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "daemon/fit/history.h"

namespace fusiond::fit {

class Nearby {
 public:
  // Requires: `reports` are sorted by time, stay as they are and outlive this. Cells of one reach.
  Nearby(const std::vector<Report>& reports, double reach_m);

  using Visit = std::function<void(std::uint32_t report, double distance2)>;
  // Every report within reach of `center` with from <= time < to, cell by cell.
  void visit(const Point& center, double from_s, double to_s, const Visit& found) const;

 private:
  struct Cell {
    std::vector<double> times;
    std::vector<std::uint32_t> reports;
  };
  [[nodiscard]] static std::uint64_t key(std::int64_t x, std::int64_t y, std::int64_t z);
  [[nodiscard]] std::int64_t cell_of(double metres) const;

  const std::vector<Report>& reports_;
  double reach_m_;
  std::unordered_map<std::uint64_t, Cell> cells_;
};

}  // namespace fusiond::fit
