// The revisions of incidents, wherever they are kept: on the changes topic, in a running daemon's
// console, or in a log that `fusiond fuse --log-content` wrote.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/bus/bus_config.h"
#include "daemon/model/incident.h"

namespace fusiond::app {

struct HistorySource {
  std::string log;      // a file; empty = not
  std::string console;  // http://host:port; empty = not
  bus::BusConfig bus;   // else
};

using Visit = std::function<void(const IncidentRevision&)>;

// Every revision that is there now, in the order in which they were told; repeats may be among
// them. A console knows of each incident the newest one only. Errors: bad_config, unavailable,
// bad_input (a record that cannot be read, with its place).
Result<void> each_revision(const HistorySource& source, const Visit& visit);

// Those of one incident, by (epoch, revision), each once.
Result<std::vector<IncidentRevision>> revisions_of(const HistorySource& source,
                                                   const IncidentId& incident);

}  // namespace fusiond::app
