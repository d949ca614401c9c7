// What a rule says of an incident (design/0014), as proto/fusiond/v1/incident.proto has it. A
// function of the incident's members, the rule and what its feeds have told so far.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/ids.h"
#include "daemon/base/time.h"

namespace fusiond {

constexpr std::size_t kListedReports = 8;  // named of a part's reports and of its misses

enum class FindingState : std::uint8_t {
  unspecified,
  unmet,        // its anchor is there, and not enough besides
  provisional,  // spoken of
  firm,         // acted on
};

enum class PartRole : std::uint8_t { unspecified, anchor, support, oppose, then, absent };

enum class PartState : std::uint8_t {
  unspecified,
  found,    // enough reports fit; of role absent: none came
  missed,   // too few fit; of role absent: one came
  waiting,  // of role absent: one may come yet, or its feed is down
};

// Why a report of the right kind does not count in a part: the first limit that it misses.
enum class Limit : std::uint8_t {
  unspecified,
  confidence,  // by thousandths
  priority,    // by steps
  state,       // it was called off, or was not
  list,        // on none of the lists
  list_age,    // by microseconds
  words,       // none of the words
  time,        // by microseconds
  near,        // by centimetres
  speed,       // by mm/s
  same,        // another plate, caller, device or call
  inside,      // outside the zone
  distinct,    // its witness counts already
  count,       // beyond at_most
  missing,     // it has no such field
  reference,   // the part that it is measured from is not there
  protected_,  // a protected event: posts and plates are not read
};

struct Miss {
  EventId event_id;
  Limit limit = Limit::unspecified;
  std::int64_t by = 0;
  friend bool operator==(const Miss&, const Miss&) = default;
};

struct FindingPart {
  std::string name;
  PartRole role = PartRole::unspecified;
  PartState state = PartState::unspecified;
  std::uint32_t count = 0;           // independent reports that fit
  std::uint32_t wanted = 0;          // how many it takes
  std::int64_t effective_milli = 0;  // what they count as
  std::int64_t each_mn = 0;          // total = each x effective
  std::int64_t total_mn = 0;         // 0 unless found
  std::vector<EventId> event_ids;    // the first of those that count
  std::vector<Miss> misses;          // the first of those of the right kind that do not
  std::uint32_t missed = 0;          // how many those are
  Micros until{0};                   // of role absent: event time
  friend bool operator==(const FindingPart&, const FindingPart&) = default;
};

struct PriorityStep {
  std::uint8_t to = 0;
  std::string because;  // a part, or a suppression; empty: the rule's base
  friend bool operator==(const PriorityStep&, const PriorityStep&) = default;
};

// A topic or role, never a person.
struct Route {
  std::string to;
  std::uint32_t ack_s = 0;  // 0 = nobody must answer
  std::string otherwise;    // who hears of it when nobody did
  friend bool operator==(const Route&, const Route&) = default;
};

// A camera that stands near the anchor.
struct CameraView {
  std::string device;
  std::uint32_t distance_m = 0;
  friend bool operator==(const CameraView&, const CameraView&) = default;
};

// What a device recorded then is to be kept; event times.
struct EvidencePin {
  std::string device;
  EventTime from;
  EventTime to;
  friend bool operator==(const EvidencePin&, const EvidencePin&) = default;
};

struct Finding {
  std::string rule;
  std::uint32_t version = 0;
  FindingState state = FindingState::unspecified;
  std::string type;
  std::string title;
  std::int64_t odds_mn = 0;  // the sum of the parts' totals, the anchor's among them
  std::uint32_t probability_permille = 0;
  std::int64_t provisional_mn = 0;  // the odds from which on it is spoken of ...
  std::int64_t firm_mn = 0;         // ... and acted on
  std::vector<std::string> needs;   // names of parts of which firm lacks some, when it does
  std::uint8_t priority = 0;
  std::vector<PriorityStep> priority_steps;
  std::vector<FindingPart> parts;
  std::vector<std::string> suppressed_by;
  std::vector<std::string> verify_before;
  Route route;                      // of an unmet one none
  std::vector<CameraView> cameras;  // nor these: the nearest first
  std::vector<EvidencePin> pins;    // nor these: by device
  friend bool operator==(const Finding&, const Finding&) = default;
};

// A finding that is at least provisional, as it was told.
struct ToldFinding {
  std::string rule;
  FindingState state = FindingState::unspecified;
  std::uint8_t priority = 0;
  friend bool operator==(const ToldFinding&, const ToldFinding&) = default;
};
[[nodiscard]] inline std::vector<ToldFinding> told_of(const std::vector<Finding>& findings) {
  std::vector<ToldFinding> told;
  for (const Finding& finding : findings) {
    if (finding.state > FindingState::unmet) {
      told.push_back({finding.rule, finding.state, finding.priority});
    }
  }
  return told;
}

}  // namespace fusiond
