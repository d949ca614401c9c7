#include "daemon/fit/history.h"

#include <catch2/catch.hpp>

#include "daemon/fit/chance.h"
#include "tests/support/event_builder.h"
#include "tests/support/small_association.h"

namespace fusiond::fit {
namespace {

using namespace std::chrono_literals;
using support::EventBuilder;

History read(const std::vector<Event>& events, const Links& links = {}) {
  return read_history(events, links, support::small_association());
}

std::size_t pairs(const std::vector<Event>& events) {
  const History history = read(events);
  return find_pairs(history, {}, {}).near.size();
}

TEST_CASE("of an event only the newest revision counts, and its first kind is remembered",
          "[fit][history]") {
  const auto history = read({EventBuilder("c1").kind("unclassified"),
                             EventBuilder("c1").kind("fire").revision(3).near(500, 0),
                             EventBuilder("c1").kind("crash").revision(2)});
  REQUIRE(history.reports.size() == 1);
  CHECK(history.kinds[history.strata[history.reports[0].stratum].kind] == "fire");
  REQUIRE(history.retyped.size() == 1);
  const auto [first, last] = history.retyped.begin()->first;
  CHECK(history.kinds[first] == "unclassified");
  CHECK(history.kinds[last] == "fire");
}

TEST_CASE("retracted events, copies, exercises and events without a place are left out and counted",
          "[fit][history]") {
  const Event root = EventBuilder("c1");
  const auto history =
      read({root, EventBuilder("c2").revision(2).lifecycle(Lifecycle::retract),
            EventBuilder("c3").copy_of(root.id), EventBuilder("c4").status(Status::exercise),
            EventBuilder("c5").nowhere()});
  CHECK(history.reports.size() == 1);
  CHECK(history.retracted == 1);
  CHECK(history.copies == 1);
  CHECK(history.unplaced == 1);
  CHECK(history.events == 5);
}

TEST_CASE("of a unit's track and of a plate read again only the first position counts",
          "[fit][history]") {
  std::vector<Event> events;
  for (int i = 0; i < 5; ++i) {
    events.push_back(EventBuilder("u" + std::to_string(i))
                         .method(LocationMethod::device_registry)
                         .near(i * 100, 0)
                         .at(i * 20s)
                         .cad("pd/1"));
    events.push_back(
        EventBuilder("p" + std::to_string(i)).from(SourceKind::plate).at(i * 30s).plate("X1"));
  }
  const auto history = read(events);
  CHECK(history.reports.size() == 2);
  CHECK(history.tracks == 8);
}

TEST_CASE("one caller, one device and one author are one witness and make no pair",
          "[fit][history]") {
  CHECK(pairs({EventBuilder("c1"), EventBuilder("c2").at(30s)}) == 1);
  CHECK(pairs({EventBuilder("c1").caller("x"), EventBuilder("c2").at(30s).caller("x")}) == 0);
  CHECK(pairs({EventBuilder("c1").device("x"), EventBuilder("c2").at(30s).device("x")}) == 0);
  CHECK(pairs({EventBuilder("c1").provenance("x"), EventBuilder("c2").at(30s).provenance("x")}) ==
        0);
}

TEST_CASE("links that share an event are one group, and unknown events are counted",
          "[fit][history]") {
  const Event a = EventBuilder("c1");
  const Event b = EventBuilder("c2").at(10s);
  const Event c = EventBuilder("c3").at(20s);
  const auto history =
      read({a, b, c}, {.groups = {{a.id.str(), "c2"}, {b.id.str(), c.id.str(), "nobody"}}});
  REQUIRE(history.reports.size() == 3);
  CHECK(history.reports[0].group != 0);
  CHECK(history.linked == 3);
  CHECK(history.unknown_links >= 1);
}

TEST_CASE("a long silence is a hole in the recording", "[fit][history]") {
  std::vector<Event> events;
  for (int i = 0; i < 200; ++i) {
    events.push_back(EventBuilder("c" + std::to_string(i)).at((i < 100 ? 0h : 48h) + i * 60s));
  }
  const auto history = read(events);
  CHECK(history.covered.size() == 2);
  CHECK(covered_s(history) == Approx(2 * 99 * 60));
  const double start = history.reports.front().time_s;
  CHECK(is_covered(history, start, 1800));
  CHECK_FALSE(is_covered(history, start + 86400, 1800));
  CHECK_FALSE(is_covered(history, start + 5000, 1800));
}

}  // namespace
}  // namespace fusiond::fit
