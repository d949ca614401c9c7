// What rules say of an incident, in words: what each part found, and what just missed and by how
// much (design/0014).
#pragma once

#include <vector>

#include "daemon/explain/page.h"
#include "daemon/explain/people_words.h"
#include "daemon/model/incident.h"

namespace fusiond::explain {

// One section a finding, in their order.
std::vector<Section> finding_sections(const IncidentContent& content, const Called& called);
// What rules say now and did not say before, or no longer say; `before` may be missing.
std::vector<Fact> finding_changes(const IncidentRevision* before, const IncidentRevision& now);

}  // namespace fusiond::explain
