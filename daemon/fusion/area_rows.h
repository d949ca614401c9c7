// What a shard keeps across restarts of what others told it (design/0013), beside the journal of
// the events that it decides itself. What it has told others is not kept: it tells all of it again.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/fusion/guest.h"
#include "daemon/fusion/standing.h"

namespace fusiond::fusion {

// Of one event id.
struct AreaRow {
  ShortId id;
  std::optional<Surroundings> around;  // of an event that is decided here
  std::vector<Guest::Claim> claims;
  std::vector<Guest::CardFrom> cards;
  std::optional<Owner> owner;  // the last one known
  std::vector<Shard> wanted_by;
  // What consumers know of the id, if this shard has not said so itself: another one has told it,
  // or tells it from now on (`handed`).
  std::optional<Telling> told;
  bool handed = false;
  bool forgotten = false;  // its own, of which the router has no memory any more
  bool known = false;      // false: nothing is to be kept of the id
};

// Of one key.
struct NameRow {
  std::uint64_t name = 0;
  std::vector<Shard> holders;  // as its keeper: the other shards that are interested
  std::vector<Shard> others;   // as one of those: all that are
  [[nodiscard]] bool empty() const { return holders.empty() && others.empty(); }
};

// How far the news between two shards has got.
struct Sequences {
  struct Heard {
    Shard from = 0;
    std::uint64_t stream = 0;
    std::uint64_t sequence = 0;
    friend auto operator<=>(const Heard&, const Heard&) = default;
  };
  std::vector<std::pair<Shard, std::uint64_t>> sent;  // the last to each
  std::vector<Heard> heard;                           // and from each
  friend bool operator==(const Sequences&, const Sequences&) = default;
};

struct AreaRows {
  std::vector<AreaRow> events;
  std::vector<NameRow> names;
};

}  // namespace fusiond::fusion
