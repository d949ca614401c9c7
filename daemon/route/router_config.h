// What an operator may set about routing.
#pragma once

#include <chrono>
#include <cstddef>

#include "daemon/base/time.h"

namespace fusiond::route {

struct RouterConfig {
  // An id is kept this long after its newest ingest time; older events go to the dead letters.
  Micros remember = std::chrono::hours{72};
  // Distinct contents kept of one id; beyond, the lowest revisions go.
  std::size_t contents = 32;
};

}  // namespace fusiond::route
