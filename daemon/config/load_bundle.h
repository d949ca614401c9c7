// Reads a folder of rules (config/rules): bundle.yaml, suppressions.yaml, the zones it names and
// every other *.yaml as one rule. Every fault at once; nothing is used while there is one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/config/yaml_section.h"
#include "daemon/rules/bundle.h"
#include "daemon/rules/rule_test.h"

namespace fusiond::config {

// What rules are held against.
struct RuleWorld {
  std::vector<std::string> kinds;                 // of the association
  std::optional<std::vector<std::string>> feeds;  // the configured sources, where they are known
  WallTime today;
};

// What no test of a rule notices, and why that is so.
struct AcceptedGap {
  std::string rule;
  bool nudge = false;  // a change of a number; else a limit
  std::string what;    // as `fusiond test` names it
  std::string because;
  int line = 0;
};

struct LoadedBundle {
  rules::Bundle bundle;
  std::vector<rules::RuleTest> tests;
  std::vector<AcceptedGap> accepted;
  // Reviews that come up; rules that cover or contradict each other; what can never be.
  Faults warnings;
};

// `faults` is empty iff the result may be used.
LoadedBundle load_bundle(const std::string& folder, const RuleWorld& world, Faults& faults);
// The same of files that have been read: by name, without the folder.
LoadedBundle load_bundle(const std::string& folder, const std::map<std::string, std::string>& files,
                         const RuleWorld& world, Faults& faults);

// One fault with its line of the file, what it is about underlined.
std::string with_line(const FaultLine& fault);

// The JSON Schema of a rule file, for editors.
std::string rule_schema();

}  // namespace fusiond::config
