// The bounds of design/0005, 3: a crowd on one point costs what its bounds allow, and nobody else.
#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/fusion/engine.h"
#include "daemon/wire/incident_bytes.h"
#include "tests/support/city.h"
#include "tests/support/event_builder.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/small_association.h"

namespace fusiond::fusion {
namespace {

using support::EventBuilder;
using namespace std::chrono_literals;

constexpr int kCrowd = 3000;

// Everybody at one point within a minute, of kinds that do not go together.
std::vector<Event> crowd() {
  const std::vector<std::string> kinds = {"gunshot", "crash", "fire", "fight", "disturbance"};
  std::vector<Event> events;
  events.reserve(kCrowd);
  for (int i = 0; i < kCrowd; ++i) {
    events.push_back(EventBuilder("crowd" + std::to_string(i))
                         .kind(kinds[static_cast<std::size_t>(i) % kinds.size()])
                         .at(300s + Micros{i * 20'000})
                         .near(5000, 5000)
                         .build());
  }
  return events;
}

std::vector<Event> by_arrival(std::vector<Event> events) {
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::tie(a.received, a.id) < std::tie(b.received, b.id);
  });
  return events;
}

// Each id once, as it was heard first.
std::vector<Event> city() {
  support::SeededRng rng{5};
  std::map<EventId, Event> first;
  for (const Event& record :
       city_records(rng, {.events = 150, .revisions = false, .late = false, .statuses = false})) {
    first.emplace(record.id, record);
  }
  std::vector<Event> events;
  for (const auto& [id, event] : first) {
    events.push_back(event);
  }
  return events;
}

struct Outcome {
  std::map<IncidentId, IncidentContent> incidents;
  Engine::Stats stats;
};

Outcome fuse(const std::vector<Event>& events) {
  const wire::IncidentBytes writer;
  Engine engine{{support::small_association(), support::small_priorities(), {}, 1}, writer};
  for (const Event& event : by_arrival(events)) {
    EventState state;
    (is_on_time(event) ? state.deciding : state.shown) = event;
    (void)engine.apply(state, {"event", event.id, event.revision, {}, event.received});
  }
  Outcome outcome{{}, engine.stats()};
  for (IncidentContent& content : engine.incidents()) {
    outcome.incidents.emplace(content.id, std::move(content));
  }
  return outcome;
}

}  // namespace

TEST_CASE("a crowd 5 km away changes nothing in the city, and is counted", "[fusion][crowd]") {
  const std::vector<Event> quiet = city();
  std::vector<Event> both = quiet;
  const std::vector<Event> many = crowd();
  both.insert(both.end(), many.begin(), many.end());
  const Outcome alone = fuse(quiet);
  const Outcome beside = fuse(both);
  CHECK(alone.stats.crowded == 0);
  CHECK(beside.stats.crowded > 1000);
  REQUIRE(alone.incidents.size() > 10);
  for (const auto& [id, content] : alone.incidents) {
    REQUIRE(beside.incidents.contains(id));
    CHECK(beside.incidents.at(id) == content);
  }
}

TEST_CASE("an event in a crowd knows no more background than it looks at", "[fusion][crowd]") {
  const auto most = support::small_association().crowd_events;
  for (const auto& [id, content] : fuse(crowd()).incidents) {
    for (const Member& member : content.members) {
      if (member.reason.terms) {
        REQUIRE(member.reason.terms->background_n <= most);
      }
    }
  }
}

}  // namespace fusiond::fusion
