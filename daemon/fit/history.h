// A city's past as the estimators look at it: the newest revision of every event, in order of time.
// Journey: app/fit.cc -> here -> fit/chance.cc -> fit/mixture.cc -> fit/constants.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/fusion/association_config.h"
#include "daemon/model/event.h"

namespace fusiond::fit {

constexpr std::size_t kSources = 11;  // of SourceKind

// Reports of which every constant is the same: one kind of one kind of source.
struct Stratum {
  SourceKind source = SourceKind::unspecified;
  bool caller = false;        // a call, not a device or a unit on scene
  std::size_t kind = 0;       // row of History::kinds
  std::size_t family = 0;     // the leading one of the kind
  std::size_t stand_off = 0;  // of callers: the family; of devices: families + source kind
  double reports = 0;
};

struct Point {
  double x = 0, y = 0, z = 0;  // metres
};

// Shared keys are numbers, 0 for none.
struct Report {
  double time_s = 0;
  Point point;
  double lat = 0, lon = 0;  // degrees
  double fix_m2 = 0;        // variance per axis that the stated radius means
  std::uint32_t stratum = 0;
  std::uint32_t cad = 0, duplicate_of = 0, caller = 0, device = 0, author = 0;
  std::uint32_t group = 0;  // of the links
  bool on_scene = false;    // a unit's or a device's own position
};

struct Span {
  double from_s = 0, to_s = 0;
};

// Events that people linked, by event id or by their source's own id. `complete`: they looked at
// all events named, so that two in different groups are known to be apart.
struct Links {
  std::vector<std::vector<std::string>> groups;
  bool complete = false;
};

struct History {
  std::vector<std::string> families;
  std::vector<std::string> kinds;
  std::vector<Stratum> strata;
  std::vector<Report> reports;  // with a place, by (time, id)
  std::map<std::pair<std::size_t, std::size_t>, double>
      retyped;                          // (first kind, last kind) → events
  std::vector<double> reports_of_kind;  // with or without a place
  std::vector<Span> covered;            // no longer silence inside
  bool complete_links = false;
  std::size_t events = 0, retracted = 0, copies = 0, unplaced = 0, tracks = 0;
  std::size_t linked = 0, unknown_links = 0;
};

// Requires: `config` is valid. Copies, retracted events and those not actual are left out.
[[nodiscard]] History read_history(const std::vector<Event>& events, const Links& links,
                                   const fusion::AssociationConfig& config);

// [from, from + window) lies within what was recorded.
[[nodiscard]] bool is_covered(const History& history, double from_s, double window_s);
[[nodiscard]] double covered_s(const History& history);

}  // namespace fusiond::fit
