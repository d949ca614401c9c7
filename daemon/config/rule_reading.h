// What every reader of a part of a rule file needs: the draft, and names that must be known. Used
// by load_rule.cc and load_rule_meaning.cc only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/config/load_rule.h"

namespace fusiond::config {

class RuleReading {
 public:
  RuleReading(const std::string& file, const RuleSurroundings& around, RuleDraft& reads,
              Faults& faults)
      : draft(reads), around_(around), file_(file), faults_(faults) {}

 protected:
  void fault(const YAML::Node& where, const std::string& message);
  // A name that must be one of `known`.
  std::string known_name(RuleNode& node, const char* key, const std::string& what,
                         const std::vector<std::string>& known);
  bool must_be_known(const Scalar& name, const std::string& what,
                     const std::vector<std::string>& known);
  std::string zone(RuleNode& node, const char* key);
  [[nodiscard]] std::vector<std::string> part_names() const;
  // Which part a name means; of those read so far.
  std::optional<rules::PartIndex> part_named(const Scalar& name);
  rules::PartIndex reference(RuleNode& node, const char* key);
  // It speaks of a feed gone quiet.
  [[nodiscard]] bool is_silence() const {
    return draft.rule.pattern && draft.rule.pattern->quiet_for;
  }

  RuleDraft& draft;
  const RuleSurroundings& around_;

 private:
  const std::string& file_;
  Faults& faults_;
};

// Those that a word of `from` means.
void add_sources(const std::string& from, rules::Sources& sources);
// "caller" and "unit" are calls.
[[nodiscard]] std::string source_of(const std::string& from);

// By what reports are put together, if it is a pattern.
void read_pattern(RuleNode& top, const std::string& file, const RuleSurroundings& around,
                  RuleDraft& draft, Faults& faults);
// Thresholds, what its incident is called, who hears of it. Requires: its parts have been read.
void read_meaning(RuleNode& top, const std::string& file, const RuleSurroundings& around,
                  RuleDraft& draft, Faults& faults);

}  // namespace fusiond::config
