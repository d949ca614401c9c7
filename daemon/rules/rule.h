// A rule: what an incident means (design/0014). Plain values; the loader has checked them.
// Journey of a rule: config/load_rules.cc -> here -> case_rule.h
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/rules/part.h"

namespace fusiond::rules {

enum class RuleStatus : std::uint8_t { draft, live, retired };

// The parts of which `least` must be there.
struct Needs {
  std::uint32_t least = 0;
  std::vector<PartIndex> of;
};

struct Threshold {
  std::int64_t odds_mn = 0;
  Needs needs;
  std::uint32_t count = 0;  // of a pattern: so many within one window
};

// By what a pattern rule puts reports together instead of by the fold.
enum class GroupBy : std::uint8_t { zone, plate, device, author, feed };

// Makes a rule one over a key: the reports that its anchor takes count, each `distinct` once, and
// `at_least` of them within `within` open an incident of the rule's own.
struct Pattern {
  GroupBy by = GroupBy::zone;
  std::vector<std::string> of;  // of zones and feeds: these; else every key
  Micros within{0};
  // Instead of counting: no new report of the feed for longer than this.
  std::optional<Micros> quiet_for;
};

// Which cameras to look at: so many of those nearest to the anchor, at most so far away.
struct WantedCameras {
  std::uint32_t nearest = 0;
  std::int64_t within_cm = 0;
};

// Of which devices recordings are kept: of those that its reports came from, and for cameras of
// those to look at, from so long before its first report until so long after its last.
struct WantedEvidence {
  Sources pin;
  Micros before{0};
  Micros after{0};
};

struct PriorityChange {
  PartIndex because = 0;
  std::uint8_t to = 0;
};

// From the part on that is there: raise to the largest `to`, else lower to the least.
struct Priority {
  std::uint8_t base = 0;
  std::vector<PriorityChange> raise;
  std::vector<PriorityChange> lower;
};

// A suppression as one rule uses it.
struct UseSuppression {
  std::string name;
  std::vector<PartIndex> unless;  // not while one of these parts is there
};

struct RouteChoice {
  bool firm_only = false;
  std::string zone;  // the anchor lies in it; empty = anywhere
  std::uint8_t least_priority = 0;
  Route route;
};

struct TimeSpan {
  EventTime from;
  EventTime to;  // the first moment after it
  [[nodiscard]] bool has(EventTime time) const { return from <= time && time < to; }
};
// By their begin.
using Spans = std::vector<TimeSpan>;
// Whether the time lies in the last one that has begun by then.
[[nodiscard]] inline bool has(const Spans& spans, EventTime time) {
  const auto next =
      std::upper_bound(spans.begin(), spans.end(), time,
                       [](EventTime at, const TimeSpan& span) { return at < span.from; });
  return next != spans.begin() && std::prev(next)->has(time);
}

struct Rule {
  std::string name;
  std::uint32_t version = 1;
  RuleStatus status = RuleStatus::draft;
  std::string title;
  EventTime expires = EventTime::max();  // an anchor at or after it is none
  std::string inside;                    // a zone that the anchor must lie in; empty = anywhere
  Spans hours;                           // of the anchor; none = always
  std::optional<Pattern> pattern;        // none: a case rule
  bool threat_to_life = false;           // reads posts and plates also inside a protected event
  std::vector<Part> parts;  // the anchor, then support, oppose, then, absent, each in file order
  Threshold provisional;
  Threshold firm;
  std::string type;
  Priority priority;
  std::vector<std::string> verify_before;
  std::optional<WantedCameras> cameras;
  std::optional<WantedEvidence> evidence;
  std::vector<UseSuppression> suppress;
  std::vector<RouteChoice> routes;  // the first that fits

  [[nodiscard]] const Part& anchor() const { return parts.front(); }
};

}  // namespace fusiond::rules
