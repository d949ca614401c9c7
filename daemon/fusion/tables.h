// The tables behind log_table and earth_grid; written by make_tables.py.
#pragma once

#include <array>
#include <cstdint>

namespace fusiond::fusion {

extern const std::array<std::int64_t, 1025> kLnTable;
extern const std::array<std::int64_t, 32> kExpWhole;
extern const std::array<std::int64_t, 1024> kExpPart;
extern const std::array<std::int64_t, 257> kSine;

}  // namespace fusiond::fusion
