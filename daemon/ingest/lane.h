// Which way a source's reports take to the log, so that a gunshot never waits behind posts. A lane
// is a source's, not an event's: what a source's ingest clock has passed must stand in the log
// before the tick that says so, and one order per source keeps that.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace fusiond::ingest {

// Each has its own spool and forwarder. bulk goes into the log only while the engine keeps up.
enum class Lane : std::uint8_t { life_safety, standard, bulk };

inline constexpr std::array kLanes = {Lane::life_safety, Lane::standard, Lane::bulk};

constexpr std::string_view name_of(Lane lane) {
  switch (lane) {
    case Lane::life_safety:
      return "life_safety";
    case Lane::standard:
      return "standard";
    case Lane::bulk:
      return "bulk";
  }
  return "unknown";
}

// Where a plugin's reports go when nobody says: gunshots first, posts last.
constexpr Lane usual_lane(std::string_view plugin) {
  if (plugin == "acoustic") {
    return Lane::life_safety;
  }
  return plugin == "social" ? Lane::bulk : Lane::standard;
}

// One of each lane.
template <class T>
struct ByLane {
  std::array<T, kLanes.size()> each{};
  T& operator[](Lane lane) { return each.at(static_cast<std::size_t>(lane)); }
  const T& operator[](Lane lane) const { return each.at(static_cast<std::size_t>(lane)); }
};

}  // namespace fusiond::ingest
