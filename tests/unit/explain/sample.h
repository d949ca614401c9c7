// An incident as a record tells of it: a gunshot alert, a call that joined it, a call that was
// linked by its plate.
#pragma once

#include "daemon/explain/incident_page.h"
#include "daemon/model/incident.h"
#include "tests/support/small_association.h"

namespace fusiond::support {

inline constexpr std::int64_t kNoonUs = 1'782'907'200'000'000;  // 2026-07-01T12:00:00Z

inline Member sample_member(const std::string& id, SourceKind source, const std::string& kind,
                            std::int64_t after_s) {
  Member member;
  member.event_id = EventId{"id-" + id};
  member.source = SourceId{"feed"};
  member.source_event_id = id;
  member.source_kind = source;
  member.revision = member.deciding_revision = 1;
  member.kind = kind;
  member.occurred = event_time(kNoonUs + after_s * 1'000'000);
  member.received = wall_time(kNoonUs + after_s * 1'000'000 + 5'000'000);
  member.place = Place{378'000'000, -1'222'700'000, 4500, 900, LocationMethod::gps};
  member.role = MemberRole::supports;
  member.reason.anchor = member.event_id;
  return member;
}

inline IncidentRevision sample_incident() {
  IncidentRevision revision;
  revision.epoch = 1;
  revision.revision = 3;
  revision.change = IncidentChange::update;
  revision.cause = {"event", EventId{"id-c1"}, 1, {}, wall_time(kNoonUs + 35'000'000)};
  revision.updated = revision.opened = wall_time(kNoonUs + 35'000'000);
  revision.versions = {"small-1", "small-1", ""};
  IncidentContent& content = revision.content;
  content.id = IncidentId{"incident-1"};
  content.title = "Shots fired";
  content.priority = 9;
  content.place = Estimate{378'000'000, -1'222'700'000, 98};
  content.first_occurred = event_time(kNoonUs);
  content.last_occurred = event_time(kNoonUs + 600'000'000);
  content.witnesses = 3;
  content.members = {sample_member("s1", SourceKind::acoustic, "gunshot", 0),
                     sample_member("c1", SourceKind::cad, "shots_fired", 30),
                     sample_member("c2", SourceKind::cad, "crash", 600)};
  content.members[0].role = content.members[2].role = MemberRole::anchor;
  Reason& reason = content.members[1].reason;
  reason.anchor = EventId{"id-s1"};
  reason.prior_members = {EventId{"id-s1"}};
  reason.terms = ScoreTerms{
      -12'770, -5'370, 3'370, 0, 0, -14'770, -18'000, 62, 234, Micros{30'000'000}, 0, ""};
  content.links = {{EventId{"id-c2"}, EventId{"id-s1"}, LinkBasis::key, EventId{"id-c2"},
                    EventId{"id-c1"}, "plate", Micros{570'000'000}, 2100, std::nullopt}};
  return revision;
}

// The text of a section that begins like this; empty when there is none.
inline std::string section_text(const explain::Page& page, const std::string& begin) {
  for (const explain::Section& section : page.sections) {
    if (section.title.starts_with(begin)) {
      return explain::text_of({{section}});
    }
  }
  return "";
}

// The one fact about this; all of its words when there are several.
inline std::string said(const explain::Page& page, const std::string& about) {
  std::string words;
  for (const explain::Section& section : page.sections) {
    for (const explain::Fact& fact : section.facts) {
      if (fact.about == about) {
        words += (words.empty() ? "" : " | ") + fact.words;
      }
    }
  }
  return words;
}

}  // namespace fusiond::support
