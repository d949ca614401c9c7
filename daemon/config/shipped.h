// The files that were shipped with this build, as text.
#pragma once

#include <string>

namespace fusiond::config {

const std::string& shipped_association();  // config/association.yaml
const std::string& shipped_rules();        // config/rules.yaml

}  // namespace fusiond::config
