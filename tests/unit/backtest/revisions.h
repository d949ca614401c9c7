// Revisions of incidents with findings, as short as tests need them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/model/incident.h"

namespace fusiond::backtest {

inline WallTime at_second(std::int64_t second) {
  return wall_time(1'700'000'400'000'000 + second * 1'000'000);  // a multiple of ten minutes
}

inline IncidentId incident_of(const std::string& name) {
  return incident_id_of(event_id_of(SourceId{"cad"}, name));
}

struct Say {
  std::string incident = "i";
  std::uint64_t revision = 1;
  std::int64_t second = 0;
  std::string rule = "shots";
  FindingState state = FindingState::provisional;  // unmet: it says nothing
  std::uint8_t priority = 8;
  std::vector<std::string> reports = {"a1", "c1"};
};

inline IncidentRevision revision_of(const Say& say) {
  IncidentRevision revision;
  IncidentContent& content = revision.content;
  revision.revision = say.revision;
  revision.epoch = 1;
  revision.updated = at_second(say.second);
  content.id = incident_of(say.incident);
  content.type = "SHOOT";
  content.priority = say.priority;
  Finding finding;
  finding.rule = say.rule;
  finding.state = say.state;
  finding.priority = say.priority;
  FindingPart part;
  part.name = "shot";
  part.role = PartRole::anchor;
  part.state = PartState::found;
  for (const std::string& name : say.reports) {
    Member member;
    member.event_id = event_id_of(SourceId{"cad"}, name);
    member.source_event_id = name;
    member.first_received = at_second(0);
    content.members.push_back(member);
    part.event_ids.push_back(member.event_id);
  }
  finding.parts = {part};
  content.findings = {finding};
  return revision;
}

}  // namespace fusiond::backtest
