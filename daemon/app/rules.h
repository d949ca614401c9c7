// `fusiond check --rules` and `fusiond test`: a folder of rules on its own; and what every other
// command needs of such a folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/app/check.h"
#include "daemon/config/config.h"
#include "daemon/config/load_bundle.h"
#include "daemon/fusion/association_config.h"
#include "daemon/fusion/engine.h"
#include "daemon/model/rules_activation.h"
#include "daemon/pipeline/step.h"

namespace fusiond::app {

struct RulesOptions {
  std::string folder;
  std::string association;  // the shipped one when empty
  std::string only;         // the name of one rule; all when empty
  bool mutate = false;
};

// The folder's rules, held against the association and, if asked, today's date. `faults` is empty
// iff they may be used.
config::LoadedBundle check_rules(const RulesOptions& options, config::Faults& faults,
                                 Dates dates = Dates::judged);

struct TestedRules {
  std::string report;    // for people
  std::string failures;  // what of it failed, alone
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t gaps = 0;  // known ones that are still there
};
// Plays every test of the folder, whatever the date. Errors: bad_config when the rules have faults.
Result<TestedRules> test_rules(const RulesOptions& options, config::Faults& faults);

// What a deployment holds rules against.
struct RuleBase {
  fusion::AssociationConfig association;
  rules::PriorityTable priorities;
  std::optional<std::vector<std::string>> feeds;  // the configured sources, where they are known
};

// The kinds of report that rules may name.
std::vector<std::string> kinds_of(const fusion::AssociationConfig& association);

RuleBase rule_base(const config::Config& config);

// The files of a folder that the loader reads. Errors: bad_config (no such folder), unavailable (a
// file cannot be read).
Result<RuleFiles> read_rule_files(const std::string& folder);

// Rules that may be put into force.
struct ReadyRules {
  std::string version;
  std::size_t rules = 0;
  TestedRules tested;
};
// Loads the files and plays their tests. `folder` is how faults call them. Errors: bad_config when
// there are faults, or a test fails (then with what failed).
Result<ReadyRules> make_ready(const std::string& folder, const RuleFiles& files,
                              const RuleBase& base, WallTime today, config::Faults& faults);

// What a shard makes bundles with: a function of the files and the association's kinds alone.
pipeline::CompileRules rules_compiler(const fusion::AssociationConfig& association);

}  // namespace fusiond::app
