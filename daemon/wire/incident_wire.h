// IncidentRevision ↔ v1.Incident: bytes for topics and state, JSON for people.
// Journey: fusion/engine.cc → pipeline/step.cc → here → the outbox
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/model/incident.h"

namespace fusiond::v1 {
class Incident;
}

namespace fusiond::wire {

// The same revision gives the same bytes, always; decode_incident gives back an equal revision.
std::string encode_incident(const IncidentRevision& revision);

// Errors: bad_input that names the field: no id, revision 0, a word that this version does not
// know.
Result<IncidentRevision> decode_incident(std::string_view bytes);
Result<IncidentRevision> incident_from(const v1::Incident& message);

// One line of JSON with the proto's field names; 64-bit numbers are strings and fields at their
// default are left out, as proto3's JSON has it.
std::string incident_json(const IncidentRevision& revision);
// The same for bytes from a topic. Errors: bad_input.
Result<std::string> incident_json(std::string_view bytes);
// The revision that such a line carries. Fields of a newer version are passed over. Errors:
// bad_input.
Result<IncidentRevision> incident_from_json(const std::string& json);

}  // namespace fusiond::wire
