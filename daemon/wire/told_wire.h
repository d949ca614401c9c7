// ToldIncident ↔ v1.ToldIncident, the state's row of an incident.
// Journey: fusion/incident_book.cc → here → state/rocks_store.cc
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/model/told_incident.h"

namespace fusiond::wire {

// Equal values give equal bytes.
void append_told(const ToldIncident& told, std::string& out);
// Errors: corrupt, since only fusiond writes these.
Result<ToldIncident> decode_told(std::string_view bytes);

// What is kept of a revision that is there as a whole: of a record that was read back, of a state
// of the format before.
[[nodiscard]] ToldIncident told_of(const IncidentRevision& revision);

}  // namespace fusiond::wire
