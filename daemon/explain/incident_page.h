// An incident, or one report of it, explained from its record alone: why each report is there, what
// it nearly joined, why groups are linked, what the incident might be the same as.
#pragma once

#include <map>
#include <string>

#include "daemon/explain/page.h"
#include "daemon/fusion/association_config.h"
#include "daemon/model/incident.h"

namespace fusiond::explain {

// What is known beyond the record. All of it may be missing: the sentences then say less.
struct Surroundings {
  const fusion::AssociationConfig* association = nullptr;  // of the record's version
  std::map<EventId, std::string> events{};        // of other incidents: "CAD call 17 (incident …)"
  std::map<IncidentId, std::string> incidents{};  // "Shots fired"
};

Page incident_page(const IncidentRevision& revision, const Surroundings& around);
// Requires: `event` is a member.
Page event_page(const IncidentRevision& revision, const EventId& event, const Surroundings& around);

// "CAD call 17": what a report is called.
std::string name_of(const Member& member);

}  // namespace fusiond::explain
