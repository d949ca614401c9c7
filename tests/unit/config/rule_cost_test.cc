#include "daemon/config/rule_cost.h"

#include <catch2/catch.hpp>

using namespace fusiond;
using namespace fusiond::config;

namespace {

rules::Rule rule_of(const std::string& name, std::vector<std::string> kinds, std::size_t parts) {
  rules::Rule rule;
  rule.name = name;
  rule.status = rules::RuleStatus::live;
  rule.parts.resize(parts);
  rule.parts.front().match.kinds = std::move(kinds);
  return rule;
}

}  // namespace

TEST_CASE("the cost is of the kind that opens most", "[config][rules]") {
  rules::Bundle bundle;
  bundle.rules = {rule_of("a", {"gunshot", "fireworks", "gunshot"}, 3),
                  rule_of("b", {"gunshot"}, 5), rule_of("c", {"fireworks"}, 4)};
  rules::Rule draft = rule_of("d", {"fireworks"}, 30);
  draft.status = rules::RuleStatus::draft;
  bundle.rules.push_back(draft);
  const BundleCost cost = cost_of(bundle);
  CHECK(cost.kind == "gunshot");
  CHECK(cost.rules == 2);
  CHECK(cost.looks == 8 * kModelReports);
  CHECK(cost.rule == "b");
  CHECK(words_of(cost) ==
        "cost: a report of kind gunshot opens 2 live rules, 160 looks at an incident of 20 reports "
        "(at most 100000); the costliest is b");
  CHECK(words_of(cost_of({})) == "cost: no live rule");
}

TEST_CASE("a bundle above the cap is a fault, one at it is none", "[config][rules]") {
  rules::Bundle bundle;
  const std::size_t parts = kMostLooks / kModelReports / 200;
  for (int i = 0; i < 200; ++i) {
    bundle.rules.push_back(rule_of("r" + std::to_string(i), {"crash"}, parts));
  }
  Faults faults;
  check_cost("folder", bundle, faults);
  CHECK(faults.empty());
  bundle.rules.push_back(rule_of("one-more", {"crash"}, 1));
  check_cost("folder", bundle, faults);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].message.find("kind crash opens 201 live rules: 100020 looks") !=
        std::string::npos);
}
