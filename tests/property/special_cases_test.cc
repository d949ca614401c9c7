// The cases that go wrong first, each written out and held against F after every message.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/property/against_f.h"
#include "tests/support/event_builder.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/small_association.h"
#include "tests/support/smallest.h"

namespace fusiond {
namespace {

using namespace std::chrono_literals;
using support::EventBuilder;
using support::SeededRng;
using support::Step;

std::vector<Step> in_order(const std::vector<Event>& records) {
  std::vector<Step> steps;
  for (const Event& record : records) {
    steps.push_back({record, std::nullopt, false});
  }
  return steps;
}

// The records as they stand, and in several mixed orders: each must equal F after every message,
// and all must end alike.
std::vector<IncidentContent> settled(const std::vector<Event>& records, int orders = 5,
                                     Compare when = Compare::always) {
  require_f(in_order(records), when);
  const auto first = outcome(in_order(records));
  SeededRng rng{records.size()};
  for (int order = 0; order < orders; ++order) {
    std::vector<Event> mixed = records;
    rng.shuffle(mixed);
    require_f(in_order(mixed), when);
    REQUIRE(outcome(in_order(mixed)) == first);
  }
  return first;
}

std::size_t with_members(const std::vector<IncidentContent>& incidents, std::size_t count) {
  return static_cast<std::size_t>(std::count_if(
      incidents.begin(), incidents.end(),
      [&](const IncidentContent& incident) { return incident.members.size() == count; }));
}

Place place_at(double lat, double lon) {
  return {static_cast<std::int32_t>(lat * 1e7), static_cast<std::int32_t>(lon * 1e7), 3000, 950,
          LocationMethod::gps};
}

}  // namespace

TEST_CASE("events at one time are in the order of their ids, whoever comes first", "[property]") {
  std::vector<Event> records;
  for (int i = 0; i < 12; ++i) {
    records.push_back(
        EventBuilder("e" + std::to_string(i)).at(60s).kind("crash").near(10 * i, 0).build());
  }
  const auto incidents = settled(records);
  CHECK(with_members(incidents, 12) == 1);
}

TEST_CASE("events at one time and one place, of one kind and of others, are settled alike",
          "[property]") {
  std::vector<Event> records;
  for (int i = 0; i < 12; ++i) {
    const char* kind = i % 3 == 0 ? "fire" : i % 3 == 1 ? "crash" : "gunshot";
    records.push_back(EventBuilder("e" + std::to_string(i)).at(60s).kind(kind).build());
  }
  const auto incidents = settled(records);
  CHECK(incidents.size() >= 3);
}

TEST_CASE("two episodes that an event fits equally well: the earlier one takes it", "[property]") {
  // The same distance west and east, the same kind and time; only the ids differ.
  std::vector<Event> records;
  for (const int side : {-1, 1}) {
    records.push_back(EventBuilder("anchor" + std::to_string(side))
                          .at(0s)
                          .kind("crash")
                          .near(side * 350, 0, 20)
                          .build());
  }
  records.push_back(EventBuilder("between").at(30s).kind("crash").near(0, 0, 400).build());
  (void)settled(records);
}

TEST_CASE("a chain of near events ends at rho and T of its anchor, however long it grows",
          "[property]") {
  std::vector<Event> records;
  for (int i = 0; i < 30; ++i) {
    records.push_back(EventBuilder("e" + std::to_string(i))
                          .at(std::chrono::seconds{40 * i})
                          .kind("crash")
                          .near(80 * i, 0)
                          .build());
  }
  const auto incidents = settled(records, 3);
  std::size_t anchors = 0;
  for (const IncidentContent& incident : incidents) {
    for (const Member& member : incident.members) {
      anchors += member.reason.anchor == member.event_id ? 1 : 0;
    }
  }
  CHECK(anchors > 1);
}

TEST_CASE("T after its anchor an event may still join, a microsecond later no more", "[property]") {
  const std::vector<Event> at_t = {
      EventBuilder("anchor").at(0s).kind("crash").near(0, 0, 5).caller("one"),
      EventBuilder("last").at(900s).kind("crash").near(0, 0, 5).caller("one")};
  const auto joined = settled(at_t);
  REQUIRE(joined.size() == 1);
  CHECK(joined.front().members.back().reason.anchor == at_t.front().id);
  const std::vector<Event> beyond = {at_t.front(),
                                     EventBuilder{at_t.back()}.at(900s + 1us).build()};
  for (const IncidentContent& incident : settled(beyond)) {
    for (const Member& member : incident.members) {
      CHECK(member.reason.anchor == member.event_id);
    }
  }
}

TEST_CASE("a CAD number links what is 30 minutes apart, a microsecond later no more",
          "[property]") {
  const std::vector<Event> records = {
      EventBuilder("first").at(0s).kind("crash").cad("pd/1"),
      EventBuilder("again").at(30min).kind("fire").near(300, 0).cad("pd/1")};
  CHECK(settled(records).size() == 1);
  CHECK(settled({records.front(), EventBuilder{records.back()}.at(30min + 1us).build()}).size() ==
        2);
}

TEST_CASE("one CAD number a minute and 40 km apart does not join what cannot be one matter",
          "[property]") {
  const std::vector<Event> records = {
      EventBuilder("here").at(0s).kind("crash").cad("pd/1"),
      EventBuilder("far").at(60s).kind("crash").near(40000, 0).cad("pd/1"),
      EventBuilder("near").at(90s).kind("fire").near(900, 0).cad("pd/1")};
  const auto incidents = settled(records);
  CHECK(incidents.size() == 2);
  CHECK(with_members(incidents, 2) == 1);
}

TEST_CASE("revisions that flip the family, forth and back, move the event and nobody else",
          "[property]") {
  std::vector<Event> records = {EventBuilder("crash").at(0s).kind("crash"),
                                EventBuilder("fight").at(10s).kind("fight").near(60, 0),
                                EventBuilder("turns").at(20s).kind("crash").near(30, 0)};
  const EventBuilder turns{records.back()};
  for (std::uint64_t i = 2; i < 8; ++i) {
    records.push_back(EventBuilder{turns}
                          .kind(i % 2 == 0 ? "fight" : "crash")
                          .headline("revision " + std::to_string(i))
                          .revision(i)
                          .build());
  }
  (void)settled(records);
}

TEST_CASE("an anchor with 200 members is retracted: they settle again without it", "[property]") {
  std::vector<Event> records = {EventBuilder("anchor").at(0s).kind("gunshot").near(0, 0)};
  SeededRng rng{200};
  for (int i = 0; i < 200; ++i) {
    records.push_back(EventBuilder("e" + std::to_string(i))
                          .at(std::chrono::seconds{1 + rng.between(0, 600)})
                          .kind("shots_fired")
                          .near(rng.between(-100, 100), rng.between(-100, 100))
                          .build());
  }
  const auto full = outcome(in_order(records));
  const Event anchor = records.front();
  records.push_back(EventBuilder{anchor}.lifecycle(Lifecycle::retract).revision(2).build());
  const auto left = settled(records, 2, Compare::at_end);
  std::size_t members = 0;
  for (const IncidentContent& incident : left) {
    for (const Member& member : incident.members) {
      CHECK(member.event_id != anchor.id);
      ++members;
    }
  }
  CHECK(members == 200);
  CHECK(full != left);
  // And back again: a higher revision that is no retraction restores what was.
  records.push_back(EventBuilder{anchor}.headline("true after all").revision(3).build());
  const auto again = settled(records, 1, Compare::at_end);
  REQUIRE(again.size() == full.size());
  CHECK(again.front().members.size() == full.front().members.size());
}

// "first" is with "far", and "far too" with "apart", from whom "last" is kept apart. As long as the
// two that are far away are one matter, so are all; when one of them moves, "last" is near nobody
// who moved, and may join "first" all the same.
TEST_CASE("an event that people bind moves far away: a later one is free to join somebody else",
          "[property]") {
  const EventBuilder first = EventBuilder("first").at(10s).kind("crash");
  const EventBuilder far = EventBuilder("far").at(20s).near(20000, 0).kind("crash");
  const EventBuilder far_too = EventBuilder("far too").at(30s).near(20010, 0).kind("crash");
  const EventBuilder apart = EventBuilder("apart").at(40s).near(40000, 0).kind("crash");
  const EventBuilder last = EventBuilder("last").at(50s).kind("crash");
  std::vector<Step> steps = in_order({first, far, far_too, apart, last});
  const auto say = [&](WordKind kind, const EventBuilder& one, const EventBuilder& other) {
    Word word;
    word.id = word_id_of(std::to_string(steps.size()));
    word.revision = 1;
    word.kind = kind;
    word.event = one.build().id;
    word.other = other.build().id;
    word.author = "dispatcher";
    word.reason = "known by phone";
    word.said = wall_time(support::kStartUs) + Micros{static_cast<std::int64_t>(steps.size())};
    steps.push_back({std::nullopt, std::nullopt, false, word});
  };
  say(WordKind::same, first, far);
  say(WordKind::same, far_too, apart);
  say(WordKind::apart, apart, last);
  require_f(steps, Compare::always);
  CHECK(outcome(steps).size() == 2);
  steps.push_back(
      {EventBuilder(far).revision(2).near(60000, 0).by(60s).build(), std::nullopt, false});
  require_f(steps, Compare::always);
  const auto incidents = outcome(steps);
  CHECK(std::any_of(incidents.begin(), incidents.end(), [&](const IncidentContent& incident) {
    return incident.members.size() == 3 && incident.members.back().event_id == last.build().id;
  }));
}

// Only the latest four holders of a key count (crowded_association). One more of them, far away,
// pushes the only one out that stands near by; when it leaves, that one counts again.
TEST_CASE("a holder of a crowded key matters to later ones, grouped or late, wherever it is",
          "[property]") {
  const bool late = GENERATE(false, true);
  EventBuilder last = EventBuilder("last").at(800s).near(300, 0).caller("k");
  last.by(late ? 30min : Micros{1s});
  std::vector<Event> records = {EventBuilder("near").at(500s).kind("crash").caller("k")};
  for (int i = 0; i < 3; ++i) {
    records.push_back(
        EventBuilder("far" + std::to_string(i)).at(600s).near(9000 * (i + 1), 0).caller("k"));
  }
  const EventBuilder one_more = EventBuilder("one more").at(700s).near(50000, 0).caller("k");
  records.push_back(last);
  records.push_back(one_more);
  records.push_back(EventBuilder(one_more).revision(2).lifecycle(Lifecycle::retract).by(60s));
  require_f(in_order(records), Compare::always, support::crowded_association());
}

TEST_CASE("180 degrees of longitude are no border", "[property]") {
  const std::vector<Event> records = {
      EventBuilder("west").at(0s).kind("crash").place(place_at(-17.0, 179.9997)),
      EventBuilder("east").at(30s).kind("crash").place(place_at(-17.0, -179.9998)),
      EventBuilder("line").at(60s).kind("crash").place(place_at(-17.0, 180.0))};
  const auto incidents = settled(records);
  CHECK(with_members(incidents, 3) == 1);
}

TEST_CASE("two cities in one deployment do not hear of each other", "[property]") {
  const auto city = [](const std::string& name, double lat, double lon) {
    std::vector<Event> records;
    SeededRng rng{7};
    for (int i = 0; i < 20; ++i) {
      const double east = static_cast<double>(rng.between(-300, 300)) / 100000;
      const char* kind = i % 2 == 0 ? "crash" : "gunshot";
      records.push_back(EventBuilder(name + std::to_string(i))
                            .at(std::chrono::seconds{rng.between(0, 600)})
                            .kind(kind)
                            .place(place_at(lat, lon + east))
                            .build());
    }
    return records;
  };
  const std::vector<Event> one = city("a", 37.8, -122.27);
  const std::vector<Event> other = city("b", 39.1, -94.58);
  std::vector<Event> both = one;
  both.insert(both.end(), other.begin(), other.end());
  auto apart = outcome(in_order(one));
  const auto second = outcome(in_order(other));
  apart.insert(apart.end(), second.begin(), second.end());
  std::sort(apart.begin(), apart.end(),
            [](const IncidentContent& a, const IncidentContent& b) { return a.id < b.id; });
  for (IncidentContent& incident : apart) {
    incident.related_to.clear();
  }
  auto together = settled(both, 2, Compare::at_end);
  for (IncidentContent& incident : together) {
    incident.related_to.clear();
  }
  CHECK(together == apart);
}

TEST_CASE("what people put to one incident is no other one that it nearly fits", "[property]") {
  const Event call = EventBuilder("call").at(79s).kind("crash").near(-295, 245, 87);
  const Event call_with_key = EventBuilder{call}.duplicate_of("pd/1");
  const Event post = EventBuilder("post", "posts")
                         .from(SourceKind::social)
                         .kind("gunshot")
                         .at(700s)
                         .near(50, 330, 91)
                         .method(LocationMethod::text)
                         .duplicate_of("pd/1");
  const Event other = EventBuilder("other", "posts")
                          .from(SourceKind::social)
                          .kind("gunshot")
                          .at(0s)
                          .near(-468, 69, 55);
  const Word word{WordId{event_id_of(SourceId{"words"}, "1").str()},
                  1,
                  WordKind::same,
                  post.id,
                  other.id,
                  "operator",
                  "one caller",
                  wall_time(support::kStartUs)};
  const Event called_off =
      EventBuilder{call_with_key}.revision(2).lifecycle(Lifecycle::retract).by(20min);
  std::vector<Step> steps = in_order({call_with_key, called_off, post, other});
  require_f(steps, Compare::always);
  steps.push_back({std::nullopt, std::nullopt, false, word});
  require_f(steps, Compare::always);
  REQUIRE(outcome(steps).size() == 1);
  REQUIRE(outcome(steps)[0].members[2].reason.runner_up->anchor == call.id);
}

TEST_CASE("a delivery that fails is cut down to what fails", "[property]") {
  std::vector<int> numbers;
  for (int i = 0; i < 100; ++i) {
    numbers.push_back(i);
  }
  std::size_t asked = 0;
  const auto least = support::smallest(numbers, [&](const std::vector<int>& some) {
    ++asked;
    const auto has = [&](int number) {
      return std::find(some.begin(), some.end(), number) != some.end();
    };
    return has(17) && has(80) && has(81);
  });
  CHECK(least == std::vector<int>{17, 80, 81});
  CHECK(asked < 400);
}

}  // namespace fusiond
