// Patterns through router and engine, with a consumer that checks every promise.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/support/event_builder.h"
#include "tests/support/fusion_line.h"
#include "tests/support/small_rules.h"

using namespace fusiond;
using namespace std::chrono_literals;
using support::EventBuilder;
using support::FusionLine;

namespace {

// Three plates within five minutes on Main Street.
rules::Bundle caravan() {
  rules::Bundle bundle = support::small_bundle();
  bundle.protected_events.clear();  // plates are read
  rules::Rule rule;
  rule.name = "caravan";
  rule.status = rules::RuleStatus::live;
  rule.title = "Caravan";
  rule.type = "DISORD";
  rule.pattern = rules::Pattern{rules::GroupBy::zone, {"main-street"}, 5min, std::nullopt};
  rules::Part cars;
  cars.name = "cars";
  cars.role = PartRole::anchor;
  cars.from.add(WitnessKind::plate);
  cars.match.kinds = {"crash"};
  cars.distinct = rules::Field::plate;
  cars.at_least = 3;
  cars.likelier_mn = -400;
  rule.parts = {cars};
  rule.provisional = {-500, {}, 0};
  rule.firm = {-500, {}, 4};
  rule.priority.base = 5;
  bundle.rules = {rule};
  return bundle;
}

Event read(const std::string& plate, Micros at, std::uint64_t revision = 1,
           Lifecycle lifecycle = Lifecycle::fresh) {
  return EventBuilder("read-" + plate, "plates")
      .from(SourceKind::plate)
      .kind("crash")
      .plate(plate)
      .at(at)
      .revision(revision)
      .lifecycle(lifecycle)
      .build();
}

struct Line : FusionLine {
  Line() : FusionLine(72h, support::small_association(), caravan()) {}
  // The incidents of the pattern that are live.
  std::vector<IncidentContent> patterns() {
    std::vector<IncidentContent> all = engine().incidents();
    std::erase_if(all, [](const IncidentContent& one) { return !one.pattern; });
    return all;
  }
  void time(Micros since_start) {
    const WallTime now = wall_time(support::kStartUs + since_start.count());
    (void)tick({now, {{SourceId{"plates"}, true, now, 15min}}});
  }
};

}  // namespace

TEST_CASE("enough of a key within the window are an incident of their own", "[fusion][pattern]") {
  Line t;
  (void)t.say(read("A1", 0s));
  (void)t.say(read("B2", 60s));
  (void)t.say(read("A1", 90s, 2));
  CHECK(t.patterns().empty());
  (void)t.say(read("C3", 299s));
  REQUIRE(t.patterns().size() == 1);
  const IncidentContent three = t.patterns().front();
  CHECK(three.findings.front().state == FindingState::provisional);
  CHECK(three.pattern->key == "main-street");
  CHECK(three.pattern->most == 3);
  CHECK(three.members.size() == 3);
  CHECK(three.address_text == "main-street");
  (void)t.say(read("D4", 310s));
  REQUIRE(t.patterns().size() == 1);
  CHECK(t.patterns().front().id == three.id);
  CHECK(t.patterns().front().findings.front().state == FindingState::firm);
  CHECK(t.broken().empty());
}

TEST_CASE("a window is as wide as it says", "[fusion][pattern]") {
  Line t;
  (void)t.say(read("A1", 0s));
  (void)t.say(read("B2", 100s));
  (void)t.say(read("C3", 301s));
  CHECK(t.patterns().empty());
  (void)t.say(read("D4", 400s));
  CHECK(t.patterns().size() == 1);  // B2, C3, D4: both ends belong to it
}

TEST_CASE("what comes in late counts by when it happened, and renames", "[fusion][pattern]") {
  Line t;
  (void)t.say(read("B2", 60s));
  (void)t.say(read("C3", 120s));
  (void)t.say(read("D4", 180s));
  const IncidentId before = t.patterns().at(0).id;
  (void)t.say(read("A1", 0s));
  REQUIRE(t.patterns().size() == 1);
  CHECK(t.patterns()[0].id != before);
  CHECK(t.newest().at(before).content.merged_into == t.patterns()[0].id);
  CHECK(t.newest().at(t.patterns()[0].id).supersedes == std::vector<IncidentId>{before});
  CHECK(t.broken().empty());
}

TEST_CASE("one that is taken back takes the pattern back", "[fusion][pattern]") {
  Line t;
  (void)t.say(read("A1", 0s));
  (void)t.say(read("B2", 60s));
  (void)t.say(read("C3", 120s));
  const IncidentId id = t.patterns().at(0).id;
  (void)t.say(read("B2", 60s, 2, Lifecycle::retract));
  CHECK(t.patterns().empty());
  CHECK(t.newest().at(id).content.state == IncidentState::withdrawn);
  CHECK(t.newest().at(id).findings_ended == std::vector<std::string>{"caravan"});
  (void)t.say(read("D4", 130s));
  REQUIRE(t.patterns().size() == 1);
  CHECK(t.patterns()[0].id == id);
  CHECK(t.newest().at(id).change == IncidentChange::reopened);
  CHECK(t.broken().empty());
}

TEST_CASE("a pattern turns quiet and closes, and a restart tells nothing again",
          "[fusion][pattern]") {
  Line t;
  for (const auto& [plate, at] : {std::pair{"A1", 0s}, {"B2", 60s}, {"C3", 120s}}) {
    (void)t.say(read(plate, at));
  }
  const IncidentId id = t.patterns().at(0).id;
  t.time(15min + 121s);
  CHECK(t.newest().at(id).content.state == IncidentState::open);
  t.time(15min + 120s + 5min + 1min);
  CHECK(t.newest().at(id).content.state == IncidentState::quiet);
  t.time(4h);
  CHECK(t.newest().at(id).content.state == IncidentState::closed);
  const std::uint64_t told = t.newest().at(id).revision;
  t.restart();
  t.time(4h + 1min);
  CHECK(t.newest().at(id).revision == told);
  CHECK(t.patterns().size() == 1);
  CHECK(t.broken().empty());
}

TEST_CASE("an event is held while a window may reach it, and goes with its pattern",
          "[fusion][pattern]") {
  Line t;
  for (const auto& [plate, at] : {std::pair{"A1", 0s}, {"B2", 60s}, {"C3", 120s}}) {
    (void)t.say(read(plate, at));
  }
  const std::vector<EventId> ids = {read("A1", 0s).id, read("B2", 0s).id, read("C3", 0s).id};
  CHECK(t.engine().forget(ids).empty());
  t.time(200h);
  const IncidentId pattern = t.patterns().at(0).id;
  const std::vector<IncidentId> gone = t.engine().forget({});
  CHECK(std::find(gone.begin(), gone.end(), pattern) != gone.end());
  CHECK(t.patterns().empty());
  CHECK(t.engine().incidents().empty());
}
