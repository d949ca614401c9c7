// Owns every object of the daemon, starts and stops them in one written list. Journey:
// daemon/main.cc
// -> here -> every other folder
#pragma once

#include <cstddef>

#include "daemon/base/result.h"
#include "daemon/config/config.h"

namespace fusiond::app {

inline constexpr const char* kVersion = "0.1.0";

// Runs until SIGINT or SIGTERM. Prints one line of JSON with the addresses once they listen. An
// absent broker is no fault: health says so, and what is accepted waits in the spool.
// Errors: unavailable (an address or a folder is taken), corrupt, bad_config.
Result<void> run(const config::Config& config);

// Makes the topics that are missing and compares the others with the config: for whoever may do
// that when the roles may not. How many there are. Errors: unavailable, bad_config.
Result<std::size_t> make_topics(const config::Config& config);

}  // namespace fusiond::app
