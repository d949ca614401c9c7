// What shards tell each other of their events and incidents (design/0013).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "daemon/fusion/decision.h"
#include "daemon/model/event_state.h"
#include "daemon/model/incident.h"

namespace fusiond::fusion {

// Which of the engines of a deployment: each decides the events of its areas.
using Shard = std::uint32_t;

// Which of how many an engine is.
struct Seat {
  Shard shard = 0;
  Shard shards = 1;
  // Rises whenever its state is made anew, from nothing: what it tells starts anew, too.
  std::uint64_t stream = 1;
};

// Who decides an event, and how often that had changed: of two, the one after more moves holds.
struct Owner {
  Shard shard = 0;
  std::uint64_t moves = 0;
  friend bool operator==(const Owner&, const Owner&) = default;
};

// The shards that an event concerns because of its place.
struct Surroundings {
  std::vector<Shard> near;  // with an area within reach of it: as far as one decision looks
  std::vector<Shard> wide;  // within the reach of related incidents
  std::uint64_t moves = 0;  // of its owner
  friend bool operator==(const Surroundings&, const Surroundings&) = default;
};

// The root of the case in which an episode stands.
struct CaseRoot {
  ShortId id;
  std::int64_t time = 0;
  Spot place;
  Shard owner = 0;
  friend bool operator==(const CaseRoot&, const CaseRoot&) = default;
};

// The incident of an episode that was nearly joined.
struct MissedIncident {
  ShortId anchor;
  ShortId root;
  ShortId name;  // the member heard first
  friend bool operator==(const MissedIncident&, const MissedIncident&) = default;
};

// What the shard that tells an incident must know of a member besides.
struct Account {
  Decision decision;
  std::uint32_t copies = 0;
  bool fits = false;  // a credible witness opened the runner-up, and it is of another incident
  CaseTie tie;        // this and the next of an anchor
  std::vector<NearMiss> near_cases;
  std::vector<MissedIncident> missed;  // of the near misses
  friend bool operator==(const Account&, const Account&) = default;
};

// Where its owner says that an event stands.
struct Standing {
  EventState state;         // without an account only the deciding record, and of it what groups
  std::uint64_t moves = 0;  // of its owner
  Role role = Role::grouped;
  std::optional<ShortId> copy_root;  // of a copy
  ShortId anchor;                    // this and the next two: when grouped
  std::int64_t anchor_time = 0;
  CaseRoot root;
  std::optional<ShortId> name;  // of its incident: the member heard first
  std::optional<Account> account;
  friend bool operator==(const Standing&, const Standing&) = default;
};

// What the shard that tells an incident says of it to others, by its root.
struct Card {
  ShortId name;
  // When it has a place and a family, and so others may be related to it:
  bool related = false;
  Status status = Status::actual;
  std::int64_t time = 0;
  GridPoint place;
  std::int32_t family = -1;
  friend bool operator==(const Card&, const Card&) = default;
};

// What consumers have been told under an id, for the shard that goes on with it.
struct Telling {
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  IncidentState state = IncidentState::unspecified;
  WallTime opened;
  std::int64_t began = 0;
  std::int64_t ended = 0;
  std::vector<IncidentId> supersedes;
  std::vector<ShortId> members;
  // The incident in which the first of them stands that is left, and who tells it, if known.
  std::optional<ShortId> heir;
  Shard heir_shard = 0;
  friend bool operator==(const Telling&, const Telling&) = default;
};

// One thing that a shard tells another.
struct StandingNews {
  std::shared_ptr<const Standing> standing;  // shared with what was told to others; never changed
};
struct GoneNews {  // what was said of the event's standing holds no more for whom is told
  ShortId event;
  std::optional<Owner> to;  // where it has gone
};
struct CardNews {
  ShortId root;
  std::optional<Card> card;  // none: not told here any more
  bool forgotten = false;    // because it is so long over: nothing looks different without it
};
struct InterestNews {  // in the holders of keys, to the shard that keeps them
  std::vector<std::uint64_t> names;
  bool wanted = false;
};
struct HoldersNews {  // who else is interested
  std::uint64_t name = 0;
  std::vector<Shard> shards;
};
struct WantNews {  // in an event wherever it is, because a copy names it
  ShortId event;
  bool wanted = false;
};
struct TellingNews {
  ShortId id;
  std::optional<Owner> owner;  // of the event, as far as is known
  Telling telling;
};
struct ClockNews {
  std::vector<SourceClock> clocks;
};
struct AreaNews {
  Shard from = 0;
  Shard to = 0;
  std::uint64_t sequence = 0;  // from `from` to `to`, rising by one
  std::variant<StandingNews, GoneNews, CardNews, InterestNews, HoldersNews, WantNews, TellingNews,
               ClockNews>
      what;
  std::uint64_t stream = 1;  // of the sender; sequences start anew with each
};

}  // namespace fusiond::fusion
