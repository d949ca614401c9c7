// An incident's confidence ↔ its fields of v1.Incident. Used by incident_wire.cc only.
#pragma once

#include "daemon/base/result.h"
#include "daemon/model/incident.h"

namespace fusiond::v1 {
class Incident;
}

namespace fusiond::wire {

// Errors: bad_input that names the field.
Result<void> read_confidence(const v1::Incident& message, IncidentContent& content);

}  // namespace fusiond::wire
