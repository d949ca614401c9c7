// The records of incidents, wherever they are kept: on the changes topic, in a running daemon's
// console, or in a log that `fusiond fuse --log-content` wrote.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/bus/bus_config.h"
#include "daemon/model/incident.h"
#include "daemon/ports/bus.h"

namespace fusiond::app {

struct HistorySource {
  std::string log;      // a file; empty = not
  std::string console;  // http://host:port; empty = not
  bus::BusConfig bus;   // else
};

// A record as it is kept; reading all of it costs much more than finding out whose it is.
struct KeptRecord {
  IncidentId id;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  bool json = false;      // else protobuf
  std::string_view text;  // the record; of one that was kept aside the owner's
  std::string place;      // where it stands, for messages
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> order() const { return {epoch, revision}; }
  // Whether it holds this text as a whole, wherever.
  [[nodiscard]] bool mentions(const std::string& name) const;
  // Errors: bad_input with the place.
  [[nodiscard]] Result<IncidentRevision> read() const;
};

using Visit = std::function<void(const KeptRecord&)>;

// Every record that is there now, in the order in which they were told; repeats may be among them.
// A console knows of each incident the newest one only. Errors: bad_config, unavailable, bad_input
// (a record that cannot be read, with its place).
Result<void> each_record(const HistorySource& source, const Visit& visit);

// Every record of the events topic that is there now: events, ticks and words. Errors as above.
using VisitEvent = std::function<Result<void>(const ports::BusRecord&, const std::string& place)>;
Result<void> each_event_record(const bus::BusConfig& config, const VisitEvent& visit);

// Those of one incident, by (epoch, revision), each once.
Result<std::vector<IncidentRevision>> revisions_of(const HistorySource& source,
                                                   const IncidentId& incident);

}  // namespace fusiond::app
