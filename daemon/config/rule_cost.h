// What a bundle will cost, before it is live: an estimate from its shape alone, and the most that
// is taken.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/config/yaml_section.h"
#include "daemon/rules/bundle.h"

namespace fusiond::config {

// A look: one report held against one part. An incident of kModelReports reports that opens a rule
// costs kModelReports looks for each of its parts, every time that it is described.
inline constexpr std::uint64_t kModelReports = 20;
// Of one incident, by all live rules that one kind of report opens.
inline constexpr std::uint64_t kMostLooks = 100'000;

struct BundleCost {
  std::string kind;         // that opens the costliest set of rules; empty: no live rule
  std::size_t rules = 0;    // that it opens
  std::uint64_t looks = 0;  // at an incident of kModelReports
  std::string rule;         // the costliest of them
  std::uint64_t rule_looks = 0;
};
[[nodiscard]] BundleCost cost_of(const rules::Bundle& bundle);
// Adds a fault when a kind opens more than kMostLooks.
void check_cost(const std::string& folder, const rules::Bundle& bundle, Faults& faults);
// "costliest: ...": one line for people.
[[nodiscard]] std::string words_of(const BundleCost& cost);

}  // namespace fusiond::config
