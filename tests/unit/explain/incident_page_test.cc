#include "daemon/explain/incident_page.h"

#include <catch2/catch.hpp>

#include "tests/unit/explain/sample.h"

using namespace fusiond;
using support::said;
using support::sample_incident;
using support::section_text;

namespace {

const fusion::AssociationConfig kConfig = support::small_association();

explain::Page page_of(const IncidentRevision& revision) {
  return explain::incident_page(revision,
                                {&kConfig, {{EventId{"id-x"}, "CAD call x (incident 9)"}}, {}});
}

}  // namespace

TEST_CASE("the head says what, where, when, by how many and by which constants", "[explain]") {
  CHECK(section_text(page_of(sample_incident()), "Shots fired") ==
        "Shots fired, priority 9, open · incident incident-1, revision 3\n"
        "  It is open: reports may still join.\n"
        "  Its reports tell of 2026-07-01T12:00:00Z to 2026-07-01T12:10:00Z.\n"
        "  It is at 37.80000, -122.27000, give or take 98 m: of 100 such circles 95 hold the "
        "truth. [radius 98 m]\n"
        "  3 reports by 3 independent witnesses.\n"
        "  Constants: association small-1, rules small-1.\n");
}

TEST_CASE("a report that joined says its group, every term and the need", "[explain]") {
  CHECK(
      section_text(page_of(sample_incident()), "2.") ==
      "2. CAD call c1 of feed · shots_fired · 2026-07-01T12:00:30Z\n"
      "  It belongs to the group that began with report 1.\n"
      "  It is 62 m from where report 1 puts it, which fits well: 234 m are allowed for by a "
      "phone or satellite fix good to 45 m, by those who tell of such things being some 230 m "
      "from the scene, and by what report 1 leaves open. [place -12.77, distance 62 m, sigma 234 "
      "m]\n"
      "  It tells of a time 30 s after report 1; a CAD call comes 2 min 50 s late on average, so "
      "that is usual. [delay -5.37]\n"
      "  What it tells of (shots_fired) goes with report 1: seen together 29 times as often as by "
      "chance. [kind 3.37]\n"
      "  Together that is 25 times the evidence that was needed: 1,000 times likelier that they "
      "belong together than a coincidence, where 55 times was asked for. [total -14.77, need "
      "-18.00, over 3.23]\n"
      "  Nothing else was reported within 500 m in the 15 min before, so the need is the "
      "usual one.\n");
}

TEST_CASE("a report that joined nothing says so, and the limit of the best near miss",
          "[explain]") {
  auto revision = sample_incident();
  CHECK(said(page_of(revision), "alone")
            .find("No earlier group began within 400 m and 15 min of it") == 0);
  ScoreTerms terms = *revision.content.members[1].reason.terms;
  terms.total_mn = -19'000;
  revision.content.members[0].reason.runner_up = Candidate{EventId{"id-x"}, terms, Gate::score};
  CHECK(said(page_of(revision), "near_miss") ==
        "What came nearest was the group that began with CAD call x (incident 9): the evidence was "
        "0.4 times what was needed (short by 1.00 nats).");
  revision.content.members[0].place.reset();
  CHECK(said(page_of(revision), "no_place") ==
        "It has no place, so only a CAD number, a dispatcher's note or a plate can join it to "
        "others.");
}

TEST_CASE("the runner-up is named with how far it was behind and what it missed", "[explain]") {
  auto revision = sample_incident();
  ScoreTerms terms = *revision.content.members[1].reason.terms;
  terms.total_mn = -17'770;
  auto& rival = revision.content.members[1].reason.runner_up;
  rival = Candidate{EventId{"id-x"}, terms, Gate::none};
  CHECK(said(page_of(revision), "runner_up") ==
        "Next best was the group that began with CAD call x (incident 9), with 1/20 of the "
        "evidence; it would have sufficed.");
  rival->terms.total_mn = -10'000;
  rival->missed = Gate::time;
  CHECK(said(page_of(revision), "runner_up") ==
        "Next best was the group that began with CAD call x (incident 9), with more evidence, but "
        "its first report was more than 15 min earlier.");
}

