#include "daemon/config/rule_cost.h"

#include <map>
#include <set>

namespace fusiond::config {
namespace {

std::uint64_t looks_of(const rules::Rule& rule) {
  return kModelReports * rule.parts.size();
}

std::string of_rules(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " live rule" : " live rules");
}

}  // namespace

BundleCost cost_of(const rules::Bundle& bundle) {
  std::map<std::string, BundleCost> by_kind;
  for (const rules::Rule& rule : bundle.rules) {
    if (rule.status != rules::RuleStatus::live || rule.parts.empty()) {
      continue;
    }
    const auto& named = rule.anchor().match.kinds;
    for (const std::string& kind : std::set<std::string>(named.begin(), named.end())) {
      BundleCost& cost = by_kind[kind];
      cost.kind = kind;
      ++cost.rules;
      cost.looks += looks_of(rule);
      if (looks_of(rule) > cost.rule_looks) {
        cost.rule = rule.name;
        cost.rule_looks = looks_of(rule);
      }
    }
  }
  BundleCost most;
  for (const auto& [kind, cost] : by_kind) {
    if (cost.looks > most.looks) {
      most = cost;
    }
  }
  return most;
}

void check_cost(const std::string& folder, const rules::Bundle& bundle, Faults& faults) {
  const BundleCost cost = cost_of(bundle);
  if (cost.looks > kMostLooks) {
    faults.push_back(
        {folder, 0, 0,
         "a report of kind " + cost.kind + " opens " + of_rules(cost.rules) + ": " +
             std::to_string(cost.looks) + " looks at an incident of " +
             std::to_string(kModelReports) + " reports, at most " + std::to_string(kMostLooks) +
             " are taken; have fewer rules opened by it, or fewer parts in them (most: " +
             cost.rule + ")"});
  }
}

std::string words_of(const BundleCost& cost) {
  if (cost.kind.empty()) {
    return "cost: no live rule";
  }
  return "cost: a report of kind " + cost.kind + " opens " + of_rules(cost.rules) + ", " +
         std::to_string(cost.looks) + " looks at an incident of " + std::to_string(kModelReports) +
         " reports (at most " + std::to_string(kMostLooks) + "); the costliest is " + cost.rule;
}

}  // namespace fusiond::config
