// Whose record it is: the first fields of a v1.Incident, without reading the rest.
#pragma once

#include <cstdint>
#include <string_view>

#include "daemon/base/ids.h"
#include "daemon/base/result.h"

namespace fusiond::wire {

struct IncidentHead {
  IncidentId id;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
};

// Errors: bad_input.
Result<IncidentHead> incident_head(std::string_view bytes);

}  // namespace fusiond::wire