TEST_CASE("a link says which two reports made it, and why", "[explain]") {
  auto revision = sample_incident();
  CHECK(section_text(page_of(revision), "Why") ==
        "Why the group that began with report 3 belongs with the group that began with report 1\n"
        "  report 3 and report 2 have the same plate, 2.1 km and 9 min 30 s apart. [distance 2.1 "
        "km, gap 9 min 30 s]\n");
  auto& link = revision.content.links[0];
  link.basis = LinkBasis::evidence;
  link.terms = *revision.content.members[1].reason.terms;
  link.terms->need_mn = -16'000;
  CHECK(said(page_of(revision), "evidence") ==
        "report 3 and report 2 are too far apart for one group, yet alike enough that chance does "
        "not explain it.");
  CHECK(section_text(page_of(revision), "Why")
            .find("3.4 times the evidence that was needed: 1,000 times likelier that they belong "
                  "together than a coincidence, where 403 times was asked for") !=
        std::string::npos);
  link.basis = LinkBasis::person;
  link.terms.reset();
  CHECK(said(page_of(revision), "person") ==
        "A person said that report 3 and report 2 are one matter.");
  Word word;
  word.id = link.word = WordId{"w1"};
  word.kind = WordKind::same;
  word.event = EventId{"id-c2"};
  word.other = EventId{"id-s1"};
  word.author = "Ann";
  word.reason = "same car";
  word.said = wall_time(support::kNoonUs);
  revision.content.words = {{word, WordEffect::holds}};
  CHECK(said(page_of(revision), "person") ==
        "Ann said that report 3 and report 1 are one matter (same car).");
}

TEST_CASE("what people said of an incident is listed with what became of it", "[explain]") {
  auto revision = sample_incident();
  Word word;
  word.event = EventId{"id-c2"};
  word.other = EventId{"id-x"};
  word.author = "Ann";
  word.said = wall_time(support::kNoonUs);
  const auto said_of = [&](WordKind kind, WordEffect effect) {
    word.kind = kind;
    revision.content.words = {{word, effect}};
    return said(page_of(revision), "word");
  };
  CHECK(said_of(WordKind::apart, WordEffect::holds) ==
        "Ann said that report 3 and CAD call x (incident 9) are not one matter at "
        "2026-07-01T12:00:00Z: it holds.");
  CHECK(said_of(WordKind::eject, WordEffect::overruled) ==
        "Ann said that report 3 stands alone at 2026-07-01T12:00:00Z: newer words overrule it.");
  CHECK(said_of(WordKind::same, WordEffect::waits)
            .ends_with("it waits for an event that is not known, or was taken back."));
  CHECK(said_of(WordKind::same, WordEffect::refused).find("it was refused: ") != std::string::npos);
}

TEST_CASE("late, amended, copied and retracted reports say so", "[explain]") {
  auto revision = sample_incident();
  auto& member = revision.content.members[1];
  member.copies = 2;
  member.role = MemberRole::retracted;
  member.revision = 4;
  member.flags = {"time_clamped"};
  member.stated_priority = 7;
  member.deciding = DecidingFacts{SourceKind::cad, "loud_noise", member.place};
  const auto page = page_of(revision);
  CHECK(said(page, "copies") == "2 re-posts of it counted here as copies, not as witnesses.");
  CHECK(said(page, "retracted") ==
        "It was taken back later; it stays in the list and counts as no witness.");
  CHECK(said(page, "amended") ==
        "Its newest version came after the allowed time: it is what is shown, but the grouping "
        "rests on version 1, which told of loud_noise.");
  CHECK(said(page, "stated_priority") == "It states a priority of 7 of 10 itself.");
  CHECK(said(page, "flag") == "Noticed when it came in: time_clamped.");
  auto late = sample_incident();
  late.content.late = true;
  late.content.links.clear();
  late.content.members.resize(1);
  late.content.members[0].received += std::chrono::hours{2};
  late.content.members[0].deciding_revision = 0;
  late.content.members[0].lateness = std::chrono::hours{1};
  CHECK(said(page_of(late), "late")
            .ends_with("It came 2 h after what it tells of, its feed is allowed 1 h: it is an "
                       "incident of its own."));
}

TEST_CASE("what it may be, took over, is related to or became is said", "[explain]") {
  auto revision = sample_incident();
  revision.supersedes = {IncidentId{"old"}};
  revision.content.maybe_same_as = {{IncidentId{"other"}, 459, 164}};
  revision.content.related_to = {IncidentId{"near"}};
  const explain::Page page =
      explain::incident_page(revision, {&kConfig, {}, {{IncidentId{"other"}, "Fire"}}});
  CHECK(said(page, "supersedes") == "It took over incident old.");
  CHECK(said(page, "maybe_same_as") ==
        "It may be the same as Fire (incident other), with a chance of 45.9 %.");
  CHECK(said(page, "related_to") ==
        "Of the same kind, near by and not long before: incident near.");
  revision.content.state = IncidentState::merged;
  revision.content.merged_into = IncidentId{"survivor"};
  CHECK(said(page_of(revision), "state") == "It became part of incident survivor: look there.");
}

TEST_CASE("one event's page holds the incident's head, its report and its group's link",
          "[explain]") {
  const auto page = explain::event_page(sample_incident(), EventId{"id-c2"}, {&kConfig, {}, {}});
  REQUIRE(page.sections.size() == 3);
  CHECK(page.sections[1].title.starts_with("3. CAD call c2"));
  CHECK(page.sections[2].kind == "link");
}
