// Plays a test of a rule file through router and engine with the test's own clock, and holds what
// rules say against what the test expects.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "daemon/fusion/engine.h"
#include "daemon/rules/rule_test.h"

namespace fusiond::fuse {

// One expectation that does not hold, in words.
struct Unmet {
  int line = 0;
  int column = 0;
  std::string what;
};

// What a rule said, and when it changed.
struct Moment {
  Micros after{0};   // since the test's start
  std::string what;  // "a1 comes in", "provisional 0.550, priority 8"
};

struct RuleRun {
  std::vector<Unmet> unmet;
  std::vector<Moment> timeline;
  std::vector<Finding> findings;  // of the rule, each time that one looked different
};

// The rule under test counts as live, whatever its status; the others as they are.
[[nodiscard]] RuleRun run_rule_test(const rules::RuleTest& test, fusion::EngineConfig config);

// "near, by 120 m" and the like.
[[nodiscard]] std::string words_of(Limit limit, std::int64_t by);

}  // namespace fusiond::fuse
