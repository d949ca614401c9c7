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
// A report that does not open a rule, and what it lacks for that.
struct NotOpening {
  EventId event;
  bool other_kind = false;  // not of the kind, or not from the kind of source, that opens it
  Miss miss;                // else
};
// Why a rule said nothing of the incident: each report with what it lacks to open it as `anchor`.
Section unopened_section(const std::string& rule, const std::string& anchor,
                         const std::vector<NotOpening>& reports, const Called& called);
// What a finding makes of one report: the part that counts it, or what it lacks for each that reads
// its kind.
Section report_in_rule(const Finding& finding, const EventId& event, const Called& called);

// What rules say now and did not say before, or no longer say; `before` may be missing.
std::vector<Fact> finding_changes(const IncidentRevision* before, const IncidentRevision& now);

}  // namespace fusiond::explain
