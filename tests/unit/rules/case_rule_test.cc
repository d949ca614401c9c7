#include "daemon/rules/case_rule.h"

#include <map>

#include <catch2/catch.hpp>

#include "tests/support/event_builder.h"
#include "tests/support/small_rules.h"

using namespace fusiond;
using support::EventBuilder;
using namespace std::chrono_literals;

namespace {

std::uint32_t kind_number(const std::string& name) {
  static const std::map<std::string, std::uint32_t> kNumbers = {
      {"gunshot", 1}, {"shots_fired", 2}, {"crash", 3},     {"fire", 4},
      {"fight", 5},   {"disturbance", 6}, {"loud_noise", 7}};
  const auto at = kNumbers.find(name);
  return at == kNumbers.end() ? 0 : at->second;
}

// Of cameras: metres east and north of Main Street, a degree of 1e-7 for a metre.
rules::Point metres_from_main_street(std::int32_t lat_e7, std::int32_t lon_e7) {
  return {16 * std::int64_t{lon_e7 - support::kMainStreetLonE7},
          16 * std::int64_t{lat_e7 - support::kMainStreetLatE7}, 0};
}

// Reports as fusion hands them over, each a witness of its own unless said otherwise; metres east
// of Main Street stand in for the earth.
class Incident {
 public:
  explicit Incident(rules::Bundle bundle = support::small_bundle())
      : bundle_(std::move(bundle)), rules_(bundle_, kind_number, metres_from_main_street) {}

  Incident& report(const EventBuilder& builder, std::int64_t east_m = 0,
                   std::uint32_t witness = 0) {
    events_.push_back(std::make_unique<Event>(builder.build()));
    const Event* event = events_.back().get();
    reports_.push_back({event, event, kind_number(event->kind),
                        witness == 0 ? 100 + static_cast<std::uint32_t>(events_.size()) : witness,
                        rules::Point{east_m * 16, 0, 0}});
    return *this;
  }
  Incident& heard(const std::string& feed, Micros since_start) {
    clocks_.push_back(
        {SourceId{feed}, true, {}, Micros{0}, wall_time(support::kStartUs + since_start.count())});
    return *this;
  }
  std::vector<Finding> findings() {
    std::vector<Finding> found;
    rules_.evaluate(reports_, clocks_, found, waits);
    return found;
  }
  Finding only() {
    auto found = findings();
    REQUIRE(found.size() == 1);
    return found.front();
  }
  std::vector<rules::Wait> waits;

 private:
  rules::Bundle bundle_;
  rules::CaseRules rules_;
  std::vector<std::unique_ptr<Event>> events_;
  std::vector<rules::Report> reports_;
  std::vector<SourceClock> clocks_;
};

EventBuilder shot(Micros at = 2h) {
  return EventBuilder("a1", "acoustic").from(SourceKind::acoustic).kind("gunshot").at(at);
}
EventBuilder call(std::string id, Micros at) {
  return EventBuilder(std::move(id)).kind("shots_fired").at(at);
}

const FindingPart& part(const Finding& finding, const std::string& name) {
  for (const FindingPart& one : finding.parts) {
    if (one.name == name) {
      return one;
    }
  }
  FAIL("no part " << name);
  return finding.parts.front();
}

}  // namespace

