// What `fusiond check` does and every other command does first: load all, start nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/config/load.h"

namespace fusiond::app {

struct Checked {
  std::optional<config::Loaded> loaded;
  config::Faults faults;  // sorted by place; empty iff `loaded` may be run
};

// Whether a review of a rule that is due is a fault: in `check`, not where a daemon starts.
enum class Dates : std::uint8_t { ignored, judged };

// Reads the config and the files it names, loads each plugin and lets it judge its settings.
Checked check(const std::string& path, Dates dates = Dates::ignored);

// Errors: bad_config when the process has some of the roles only and the log is one that processes
// cannot share.
Result<void> check_roles(const config::Config& config);

}  // namespace fusiond::app
