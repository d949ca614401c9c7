#include "daemon/explain/timeline.h"

#include <catch2/catch.hpp>

#include "tests/unit/explain/sample.h"

using namespace fusiond;
using support::said;
using support::sample_incident;

namespace {

std::vector<IncidentRevision> two() {
  auto first = sample_incident();
  first.revision = 1;
  first.change = IncidentChange::open;
  first.cause.event_id = EventId{"id-s1"};
  first.content.members.resize(1);
  first.content.links.clear();
  first.content.witnesses = 1;
  first.content.priority = 5;
  first.content.title = "Disturbance";
  first.content.place = Estimate{378'000'000, -1'222'700'000, 103};
  first.members_added = {EventId{"id-s1"}};
  auto second = sample_incident();
  second.revision = 2;
  second.members_added = {EventId{"id-c1"}, EventId{"id-c2"}};
  second.content.place = Estimate{378'000'900, -1'222'700'000, 98};
  second.supersedes = {IncidentId{"old"}};
  second.content.members[0].copies = 2;
  return {first, second};
}

}  // namespace

TEST_CASE("the first revision says what opened it, the next ones what changed and why",
          "[explain]") {
  CHECK(
      explain::text_of(explain::timeline_page(two(), {})) ==
      "heard 2026-07-01T12:00:35Z, happened 2026-07-01T12:00:00Z · revision 1 · opened\n"
      "  Because of acoustic sensor s1 (gunshot), version 1. [revision 1, epoch 1]\n"
      "  acoustic sensor s1 (gunshot) joined.\n"
      "  Disturbance, priority 5. [priority 5]\n"
      "  It is at 37.80000, -122.27000, give or take 103 m. [radius 103 m]\n"
      "  It is open: reports may still join.\n"
      "\n"
      "heard 2026-07-01T12:00:35Z, happened 2026-07-01T12:00:30Z · revision 2 · updated\n"
      "  Because of CAD call c1 (shots_fired), version 1. [revision 2, epoch 1]\n"
      "  CAD call c1 (shots_fired) joined, 62 m from the others' place, with 25 times the evidence "
      "needed. [total -14.77, need -18.00]\n"
      "  CAD call c2 (crash) joined.\n"
      "  acoustic sensor s1 has 2 copies now, before 0. [copies 2]\n"
      "  It took over incident old.\n"
      "  Two groups were linked: CAD call c2 (crash) and CAD call c1 (shots_fired) have the same "
      "plate.\n"
      "  It is called Shots fired now, before Disturbance.\n"
      "  Its priority went from 5 to 9. [priority 9]\n"
      "  It has 3 independent witnesses now, before 1. [witnesses 3]\n"
      "  Its place moved by 10 m, give or take 98 m (before 103 m). [radius 98 m]\n");
}

TEST_CASE("time, a restart, a merge, what left and what is missing are said", "[explain]") {
  auto revisions = two();
  auto third = revisions[1];
  third.revision = 5;
  third.members_added.clear();
  third.members_removed = {EventId{"id-c2"}};
  third.content.members.pop_back();
  third.content.members[1].revision = 2;
  third.content.members[1].kind = "crash";
  third.content.members[0].role = MemberRole::retracted;
  third.content.state = IncidentState::quiet;
  third.change = IncidentChange::quiet;
  third.cause = {"tick", {}, 0, {}, {}};
  third.content.maybe_same_as = {{IncidentId{"other"}, 300, 800}};
  auto page = explain::timeline_page({revisions[1], third}, {});
  page.sections.erase(page.sections.begin());
  CHECK(said(page, "cause") == "Time passed: the clocks of all feeds have moved on.");
  CHECK(said(page, "gap") == "The revisions before it are not kept any more.");
  CHECK(said(page, "removed") ==
        "CAD call c2 (crash) left: it belongs elsewhere now or was taken back.");
  CHECK(said(page, "revised") == "CAD call c1 has a new version (shots_fired → crash).");
  CHECK(said(page, "retracted") == "acoustic sensor s1 was taken back.");
  CHECK(said(page, "maybe_same_as") ==
        "It may be the same as incident other, with a chance of 30 %.");
  CHECK(said(page, "state").starts_with("It is quiet:"));
  auto merged = third;
  merged.revision = 6;
  merged.change = IncidentChange::merged;
  merged.content.state = IncidentState::merged;
  merged.content.merged_into = IncidentId{"survivor"};
  merged.cause.kind = "start";
  page = explain::timeline_page({merged}, {});
  CHECK(said(page, "merged_into") == "It became part of incident survivor.");
  CHECK(said(page, "cause") == "The daemon was started and told what had changed.");
}

TEST_CASE("a revision that a person's word made says who said what and why", "[explain]") {
  auto revisions = two();
  auto third = revisions[1];
  third.revision = 3;
  third.members_added.clear();
  third.supersedes = revisions[1].supersedes;
  Word word;
  word.id = WordId{"w1"};
  word.kind = WordKind::apart;
  word.event = EventId{"id-c1"};
  word.other = EventId{"id-c2"};
  word.author = "Ann";
  word.reason = "two streets";
  third.cause = {"word", {}, 0, {}, {}, word};
  third.content.words = {{word, WordEffect::holds}};
  auto page = explain::timeline_page({revisions[1], third}, {});
  page.sections.erase(page.sections.begin());
  CHECK(said(page, "cause") ==
        "Ann said that CAD call c1 (shots_fired) and CAD call c2 (crash) are not one matter (two "
        "streets).");
  CHECK(said(page, "word").empty());
  third.cause.word->retracted = true;
  third.cause.word->kind = WordKind::unspecified;
  third.cause.word->reason.clear();
  page = explain::timeline_page({third}, {});
  CHECK(said(page, "cause") == "Ann took back a word.");
}
