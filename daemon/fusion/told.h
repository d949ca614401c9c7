// What the incident book holds of a node: as the root of a case, and as the member that names an
// incident.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "daemon/fusion/score.h"
#include "daemon/fusion/short_id.h"
#include "daemon/model/incident.h"

namespace fusiond::fusion {

constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::max();

// Of an incident that is no more.
inline bool over(IncidentState state) {
  return state == IncidentState::merged || state == IncidentState::withdrawn;
}

// How one state followed another.
// `was` is unspecified of an incident that was never told.
inline IncidentChange change_of(IncidentState was, IncidentState now) {
  if (now == IncidentState::merged) {
    return IncidentChange::merged;
  }
  if (was == now) {
    return IncidentChange::update;
  }
  if (now == IncidentState::withdrawn) {
    return IncidentChange::withdrawn;
  }
  if (was == IncidentState::unspecified) {
    return IncidentChange::open;
  }
  if (over(was)) {
    return IncidentChange::reopened;
  }
  if (now == IncidentState::closed) {
    return IncidentChange::closed;
  }
  return now == IncidentState::quiet && was == IncidentState::open ? IncidentChange::quiet
                                                                   : IncidentChange::reopened;
}

// A live root as others find it, and when its incident turns quiet and closes.
struct Listed {
  Status status = Status::actual;
  std::int64_t time = 0;
  Spot place;
  int family = -1;  // none: nobody is related to it
  std::int64_t quiet_after = 0;
  std::int64_t closed_after = 0;
  std::int64_t quiet_waits = kNoTime;  // when the book looks at it again; kNoTime: no more
  std::int64_t closed_waits = kNoTime;
  [[nodiscard]] bool can_relate() const { return place.known && family >= 0; }
  // Is it found where the other is?
  [[nodiscard]] bool stands_as(const Listed& other) const {
    return status == other.status && time == other.time && place == other.place &&
           family == other.family;
  }
};

// What consumers were last told of an incident. The members' parts stand in their nodes.
struct Told {
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  bool ours = false;             // the epoch is one under which only this engine tells the id
  bool handed = false;           // another shard tells it now
  bool foreign = false;          // another shard told it last
  std::optional<ShortId> heir;   // as the shard said that told it before: whose incident has the
  std::uint32_t heir_shard = 0;  // events, if its own first member is gone; and who tells that
  IncidentState state = IncidentState::unspecified;
  WallTime opened;
  std::int64_t began = 0;  // first and last occurred
  std::int64_t ended = 0;
  std::uint8_t priority = 0;
  Status status = Status::unspecified;
  std::vector<ToldFinding> said;  // by rules, the strongest first
  std::vector<IncidentId> supersedes;
  std::vector<ShortId> members;  // in (time, id) order
  std::string summary;           // the parts of model/incident_writer.h
  std::string belief;
  std::string relations;
  std::uint64_t body = 0;  // digest_of() the last record without its head
  bool again = false;      // whatever it looks like, it must be told again
  bool news = false;       // after a restart: it looks other than it was told
};

}  // namespace fusiond::fusion
