// What the tests of a rule never showed, and rules that are a little off, to see whether its tests
// notice.
#pragma once

#include <string>
#include <vector>

#include "daemon/model/finding.h"
#include "daemon/rules/rule.h"

namespace fusiond::fuse {

// The limits of a rule that its tests met from one side only, in words, out of `total`. A limit is
// met from inside by a part that was found, from outside by a report that missed it.
struct Coverage {
  std::size_t total = 0;
  std::vector<std::string> one_sided;
};
[[nodiscard]] Coverage coverage_of(const rules::Rule& rule, const std::vector<Finding>& findings);

// One number of the rule nudged.
struct Mutant {
  std::string what;  // "call: near within 400 m → 200 m"
  rules::Rule rule;
};
[[nodiscard]] std::vector<Mutant> mutants_of(const rules::Rule& rule);

}  // namespace fusiond::fuse
