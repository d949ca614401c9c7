// What one folder of rules changes of another, in sentences for people.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/config/yaml_section.h"

namespace fusiond::config {

// One sentence for each difference: by file, in the order in which the newer file stands; what is
// gone comes last. Comments and the order of keys are no difference. Files by name, without the
// folder. Faults: a file that is no YAML.
std::vector<std::string> rule_changes(const std::map<std::string, std::string>& before,
                                      const std::map<std::string, std::string>& after,
                                      Faults& faults);

}  // namespace fusiond::config
