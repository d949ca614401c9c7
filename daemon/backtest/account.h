// What one bundle of rules said of every incident, and when, heard revision by revision.
// Journey: app/backtest.cc -> here -> backtest/comparison.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/model/incident.h"

namespace fusiond::backtest {

// What one rule ever said of one incident.
struct OfRule {
  FindingState most = FindingState::unmet;  // the strongest it ever was
  std::optional<WallTime> provisional;      // when it first was at least that
  std::optional<WallTime> firm;
  std::vector<std::string> evidence;  // sources' own names of the reports that counted when it was
                                      // last at least provisional, the anchor's first
};

// An incident of which some rule ever said something that is at least provisional.
struct Spoken {
  IncidentId id;
  // As it was last told: of the strongest finding. Rule empty: none is at least provisional now.
  std::string rule;
  FindingState state = FindingState::unmet;
  std::string type;
  std::uint8_t priority = 0;
  std::uint8_t most_priority = 0;  // ever
  FindingState most = FindingState::unmet;
  std::optional<WallTime> provisional;
  std::optional<WallTime> firm;
  WallTime heard;  // ingest time of its first report
  std::string address;
  std::map<std::string, OfRule> rules;
  std::vector<EventId> events;     // its members, as it was last told
  std::vector<std::string> names;  // and as their sources call them, with CAD numbers
  bool gone = false;               // merged or withdrawn since
};

// Somebody must look: an incident became provisional, firm, or more urgent than it ever was.
struct Alarm {
  WallTime at;
  IncidentId incident;
  FindingState state = FindingState::unmet;
  std::uint8_t priority = 0;
};

class Account {
 public:
  // Requires: revisions of an id in order; a repeat of one is left out.
  void take(const IncidentRevision& revision);
  [[nodiscard]] const std::map<IncidentId, Spoken>& spoken() const { return spoken_; }
  [[nodiscard]] const std::vector<Alarm>& alarms() const { return alarms_; }
  // Of all incidents, spoken of or not.
  [[nodiscard]] std::size_t incidents() const { return newest_.size(); }

 private:
  void end(const IncidentRevision& revision);
  void note_rules(const IncidentRevision& revision, Spoken& spoken);
  void note_alarm(const IncidentRevision& revision, Spoken& spoken);

  std::map<IncidentId, Spoken> spoken_;
  std::map<IncidentId, std::pair<std::uint64_t, std::uint64_t>> newest_;  // (epoch, revision)
  std::vector<Alarm> alarms_;
};

}  // namespace fusiond::backtest
