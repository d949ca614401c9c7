// The sources as the console's status shows them.
#pragma once

#include <string>
#include <vector>

#include "daemon/ingest/sources.h"

namespace fusiond::app {

// A JSON array, one object per source: name, plugin, transport, state, why, counts, last_received.
std::string sources_json(const std::vector<ingest::SourceStatus>& sources);

}  // namespace fusiond::app
