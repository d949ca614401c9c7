// What happened to an incident: one section per revision, from its records alone.
#pragma once

#include <vector>

#include "daemon/explain/incident_page.h"
#include "daemon/explain/page.h"
#include "daemon/model/incident.h"

namespace fusiond::explain {

// `revisions`: of one incident, by (epoch, revision). Some may be missing (a bounded memory, an old
// log): what changed is then told against the last one that is there.
Page timeline_page(const std::vector<IncidentRevision>& revisions, const Surroundings& around);

}  // namespace fusiond::explain
