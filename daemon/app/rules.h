// `fusiond check --rules` and `fusiond test`: a folder of rules on its own.
#pragma once

#include <string>

#include "daemon/app/check.h"
#include "daemon/config/load_bundle.h"
#include "daemon/fusion/association_config.h"

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
  std::string report;  // for people
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t gaps = 0;  // known ones that are still there
};
// Plays every test of the folder, whatever the date. Errors: bad_config when the rules have faults.
Result<TestedRules> test_rules(const RulesOptions& options, config::Faults& faults);

}  // namespace fusiond::app
