// What is kept of an incident as it was last told, so that a restart knows what consumers hold: not
// the record itself, which is made again from the events, but a digest of it (design/0011).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/uuid.h"
#include "daemon/model/incident.h"

namespace fusiond {

struct ToldIncident {
  IncidentId id;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  IncidentState state = IncidentState::unspecified;
  WallTime opened;
  WallTime updated;
  std::int64_t began_us = 0;  // first and last occurred
  std::int64_t ended_us = 0;
  std::uint8_t priority = 0;
  std::vector<ToldFinding> said;  // by rules, the strongest first; none of one that is over
  Status status = Status::unspecified;
  std::vector<IncidentId> supersedes;
  std::vector<Uuid> members;  // all of them, in the order of the record; none of one that merged
  std::uint64_t body = 0;     // digest_of() everything of the record but its head
  IncidentId merged_into;
  std::string pattern;     // the rule that counts by a key; empty: the fold put it together
  std::string last_words;  // of one that merged or was withdrawn, that is nowhere else: its body
  // False when the bus may not have it. Not part of the row.
  bool confirmed = true;
  friend bool operator==(const ToldIncident&, const ToldIncident&) = default;
};

}  // namespace fusiond
