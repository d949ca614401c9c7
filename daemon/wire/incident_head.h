// Whose record it is: the first fields of a v1.Incident, without reading the rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/ids.h"
#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/model/incident.h"

namespace fusiond::wire {

struct IncidentHead {
  IncidentId id;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
};

// Errors: bad_input.
Result<IncidentHead> incident_head(std::string_view bytes);

// What who keeps the newest of each incident must know of a record.
struct IncidentBrief {
  std::string id;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  IncidentState state = IncidentState::unspecified;
  WallTime updated;
};

// Of a record that incident_json can print. Nothing is made of it but these five: its other fields
// are looked at for their form alone, and only what is unusual goes by way of decode_incident.
// Errors: bad_input.
Result<IncidentBrief> incident_brief(std::string_view bytes);

}  // namespace fusiond::wire
