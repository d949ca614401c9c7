#include "daemon/backtest/comparison.h"

#include <catch2/catch.hpp>

#include "daemon/backtest/page.h"
#include "daemon/backtest/report.h"
#include "tests/unit/backtest/revisions.h"

using namespace fusiond;
using namespace fusiond::backtest;

namespace {

struct Two {
  Account before, after;
  Outcomes outcomes;
  SilverPairs pairs;
  [[nodiscard]] Comparison compared() const {
    return compare({before, after, outcomes, pairs, at_second(0), at_second(86'400)});
  }
};

}  // namespace

TEST_CASE("what is gained, lost and changed is found by incident", "[backtest]") {
  Two two;
  two.before.take(revision_of({.incident = "same"}));
  two.after.take(revision_of({.incident = "same", .second = 5}));
  two.before.take(revision_of({.incident = "lost"}));
  two.after.take(revision_of({.incident = "lost", .state = FindingState::unmet}));
  two.after.take(revision_of({.incident = "gained"}));
  two.before.take(revision_of({.incident = "changed"}));
  two.after.take(revision_of({.incident = "changed", .priority = 9}));
  const Comparison result = two.compared();
  CHECK(result.same == 1);
  CHECK((result.lost == 1 && result.gained == 1 && result.changed == 1));
  REQUIRE(result.differences.size() == 3);
  CHECK(result.differences[0].id == incident_of("lost"));
  CHECK(result.differences[0].now.empty());
  CHECK(result.differences[1].id == incident_of("gained"));
  CHECK(result.differences[2].then == "shots (provisional), SHOOT, priority 8");
  CHECK(result.differences[2].now == "shots (provisional), SHOOT, priority 9");
  CHECK(result.before.provisional == 3);
  CHECK(result.incidents == 4);
}

TEST_CASE("delays are from the first report to the first word", "[backtest]") {
  Two two;
  for (const int i : {1, 2, 3}) {
    two.after.take(revision_of(
        {.incident = std::to_string(i), .second = 10 * i, .state = FindingState::firm}));
  }
  const Comparison result = two.compared();
  CHECK(result.after.to_firm.incidents == 3);
  CHECK(result.after.to_firm.median_s == Approx(20));
  CHECK(result.after.rules.at("shots").to_firm.median_s == Approx(20));
  CHECK(result.before.to_firm.incidents == 0);
}

TEST_CASE("precision is what officers found of what was firm", "[backtest]") {
  Two two;
  for (const char* name : {"a", "b", "c", "d"}) {
    two.after.take(revision_of(
        {.incident = name, .state = FindingState::firm, .reports = {std::string("call-") + name}}));
  }
  two.after.take(revision_of({.incident = "weak", .reports = {"call-weak"}}));
  two.outcomes = {{"call-a", calibrate::Finding::founded},
                  {"call-b", calibrate::Finding::unfounded},
                  {event_id_of(SourceId{"cad"}, "call-c").str(), calibrate::Finding::founded},
                  {"call-d", calibrate::Finding::unconfirmed},
                  {"call-weak", calibrate::Finding::unfounded}};
  const Precision precision = two.compared().after.precision;
  CHECK(precision.founded == 2);
  CHECK(precision.unfounded == 1);
  CHECK(precision.unknown == 1);
  CHECK(precision.interval.low < 2.0 / 3);
  CHECK(precision.interval.high > 2.0 / 3);
}

TEST_CASE("silver pairs judge what a firm rule counted together", "[backtest]") {
  Two two;
  REQUIRE(two.pairs.read("family,event_a,event_b,p_genuine"));
  REQUIRE(two.pairs.read("x,c1,a1,0.9"));
  REQUIRE(two.pairs.read("x,a1,c2,0.3"));
  CHECK_FALSE(two.pairs.read("x,a1,c2,1.3"));
  CHECK_FALSE(two.pairs.read("x,a1"));
  two.after.take(revision_of({.state = FindingState::firm, .reports = {"a1", "c1", "c2"}}));
  two.after.take(revision_of({.incident = "weak", .reports = {"a1", "c1"}}));
  const PairScore score = two.compared().after.rules.at("shots").pairs;
  CHECK(score.pairs == 2);
  CHECK(score.incidents == 1);
  CHECK(score.mean_share == Approx(0.6));
  CHECK(SilverPairs().read("a,b,c").error().fault == Fault::bad_config);
}

TEST_CASE("the report names differences, the page is whole and escaped", "[backtest]") {
  Two two;
  IncidentRevision gained = revision_of({.incident = "gained"});
  gained.content.address_text = "<b>Mill & Main</b>";
  two.after.take(gained);
  Comparison result = two.compared();
  result.before.name = "old";
  result.after.name = "a<b";
  const std::string text = text_of(result, 5);
  CHECK(text.find("0 alike, 0 lost, 1 gained, 0 changed") != std::string::npos);
  CHECK(text.find("shots (provisional), SHOOT, priority 8") != std::string::npos);
  CHECK(text_of(result, 0).find("SHOOT") == std::string::npos);
  const std::string page = page_of(result);
  CHECK(page.find("<svg") != std::string::npos);
  CHECK(page.find("&lt;b&gt;Mill &amp; Main") != std::string::npos);
  CHECK(page.find("&amp;lt;") == std::string::npos);
  CHECK(page.find("<b>Mill") == std::string::npos);
  CHECK(json_of(result).find("\"gained\":1") != std::string::npos);
}
