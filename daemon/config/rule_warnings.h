// What is allowed in rules and is hardly meant: rules and parts that can never say anything, or
// that another one covers or contradicts. Pure.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/rules/bundle.h"

namespace fusiond::config {

struct RuleWarning {
  std::string rule;
  std::string what;
};

// By rule, in the order of the bundle. `today`: when nothing is known of it, the least time there
// is, and then nothing is over.
[[nodiscard]] std::vector<RuleWarning> warnings_of(const rules::Bundle& bundle, WallTime today);

}  // namespace fusiond::config
