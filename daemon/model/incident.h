// A fused incident at one revision: what fusion answers and wire/incident_wire.cc writes as
// proto/fusiond/v1/incident.proto. Scores are milli-nats, see that file for units and meanings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/model/event.h"
#include "daemon/model/finding.h"
#include "daemon/model/witness.h"
#include "daemon/model/word.h"

namespace fusiond {

enum class IncidentState : std::uint8_t { unspecified, open, quiet, closed, merged, withdrawn };
enum class IncidentChange : std::uint8_t {
  unspecified,
  open,
  update,
  merged,
  withdrawn,
  quiet,
  closed,
  reopened
};
enum class Gate : std::uint8_t { unspecified, none, time, distance, spread, pair, score, person };
enum class MemberRole : std::uint8_t { unspecified, anchor, supports, refutes, retracted };
enum class LinkBasis : std::uint8_t { unspecified, key, evidence, person };

struct Position {
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Cause {
  std::string kind;  // "event", "word", "tick", "start", "rules"
  EventId event_id;
  std::uint64_t event_revision = 0;
  Position input;
  WallTime ingest_time;
  std::optional<Word> word{};  // what was said or retracted
};

struct Estimate {
  std::int32_t lat_e7 = 0;
  std::int32_t lon_e7 = 0;
  std::uint32_t radius_m = 0;  // 95 %
  friend bool operator==(const Estimate&, const Estimate&) = default;
};

struct ScoreTerms {
  std::int64_t place_mn = 0;
  std::int64_t delay_mn = 0;
  std::int64_t kind_mn = 0;
  std::int64_t keys_mn = 0;
  std::int64_t recent_mn = 0;
  std::int64_t total_mn = 0;
  std::int64_t need_mn = 0;
  std::uint32_t distance_m = 0;
  std::uint32_t sigma_m = 0;
  Micros gap{0};
  std::uint32_t background_n = 0;
  std::string key;
  friend bool operator==(const ScoreTerms&, const ScoreTerms&) = default;
};

struct Candidate {
  EventId anchor;
  ScoreTerms terms;
  Gate missed = Gate::none;
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

struct Reason {
  EventId anchor;
  std::optional<ScoreTerms> terms;  // absent for an anchor
  std::optional<Candidate> runner_up;
  std::vector<EventId> prior_members;  // the earlier members it was scored against, in order
  friend bool operator==(const Reason&, const Reason&) = default;
};

// What grouping used, where the record that is shown says something else.
struct DecidingFacts {
  SourceKind source_kind = SourceKind::unspecified;
  std::string kind;
  std::optional<Place> place;
  friend bool operator==(const DecidingFacts&, const DecidingFacts&) = default;
};

enum class FactorKind : std::uint8_t {
  unspecified,
  prior,      // what one report of this kind is worth alone
  kind,       // what it reports
  own,        // the source's own confidence in it
  witnesses,  // further independent witnesses of one kind
  fits,       // it nearly joined what a credible witness reported
  alone,      // one witness says it again and again, and nobody else does
  retracted,  // witnesses who took it back
  cancelled,  // reports that were called off
  limit       // what goes beyond the limit is not claimed
};

// One summand of an incident's odds.
struct Factor {
  FactorKind factor = FactorKind::unspecified;
  WitnessKind witness = WitnessKind::unspecified;
  std::string about;                 // prior and kind: the kind of report
  std::uint32_t count = 0;           // witnesses; of `alone` how often it was said
  std::int64_t effective_milli = 0;  // what they count as; of `own` the confidence, of `fits` nats
  std::int64_t each_mn = 0;          // total = each x effective
  std::int64_t total_mn = 0;
  std::vector<EventId> event_ids;  // the first of those it is about
  friend bool operator==(const Factor&, const Factor&) = default;
};

struct Member {
  EventId event_id;
  SourceId source;
  std::string source_event_id;
  SourceKind source_kind = SourceKind::unspecified;
  std::uint64_t revision = 0;
  std::uint64_t deciding_revision = 0;
  std::string kind;
  std::string family;
  std::string headline;
  std::string address_text;
  EventTime occurred;
  WallTime received;
  WallTime first_received;  // of all that was said under its id; the incident has its id from the
                            // least of these
  std::optional<Place> place;
  MemberRole role = MemberRole::supports;
  Reason reason;
  std::uint32_t copies = 0;
  std::vector<std::string> flags;
  Lifecycle lifecycle = Lifecycle::fresh;
  std::optional<DecidingFacts> deciding;  // absent: grouping used what is shown
  Keys keys;                              // of the record that grouping used
  std::vector<std::string> plate_lists;   // on which its plate stands
  Micros lateness{0};                     // of one that came too late: what its feed is allowed
  std::optional<std::uint8_t> stated_priority;
  std::uint32_t witness = 0;                         // members with the same number are one witness
  std::optional<std::uint16_t> confidence_permille;  // the source's own
  friend bool operator==(const Member&, const Member&) = default;
};

struct CaseLink {
  EventId anchor;
  EventId parent_anchor;
  LinkBasis basis = LinkBasis::key;
  EventId event_id;
  EventId other_event_id;
  std::string key;
  Micros gap{0};
  std::uint32_t distance_m = 0;
  std::optional<ScoreTerms> terms;
  WordId word{};  // of basis person: whose word
  friend bool operator==(const CaseLink&, const CaseLink&) = default;
};

struct MaybeSame {
  IncidentId incident_id;
  std::uint32_t probability_permille = 0;
  std::int64_t short_by_mn = 0;
  friend bool operator==(const MaybeSame&, const MaybeSame&) = default;
};

struct Versions {
  std::string association;
  std::string rules;
  std::string software;
  friend bool operator==(const Versions&, const Versions&) = default;
};

// Of an incident that a pattern rule opened: over what it counts. Its reports stand in incidents of
// the fold, too.
struct PatternOf {
  std::string rule;
  std::string by;   // "zone", "plate", "device", "author", "feed"
  std::string key;  // which one
  Micros within{0};
  std::uint32_t most = 0;  // counted within one window, at most
  friend bool operator==(const PatternOf&, const PatternOf&) = default;
};

// What an incident is, whatever order brought it: a pure function of the set of admitted records.
// Equal contents = equal incidents.
struct IncidentContent {
  IncidentId id;
  IncidentState state = IncidentState::open;
  IncidentId merged_into;              // empty unless merged
  std::vector<IncidentId> related_to;  // sorted
  std::vector<MaybeSame> maybe_same_as;
  std::string family;
  std::string type;
  std::string title;
  std::uint8_t priority = 0;
  Status status = Status::actual;
  std::optional<Estimate> place;
  std::string address_text;
  EventTime first_occurred;
  EventTime last_occurred;
  bool late = false;
  std::uint32_t witnesses = 0;
  std::int64_t odds_mn = 0;  // ln odds that something real happened; the sum of the factors
  std::uint32_t confidence_permille = 0;
  std::vector<Factor> factors;
  std::vector<Member> members;  // sorted by (occurred, event id); of many the first and the last
  std::uint32_t members_total = 0;
  std::vector<EventId> members_left_out;  // those in the middle, in order
  std::uint32_t links_total = 0;
  std::vector<CaseLink> links;  // sorted by (occurred, id) of the anchor; people's last of one
                                // anchor's, the newest word first
  std::vector<WordNote> words;  // the newest about its events, sorted by (said, id)
  std::uint32_t words_total = 0;
  std::vector<Finding> findings;     // the strongest first
  std::optional<PatternOf> pattern;  // none: the fold put it together
  friend bool operator==(const IncidentContent&, const IncidentContent&) = default;
};

// One emission: the content plus what depends on the order of arrival. Consumers keep the largest
// (epoch, revision) of an id.
struct IncidentRevision {
  IncidentContent content;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  IncidentChange change = IncidentChange::open;
  Cause cause;
  std::vector<IncidentId> supersedes;  // every id that was ever merged into this one, sorted
  std::vector<EventId> members_added;
  std::vector<EventId> members_removed;
  std::vector<std::string> findings_ended;  // rules; sorted
  Versions versions;
  WallTime opened;
  WallTime updated;
};

}  // namespace fusiond