TEST_CASE("n witnesses of one part count as n / (1 + (n - 1) 0.6)", "[rules]") {
  CHECK(rules::effective_milli(0) == 0);
  CHECK(rules::effective_milli(1) == 1000);
  CHECK(rules::effective_milli(2) == 1250);
  CHECK(rules::effective_milli(10) == 1563);
  CHECK(rules::effective_milli(100'000) == 1667);
}

TEST_CASE("the anchor alone is its prior; a call beside it makes it firm", "[rules]") {
  Incident t;
  t.report(shot());
  Finding alone = t.only();
  CHECK(alone.state == FindingState::provisional);
  CHECK(alone.odds_mn == 200);
  CHECK(alone.priority == 7);
  CHECK(alone.route.to == "board");
  CHECK(alone.needs == std::vector<std::string>{"call", "fight"});
  t.report(call("c1", 2h + 40s), 100);
  const Finding backed = t.only();
  CHECK(backed.state == FindingState::firm);
  CHECK(backed.odds_mn == 1586);
  CHECK(backed.priority == 8);
  CHECK(backed.needs.empty());
  CHECK(backed.verify_before == std::vector<std::string>{"stop"});
}

TEST_CASE("what just misses is named with the limit and the amount", "[rules]") {
  Incident t;
  // Radii of 30 m each are added: 261 m away are 201 m.
  t.report(shot()).report(call("c1", 2h + 10s), 261).report(call("c2", 2h + 301s), 0);
  const FindingPart& calls = part(t.only(), "call");
  CHECK(calls.state == PartState::missed);
  REQUIRE(calls.misses.size() == 2);
  CHECK(calls.misses[0].limit == Limit::near);
  CHECK(calls.misses[0].by == 100);
  CHECK(calls.misses[1].limit == Limit::time);
  CHECK(calls.misses[1].by == 1'000'000);
}

TEST_CASE("both ends of a window and of a reach belong to it", "[rules]") {
  Incident t;
  t.report(call("c0", 2h - 30s).kind("loud_noise"), 0).report(shot());
  t.report(call("c1", 2h + 5min), 260);
  CHECK(part(t.only(), "call").count == 2);
}

TEST_CASE("a witness counts once, in the first part that it fits", "[rules]") {
  Incident t;
  t.report(shot(), 0, 1);
  t.report(call("c1", 2h + 10s), 0, 2).report(call("c2", 2h + 20s), 0, 2);
  t.report(call("c3", 2h + 30s), 0, 1);  // the sensor's own
  const FindingPart& calls = part(t.only(), "call");
  CHECK(calls.count == 1);
  REQUIRE(calls.misses.size() == 2);
  CHECK(calls.misses[0].limit == Limit::distinct);
  CHECK(calls.misses[1].limit == Limit::distinct);
}

TEST_CASE("what must follow is measured from the report that it follows", "[rules]") {
  Incident t;
  t.report(shot());
  t.report(EventBuilder("f1").kind("fight").at(2h + 10s));
  CHECK(part(t.only(), "fight").misses.at(0).limit == Limit::reference);
  t.report(call("c1", 2h + 20s)).report(EventBuilder("f2").kind("fight").at(2h + 200s));
  const Finding finding = t.only();
  CHECK(part(finding, "fight").event_ids == std::vector{event_id_of(SourceId{"cad"}, "f2")});
  CHECK(part(finding, "fight").misses.at(0).limit == Limit::time);
  CHECK(finding.priority == 9);
}

TEST_CASE("absence is found once its feed was heard beyond it", "[rules]") {
  Incident t;
  t.report(shot());
  CHECK(part(t.only(), "nobody-called").state == PartState::waiting);
  REQUIRE(t.waits.size() == 1);
  CHECK(t.waits[0].until == event_time(support::kStartUs + Micros{2h + 2min}.count()));
  Incident at_last;
  at_last.report(shot()).heard("cad", 2h + 2min);
  CHECK(part(at_last.only(), "nobody-called").state == PartState::waiting);
  Incident beyond;
  beyond.report(shot()).heard("cad", 2h + 2min + 1us);
  const Finding finding = beyond.only();
  CHECK(part(finding, "nobody-called").state == PartState::found);
  CHECK(finding.odds_mn == -100);
  CHECK(finding.state == FindingState::unmet);
  CHECK(finding.priority == 5);
  CHECK(beyond.waits.empty());
  Incident came;
  came.report(shot()).report(call("c1", 2h + 90s), 900).heard("cad", 3h);
  CHECK(part(came.only(), "nobody-called").state == PartState::missed);
}

TEST_CASE("a suppression holds in its time and zone, and is lifted by what it does not hold",
          "[rules]") {
  Incident t;
  t.report(shot(30min).near(0, 0)).report(call("c1", 30min + 10s));
  Finding held = t.only();
  CHECK(held.state == FindingState::provisional);
  CHECK(held.suppressed_by == std::vector<std::string>{"quiet-street", "low"});
  CHECK(held.priority == 6);
  CHECK(held.priority_steps.back().because == "low");
  t.report(EventBuilder("f1").kind("fight").at(30min + 20s));
  CHECK(t.only().state == FindingState::firm);
  Incident later;
  later.report(shot(3h)).report(call("c1", 3h + 10s));
  CHECK(later.only().suppressed_by.empty());
  Incident elsewhere;
  elsewhere.report(shot(30min).near(5000, 0)).report(call("c1", 30min + 10s));
  CHECK(elsewhere.only().suppressed_by.empty());
}

TEST_CASE("at least so many, and of more than count the first", "[rules]") {
  const auto crash = [](const std::string& id, Micros at) {
    return EventBuilder(id).kind("crash").at(at);
  };
  Incident t;
  t.report(crash("c0", 2h)).report(crash("c1", 2h + 1min));
  CHECK(part(t.only(), "more").state == PartState::missed);
  CHECK(part(t.only(), "more").count == 1);
  for (int i = 2; i < 6; ++i) {
    t.report(crash("c" + std::to_string(i), 2h + std::chrono::minutes{i}));
  }
  const Finding finding = t.only();
  CHECK(part(finding, "more").count == 3);
  CHECK(part(finding, "more").missed == 2);
  CHECK(part(finding, "more").misses.at(0).limit == Limit::count);
  CHECK(finding.priority == 8);
}

TEST_CASE("a call that is called off counts where the rule asks for it", "[rules]") {
  Incident t;
  t.report(EventBuilder("c0").kind("crash").at(2h));
  t.report(EventBuilder("c1").kind("crash").at(2h + 1min).lifecycle(Lifecycle::cancel));
  const Finding finding = t.only();
  CHECK(part(finding, "more").misses.at(0).limit == Limit::state);
  CHECK(part(finding, "called-off").state == PartState::found);
  CHECK(finding.priority == 2);
  Incident gone;
  gone.report(EventBuilder("c0").kind("crash").at(2h).lifecycle(Lifecycle::retract));
  CHECK(gone.findings().empty());
}

TEST_CASE("posts at a protected event are not read, unless life is at stake", "[rules]") {
  rules::Bundle bundle = support::small_bundle();
  const auto crowd = [&](bool threat_to_life) {
    bundle.rules[0].threat_to_life = threat_to_life;
    Incident t(bundle);
    t.report(EventBuilder("c0").kind("crash").at(10min));
    t.report(EventBuilder("s1", "social").from(SourceKind::social).kind("crash").at(11min));
    t.report(EventBuilder("s2", "social").from(SourceKind::social).kind("crash").at(12min));
    return part(t.only(), "more");
  };
  CHECK(crowd(false).misses.at(0).limit == Limit::protected_);
  CHECK(crowd(true).state == PartState::found);
}

TEST_CASE("a rule that has expired, is a draft or lies in another zone says nothing", "[rules]") {
  rules::Bundle bundle = support::small_bundle();
  bundle.rules[1].expires = event_time(support::kStartUs + Micros{2h}.count());
  CHECK(Incident(bundle).report(shot(2h)).findings().empty());
  CHECK(Incident(bundle).report(shot(2h - 1us)).findings().size() == 1);
  bundle.rules[1].status = rules::RuleStatus::draft;
  CHECK(Incident(bundle).report(shot(1h)).findings().empty());
  CHECK(
      Incident().report(EventBuilder("c0").kind("crash").at(2h).near(9000, 0)).findings().empty());
}

TEST_CASE("a list of plates that was too old when the plate was read does not count", "[rules]") {
  rules::Bundle bundle = support::small_bundle();
  rules::Rule& rule = bundle.rules[1];
  rule.parts.resize(1);
  rule.parts[0].from.add(WitnessKind::plate);
  rule.parts[0].match.plate_lists = {"stolen"};
  rule.parts[0].match.list_age = 24h;
  rule.firm.needs = {};
  rule.priority = {7, {}, {}};
  rule.suppress.clear();
  const auto hit = [&](Micros at) {
    Event event = shot(at).build();
    event.plate_lists = {"stolen"};
    return Incident(bundle).report(EventBuilder(event)).findings().size();
  };
  CHECK(hit(24h) == 1);
  CHECK(hit(24h + 1us) == 0);
}

TEST_CASE("the strongest finding stands first", "[rules]") {
  Incident t;
  t.report(EventBuilder("c0").kind("crash").at(2h), 0, 1);
  t.report(shot(2h + 10s), 0, 2).report(call("c1", 2h + 40s), 0, 3);
  const auto findings = t.findings();
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].rule == "shots");
  CHECK(findings[1].rule == "pile-up");
}
