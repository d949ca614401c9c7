#include "daemon/app/incident_line.h"

#include <catch2/catch.hpp>

using namespace fusiond;

namespace {

IncidentRevision shots() {
  IncidentRevision revision;
  revision.content.id = IncidentId{"40c6f2c0-1d6d-5cfd-b85b-71802ccccff7"};
  revision.content.title = "Shots fired";
  revision.content.priority = 9;
  revision.content.place = Estimate{400'100'000, -989'900'000, 72};
  revision.content.address_text = "1400 BLK 13TH AV";
  revision.content.first_occurred = event_time(1'687'111'200'000'000);
  revision.content.members.resize(2);
  revision.content.witnesses = 2;
  revision.content.factors.resize(1);
  revision.content.confidence_permille = 715;
  revision.epoch = 7;
  revision.revision = 3;
  revision.change = IncidentChange::update;
  return revision;
}

}  // namespace

TEST_CASE("a line says what changed, how urgent, where and on what evidence", "[app]") {
  CHECK(app::readable_line(shots()) ==
        "update    40c6f2c0 r3 P9 Shots fired · 2023-06-18T18:00:00Z · 1400 BLK 13TH AV "
        "(40.01000,-98.99000 ±72 m) · 2 reports, 2 witnesses, real about 7 in 10");
}

TEST_CASE("what a person said is in the line, with the reason", "[app]") {
  auto revision = shots();
  Word word;
  word.kind = WordKind::same;
  word.author = "A. Clerk";
  word.reason = "one caller";
  revision.cause.word = word;
  CHECK(app::readable_line(revision).ends_with(" · put together by A. Clerk because one caller"));
  revision.cause.word->retracted = true;
  CHECK(app::readable_line(revision).ends_with(
      " · a word taken back by A. Clerk because one caller"));
}

TEST_CASE("a drill, a late report and a merge are said in the line", "[app]") {
  auto revision = shots();
  revision.content.status = Status::exercise;
  revision.content.late = true;
  revision.content.merged_into = IncidentId{"b3942e07-5ca1-5f18-8d60-1e9bc24a73f5"};
  revision.content.place.reset();
  revision.content.address_text.clear();
  const auto line = app::readable_line(revision);
  CHECK(line.find("[EXERCISE] → b3942e07") != std::string::npos);
  CHECK(line.find("no place") != std::string::npos);
  CHECK(line.ends_with("· late"));
}

TEST_CASE("equal evidence gives equal canonical text, whatever brought it", "[app]") {
  auto other = shots();
  other.epoch = 8;
  other.revision = 12;
  other.change = IncidentChange::reopened;
  other.cause.kind = "tick";
  other.members_added = {EventId{"x"}};
  CHECK(app::canonical_json(shots()) == app::canonical_json(other));
  other.content.priority = 8;
  CHECK(app::canonical_json(shots()) != app::canonical_json(other));
}
