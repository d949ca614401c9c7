#include "daemon/explain/finding_words.h"

#include <catch2/catch.hpp>

#include "tests/unit/explain/sample.h"

using namespace fusiond;

namespace {

std::string called(const EventId& id) {
  return "report " + id.str();
}

Finding sample_finding() {
  Finding finding;
  finding.rule = "gunfire-backed";
  finding.version = 2;
  finding.state = FindingState::provisional;
  finding.title = "Gunfire";
  finding.odds_mn = 201;
  finding.probability_permille = 550;
  finding.firm_mn = 1099;
  finding.needs = {"call", "camera"};
  finding.priority = 6;
  finding.priority_steps = {{8, ""}, {6, "nobody-called"}};
  finding.verify_before = {"stop", "detain"};
  finding.route = {"dispatch.all", 60, "dispatch.supervisor"};
  finding.cameras = {{"pole-7", 40}, {"pole-9", 120}};
  finding.pins = {{"pole-7", EventTime{Micros{support::kNoonUs}},
                   EventTime{Micros{support::kNoonUs} + std::chrono::minutes{10}}}};
  FindingPart shot;
  shot.name = "shot";
  shot.role = PartRole::anchor;
  shot.state = PartState::found;
  shot.count = 1;
  shot.total_mn = 201;
  shot.event_ids = {EventId{"a1"}};
  FindingPart call;
  call.name = "call";
  call.role = PartRole::support;
  call.state = PartState::missed;
  call.wanted = 1;
  call.misses = {{EventId{"c1"}, Limit::near, 12'000}, {EventId{"c2"}, Limit::distinct, 0}};
  call.missed = 3;
  FindingPart nobody;
  nobody.name = "nobody-called";
  nobody.role = PartRole::absent;
  nobody.state = PartState::waiting;
  nobody.until = Micros{support::kNoonUs};
  finding.parts = {shot, call, nobody};
  return finding;
}

bool says(const std::vector<explain::Fact>& facts, const std::string& about,
          const std::string& words) {
  for (const explain::Fact& fact : facts) {
    if (fact.about == about && fact.words.find(words) != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("a finding says what it found, what just missed and by how much", "[explain]") {
  IncidentContent content;
  content.findings = {sample_finding()};
  const auto sections = explain::finding_sections(content, called);
  REQUIRE(sections.size() == 1);
  const auto& facts = sections[0].facts;
  CHECK(sections[0].title == "Rule gunfire-backed, version 2: provisional · Gunfire");
  CHECK(says(facts, "needs", "it lacks of: call and camera"));
  CHECK(says(facts, "priority", "Priority 6, because of nobody-called"));
  CHECK(says(facts, "verify", "stop and detain"));
  CHECK(says(facts, "cameras", "pole-7, 40 m off and pole-9, 120 m off"));
  CHECK(says(facts, "pin",
             "What pole-7 recorded from 2026-07-01T12:00:00Z to 2026-07-01T12:10:00Z is"));
  CHECK(says(facts, "route", "dispatch.all; somebody answers within 1 min"));
  CHECK(says(facts, "part", "shot: report a1, alone"));
  CHECK(says(facts, "missed_near", "report c1, too far away by 120 m"));
  CHECK(says(facts, "missed_distinct", "by a witness that counts already"));
  CHECK(says(facts, "missed_more", "1 more"));
  CHECK(says(facts, "part", "nobody-called: none has come; it may until 2026-07-01T12:00:00Z"));
}

TEST_CASE("every limit has a word of its own", "[explain]") {
  for (int limit = 1; limit <= static_cast<int>(Limit::protected_); ++limit) {
    IncidentContent content;
    content.findings = {sample_finding()};
    content.findings[0].parts[1].misses = {{EventId{"c1"}, static_cast<Limit>(limit), 5'000'000}};
    const auto facts = explain::finding_sections(content, called)[0].facts;
    INFO("limit " << limit);
    CHECK_FALSE(says(facts, "missed_unknown", ""));
  }
}

TEST_CASE("the timeline says when a rule changed its mind, and when it fell silent", "[explain]") {
  IncidentRevision before = support::sample_incident();
  IncidentRevision now = before;
  now.content.findings = {sample_finding()};
  CHECK(says(explain::finding_changes(&before, now), "finding",
             "The rule gunfire-backed is provisional (55 %), priority 6."));
  before = now;
  now.content.findings[0].state = FindingState::firm;
  CHECK(says(explain::finding_changes(&before, now), "finding",
             "is firm (55 %), priority 6; before it was provisional"));
  CHECK(explain::finding_changes(&now, now).empty());
  now.content.findings.clear();
  now.findings_ended = {"gunfire-backed"};
  CHECK(says(explain::finding_changes(&before, now), "finding_ended", "says nothing of it"));
}

TEST_CASE("of one report a rule says where it counts and where it just does not", "[explain]") {
  const Finding finding = sample_finding();
  const auto counted = explain::report_in_rule(finding, EventId{"a1"}, called);
  CHECK(counted.title == "Rule gunfire-backed and report a1");
  CHECK(says(counted.facts, "counted", "It counts in shot, which is there."));
  const auto missed = explain::report_in_rule(finding, EventId{"c1"}, called);
  CHECK(says(missed.facts, "missed_near", "Not counted in call: it is too far away by 120 m."));
  const auto other = explain::report_in_rule(finding, EventId{"x"}, called);
  CHECK(says(other.facts, "unread", "No part of the rule reads"));
}

TEST_CASE("a rule that says nothing names what each report lacks to open it", "[explain]") {
  const auto section = explain::unopened_section(
      "gunfire-backed", "shot",
      {{EventId{"c1"}, true, {}}, {EventId{"a1"}, false, {EventId{"a1"}, Limit::confidence, 100}}},
      called);
  CHECK(says(section.facts, "unopened", "No report opens it as its shot."));
  CHECK(says(section.facts, "other_kind", "report c1 is not of the kind"));
  CHECK(
      says(section.facts, "missed_confidence", "report a1 is less sure of itself than asked, by "));
}
