#include "daemon/route/router.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/event_builder.h"
#include "tests/support/seeded_rng.h"

namespace fusiond::route {
namespace {

using support::EventBuilder;
using namespace std::chrono_literals;

Event call(std::uint64_t revision, const std::string& words, Micros by = 1s) {
  return EventBuilder("c1").revision(revision).headline(words).by(by);
}

// The state after all of `records`, in that order.
EventState state_after(const std::vector<Event>& records) {
  Router router{{}};
  std::optional<EventState> state;
  for (const Event& record : records) {
    if (Routed routed = router.take(record); routed.changed) {
      state = std::move(routed.changed);
    }
  }
  return *state;
}

std::string deciding(const EventState& state) {
  return state.deciding ? state.deciding->headline : "none";
}
std::string shown(const EventState& state) {
  return state.newest().headline;
}

}  // namespace

TEST_CASE("the newest revision decides whatever comes first", "[route]") {
  const EventState state = state_after({call(20, "new"), call(10, "old")});
  CHECK(deciding(state) == "new");
  CHECK_FALSE(state.shown);
}

TEST_CASE("a record that comes after the allowance is shown and does not decide", "[route]") {
  Router router{{}};
  CHECK(router.take(call(1, "first")).verdict == Verdict::admitted);
  const Routed routed = router.take(call(2, "an hour later", 1h));
  CHECK(routed.verdict == Verdict::amended);
  REQUIRE(routed.changed);
  CHECK(deciding(*routed.changed) == "first");
  CHECK(shown(*routed.changed) == "an hour later");
}

TEST_CASE("a record exactly at the allowance is on time, a microsecond later is late", "[route]") {
  Router router{{}};
  CHECK(router.take(EventBuilder("a").by(15min)).verdict == Verdict::admitted);
  CHECK(router.take(EventBuilder("b").by(15min + 1us)).verdict == Verdict::late);
}

TEST_CASE("a late id becomes grouped when a record on time turns up", "[route]") {
  Router router{{}};
  CHECK(router.take(call(2, "late", 1h)).verdict == Verdict::late);
  const Routed routed = router.take(call(1, "on time"));
  CHECK(routed.verdict == Verdict::admitted);
  CHECK(deciding(*routed.changed) == "on time");
  CHECK(shown(*routed.changed) == "late");
}

TEST_CASE("the same words under a higher revision are a repeat and change nothing", "[route]") {
  Router router{{}};
  (void)router.take(call(1, "words"));
  const Routed routed = router.take(call(99, "words", 40s));
  CHECK(routed.verdict == Verdict::repeat);
  CHECK_FALSE(routed.changed);
}

TEST_CASE("an older revision is stale, and the journal learns of it", "[route]") {
  Router router{{}};
  (void)router.take(call(5, "new"));
  const Routed routed = router.take(call(4, "old"));
  CHECK(routed.verdict == Verdict::stale);
  REQUIRE(routed.changed);
  CHECK(deciding(*routed.changed) == "new");
}

TEST_CASE("a repeated content counts at its lowest revision in every order", "[route]") {
  std::vector<Event> records = {call(10, "x"), call(20, "y"), call(30, "x", 9s)};
  std::sort(records.begin(), records.end(),
            [](const Event& a, const Event& b) { return a.revision < b.revision; });
  do {
    const EventState state = state_after(records);
    CHECK(deciding(state) == "y");
    CHECK_FALSE(state.shown);
    REQUIRE(state.others.size() == 1);
    CHECK(state.others[0]->revision == 10);
  } while (std::next_permutation(
      records.begin(), records.end(),
      [](const Event& a, const Event& b) { return a.revision < b.revision; }));
}

TEST_CASE("a content said on time stands there, even if a lower revision of it came late",
          "[route]") {
  const EventState state = state_after({call(10, "x", 1h), call(20, "y"), call(30, "x")});
  CHECK(deciding(state) == "x");
  CHECK(state.deciding->revision == 30);
}

TEST_CASE(
    "of two contents under one revision the first ingested wins, then the smaller hash, and the "
    "conflict is said",
    "[route]") {
  Router router{{}};
  (void)router.take(call(1, "second in", 5s));
  const Routed routed = router.take(call(1, "first in", 2s));
  CHECK(routed.conflict);
  CHECK(deciding(*routed.changed) == "first in");
  const Event a = call(1, "a");
  const Event b = call(1, "b");
  const std::string smaller = a.content_hash < b.content_hash ? "a" : "b";
  CHECK(deciding(state_after({a, b})) == smaller);
  CHECK(deciding(state_after({b, a})) == smaller);
}

TEST_CASE("any order and any repeats of the same records give the same state",
          "[route][property]") {
  const std::uint64_t seed = support::test_seed(20260701);
  INFO("replay: FUSIOND_SEED=" << seed << " bin/route_test [property]");
  support::SeededRng rng{seed};
  for (int round = 0; round < 2000; ++round) {
    std::vector<Event> records;
    const std::size_t count = 1 + rng.below(7);
    for (std::size_t i = 0; i < count; ++i) {
      const auto by = rng.chance(30) ? Micros{15min} + std::chrono::seconds{1 + rng.below(3)}
                                     : Micros{std::chrono::seconds{rng.below(4)}};
      records.push_back(
          call(1 + rng.below(5), std::string(1, static_cast<char>('a' + rng.below(4))), by));
    }
    const EventState expected = state_after(records);
    for (int order = 0; order < 6; ++order) {
      std::vector<Event> mixed = records;
      for (std::size_t i = 0; i < count; ++i) {
        if (rng.chance(40)) {
          mixed.push_back(records[i]);
        }
      }
      rng.shuffle(mixed);
      REQUIRE(state_after(mixed) == expected);
    }
  }
}

TEST_CASE("a router that was restored goes on as if it had never stopped", "[route]") {
  Router first{{}};
  Routed routed = first.take(call(10, "x"));
  routed = first.take(call(30, "y"));
  Router second{{}};
  second.restore(*routed.changed);
  CHECK(second.take(call(40, "x", 3s)).verdict == Verdict::repeat);
  CHECK(second.take(call(50, "z", 3s)).verdict == Verdict::admitted);
}

TEST_CASE("ids are forgotten after their time, and what comes after that says so", "[route]") {
  Router router{{2h, 32}};
  (void)router.take(EventBuilder("old"));
  (void)router.take(EventBuilder("polled"));
  (void)router.take(EventBuilder("polled").by(5h));  // a repeat is a sign of life
  (void)router.take(EventBuilder("new").at(6h));
  CHECK(router.forget(EventBuilder("new").at(1h).build().received).empty());
  CHECK(router.forget(EventBuilder("new").at(6h).build().received) ==
        std::vector<EventId>{EventBuilder("old").build().id});
  CHECK(router.size() == 2);
  CHECK(router.take(EventBuilder("old").by(6h)).verdict == Verdict::forgotten);
  CHECK(router.take(EventBuilder("polled").by(6h)).verdict == Verdict::repeat);
  CHECK(router.forget(EventBuilder("new").at(6h).build().received).empty());
}

TEST_CASE("one id keeps a bounded number of contents, the newest", "[route]") {
  Router router{{72h, 4}};
  std::optional<EventState> state;
  for (std::uint64_t revision = 1; revision <= 10; ++revision) {
    state = router.take(call(revision, std::to_string(revision))).changed;
  }
  CHECK(deciding(*state) == "10");
  CHECK(state->others.size() == 2);
}

}  // namespace fusiond::route
