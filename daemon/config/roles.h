// What a process does. Processes with different roles meet in the log only.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/result.h"

namespace fusiond::config {

struct Roles {
  bool intake = true;     // takes reports in, into the log
  bool correlate = true;  // fuses what is in the log and publishes incidents
  bool serve = true;      // shows incidents to people
  [[nodiscard]] bool all() const { return intake && correlate && serve; }
};

// Errors: bad_config when a name is none of them, or when there is none.
Result<Roles> roles_of(const std::vector<std::string>& names);

}  // namespace fusiond::config
