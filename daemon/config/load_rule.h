// One rule file to a rule and its tests; used by load_bundle.cc only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/load_bundle.h"
#include "daemon/config/rule_node.h"

namespace fusiond::config {

enum class MayOpen { alone, with_support, never };

// What bundle.yaml says of one kind of source.
struct SourceEntry {
  MayOpen may_open = MayOpen::never;
  Micros keep{0};
};

// What a rule file is read against.
struct RuleSurroundings {
  const RuleWorld& world;
  const rules::Bundle& bundle;  // zones, lists, suppressions
  const std::map<std::string, SourceEntry>& sources;
};

// A rule as it is being read: its values, and where its parts stand in the file.
struct RuleDraft {
  rules::Rule rule;
  std::vector<rules::RuleTest> tests;
  std::vector<AcceptedGap> accepted;
  std::vector<YAML::Node> marks;          // of each part, its name
  std::vector<std::vector<Scalar>> from;  // of each part
};

// Reads what stands in `top` and notes every fault.
RuleDraft read_rule(RuleNode& top, const std::string& file, const RuleSurroundings& around,
                    Faults& faults);
void read_tests(RuleNode& top, const RuleSurroundings& around, RuleDraft& draft);

void read_accepted(RuleNode& top, RuleDraft& draft);

// Owner, dates, authority, posts, plates: what a rule must declare and what it may not do.
void check_governance(RuleNode& top, const std::string& stem, const RuleSurroundings& around,
                      RuleDraft& draft, Faults& warnings);
// Thresholds that can never be met, or by the anchor alone.
void check_thresholds(RuleNode& top, const RuleSurroundings& around, const RuleDraft& draft);

// When a calendar of bundle.yaml that `key` names says so.
[[nodiscard]] rules::Spans calendar_of(RuleNode& node, std::string_view key,
                                       const std::map<std::string, rules::Spans>& calendars);

// What is refused always, whatever the key: scores about people, protected characteristics, one
// person as the key of a rule.
void check_refused_words(const std::string& file, const YAML::Node& root, Faults& faults);
// Why this text may not be looked for; empty when it may.
[[nodiscard]] std::string refused_term(const std::string& text);

}  // namespace fusiond::config
