#include "daemon/config/roles.h"

namespace fusiond::config {

Result<Roles> roles_of(const std::vector<std::string>& names) {
  Roles roles{.intake = false, .correlate = false, .serve = false};
  for (const auto& name : names) {
    bool* role = name == "intake"      ? &roles.intake
                 : name == "correlate" ? &roles.correlate
                 : name == "serve"     ? &roles.serve
                                       : nullptr;
    if (role == nullptr) {
      return fail(Fault::bad_config, "a role is intake, correlate or serve, got: " + name);
    }
    *role = true;
  }
  if (names.empty()) {
    return fail(Fault::bad_config, "at least one of intake, correlate and serve is needed");
  }
  return roles;
}

}  // namespace fusiond::config
