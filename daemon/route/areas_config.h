// What an operator may set about areas (design/0013).
#pragma once

#include <cstdint>

namespace fusiond::route {

struct AreasConfig {
  std::uint32_t cell_m = 0;  // the side of an area; 0: the whole deployment is one
};

}  // namespace fusiond::route
