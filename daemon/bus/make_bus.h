// The one place that turns a config into a back end.
#pragma once

#include <memory>
#include <vector>

#include "daemon/base/metrics.h"
#include "daemon/base/result.h"
#include "daemon/bus/bus_config.h"
#include "daemon/ports/bus.h"

namespace fusiond::bus {

// All that is wrong with `config`; each message begins with the key. Asks nobody on the network; of
// the disk it reads the files with credentials.
std::vector<Error> faults_of(const BusConfig& config);

// Append times are the machine's wall time, as they are a broker's. An absent broker is no fault:
// trouble() says so until it comes. Errors: bad_config; unavailable or corrupt when the embedded
// log cannot be opened. Requires: `metrics` outlives the bus.
Result<std::unique_ptr<ports::Bus>> make_bus(const BusConfig& config, Metrics& metrics);

}  // namespace fusiond::bus
