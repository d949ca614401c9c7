// An incident recomputed from its record alone: the explanation is complete when nothing else is
// needed. Uses the formulas of F (reference_score.h) and the constants that the record names; knows
// no event but the members, no engine, no other incident.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/fusion/association_config.h"
#include "daemon/model/incident.h"
#include "daemon/rules/priority_table.h"

namespace fusiond::support {

struct Recomputed {
  std::vector<std::string> faults;  // what the record says otherwise than it follows
  // How much was recomputed.
  std::size_t scores = 0;      // of members against their group, and of runners-up that are members
  std::size_t links = 0;       // by key and by evidence
  std::size_t runners_up = 0;  // whose decision was checked
  std::size_t left_out = 0;  // scores and links of a large incident that lists part of its members
};

// Checked: the order of the members, of each the episode, every term, the need from background_n,
// the gates, the decision against the runner-up; of each link pair, key, limits and terms; that
// links join all groups to one, and that people's words are kept; id, place, witnesses, every
// factor of the confidence and their sum, family, type, title, priority, first and last time. Not
// in a record, so not recomputed: background_n and which other groups were looked at (they come
// from events of other incidents), the factor `fits` (for the same reason), related_to,
// maybe_same_as beyond its probability, the state (it follows from the closing clock). A large
// incident lists part of its members: then only scores whose group is listed up to them are
// recomputed, and what follows from all members (id, place, confidence, family, priority) is not.
Recomputed recompute(const IncidentContent& content, const fusion::AssociationConfig& config,
                     const rules::PriorityTable& priorities);

}  // namespace fusiond::support
