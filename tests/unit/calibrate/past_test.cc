#include "daemon/calibrate/past.h"

#include <catch2/catch.hpp>

#include "tests/support/event_builder.h"
#include "tests/support/small_association.h"
#include "tests/support/told_city.h"

namespace fusiond::calibrate {
namespace {

using std::chrono_literals::operator""s;

WallTime at(Micros since) {
  return wall_time(support::kStartUs + since.count());
}

IncidentRevision told(const std::string& name, Micros when, std::size_t reports) {
  return support::told(name, when, std::vector<support::ToldReport>(reports, {.kind = "crash"}),
                       support::small_association());
}

// `revision` as its incident's next one.
IncidentRevision next(IncidentRevision revision, Micros when, std::uint64_t number) {
  revision.updated = at(when);
  revision.revision = number;
  return revision;
}

std::string name_of(const Past& past, const Found& found) {
  return found.lost == Lost::no ? past.incidents().word(found.incident) : std::string();
}

TEST_CASE("an incident goes by its id, its events', their sources', and CAD numbers",
          "[calibrate]") {
  Past past;
  past.take(told("one", 10s, 2));
  past.take(told("two", 20s, 1));
  past.settle();
  for (const char* id : {"one", "one-2", "s-one-1", "pd/c-one-2", "c-one-2"}) {
    INFO(id);
    CHECK(name_of(past, past.look(id, std::nullopt)) == "one");
  }
  CHECK(past.look("three", std::nullopt).lost == Lost::unknown);
  CHECK(past.standing().size() == 2);
}

TEST_CASE("a number that two agencies or sources use names nothing", "[calibrate]") {
  auto other = told("two", 20s, 1);
  other.content.members[0].keys.cad_number = "fd/c-one-1";
  other.content.members[0].source = SourceId{"elsewhere"};
  other.content.members[0].source_event_id = "s-one-1";
  Past past;
  past.take(told("one", 10s, 1));
  past.take(other);
  past.settle();
  CHECK(past.look("c-one-1", std::nullopt).lost == Lost::ambiguous);
  CHECK(past.look("s-one-1", std::nullopt).lost == Lost::ambiguous);
  CHECK(name_of(past, past.look("fd/c-one-1", std::nullopt)) == "two");
}

TEST_CASE("what is asked of a time is answered by what had been told before it", "[calibrate]") {
  Past past;
  past.take(next(told("one", 10s, 3), 40s, 2));
  past.take(told("one", 10s, 1));
  past.take(told("one", 10s, 1));
  past.settle();
  CHECK(past.pictures() == 2);
  CHECK(past.look("one", at(10s)).lost == Lost::too_early);
  CHECK(past.look("one-3", at(40s)).lost == Lost::too_early);
  CHECK(past.look("one", at(40s)).picture->reports.size() == 1);
  CHECK(past.look("one", at(41s)).picture->reports.size() == 3);
  CHECK(past.look("one", std::nullopt).picture->reports.size() == 3);
  CHECK(past.first_of(past.look("one", std::nullopt).incident).reports.size() == 1);
}

TEST_CASE("an event is where it was then, also when it moved back later", "[calibrate]") {
  const auto one = told("one", 10s, 2);
  auto without = next(one, 30s, 2);
  without.content.members.pop_back();
  auto other = told("two", 20s, 1);
  auto taken = next(other, 30s, 2);
  taken.content.members.push_back(one.content.members[1]);
  Past past;
  for (const auto& revision :
       {next(other, 50s, 3), taken, other, next(one, 50s, 3), without, one}) {
    past.take(revision);
  }
  past.settle();
  CHECK(name_of(past, past.look("one-2", at(25s))) == "one");
  CHECK(name_of(past, past.look("one-2", at(45s))) == "two");
  CHECK(name_of(past, past.look("one-2", std::nullopt)) == "one");
}

TEST_CASE("a merged incident is the one it was merged into, a withdrawn one is none",
          "[calibrate]") {
  auto merged = next(told("two", 20s, 1), 30s, 2);
  merged.content.state = IncidentState::merged;
  merged.content.merged_into = IncidentId{"one"};
  merged.content.members.clear();
  auto withdrawn = next(told("three", 20s, 1), 30s, 2);
  withdrawn.content.state = IncidentState::withdrawn;
  Past past;
  for (const auto& revision :
       {told("one", 10s, 1), told("two", 20s, 1), merged, told("three", 20s, 1), withdrawn}) {
    past.take(revision);
  }
  past.settle();
  CHECK(name_of(past, past.look("two", at(25s))) == "two");
  CHECK(name_of(past, past.look("two", std::nullopt)) == "one");
  CHECK(name_of(past, past.at_last(past.look("two", at(25s)).incident)) == "one");
  CHECK(name_of(past, past.look("three", at(25s))) == "three");
  CHECK(past.look("three", std::nullopt).lost == Lost::withdrawn);
  CHECK(past.look("three-1", std::nullopt).lost == Lost::withdrawn);
  CHECK(past.standing().size() == 1);
}

TEST_CASE("a large incident is known by the events it does not list, too", "[calibrate]") {
  auto large = told("one", 10s, 2);
  large.content.members_left_out = {EventId{"hidden"}};
  Past past;
  past.take(large);
  past.settle();
  CHECK(name_of(past, past.look("hidden", std::nullopt)) == "one");
}

TEST_CASE("who tells of a kind the most is known", "[calibrate]") {
  Past past;
  past.take(support::told("one", 10s,
                          {{.kind = "crash", .teller = WitnessKind::camera},
                           {.kind = "crash"},
                           {.kind = "crash", .teller = WitnessKind::unit},
                           {.kind = "crash"}},
                          support::small_association()));
  CHECK(past.teller_of(*past.kinds().find("crash")) == WitnessKind::caller);
}

}  // namespace
}  // namespace fusiond::calibrate
