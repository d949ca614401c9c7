// How `fusiond tail` shows an incident.
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/model/incident.h"

namespace fusiond::app {

// One line for people: what changed, which incident, how urgent, where, on what evidence.
std::string readable_line(const IncidentRevision& incident);

// The incident without what depends on the order of arrival (revision, epoch, cause, what was
// added), as JSON: equal for equal evidence.
std::string canonical_json(IncidentRevision incident);

}  // namespace fusiond::app
