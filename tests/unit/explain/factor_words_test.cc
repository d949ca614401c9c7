#include "daemon/explain/factor_words.h"

#include <catch2/catch.hpp>

#include "tests/unit/explain/sample.h"

using namespace fusiond;
using support::said;
using support::sample_incident;

namespace {

std::string words_of(const Factor& factor) {
  IncidentContent content;
  content.factors = {factor};
  const auto facts =
      explain::confidence_facts(content, [](const EventId& id) { return "report " + id.str(); });
  return facts.back().words;
}

}  // namespace

TEST_CASE("the chance comes first, then every factor", "[explain]") {
  auto revision = sample_incident();
  revision.content.confidence_permille = 700;
  revision.content.odds_mn = 850;
  revision.content.factors = {{FactorKind::prior,
                               WitnessKind::caller,
                               "shots_fired",
                               1,
                               1000,
                               850,
                               850,
                               {EventId{"id-c1"}}}};
  const auto page = explain::incident_page(revision, {});
  CHECK(said(page, "confidence") ==
        "That something real happened is true in about 7 in 10 such cases.");
  CHECK(said(page, "confidence_prior") ==
        "The strongest is report 2: a report by a caller, alone, is 2.3 times likelier true than "
        "not.");
  revision.content.factors.clear();
  CHECK(said(explain::incident_page(revision, {}), "confidence").empty());
}

TEST_CASE("each factor has its sentence", "[explain]") {
  const EventId event{"1"};
  CHECK(words_of({FactorKind::prior, WitnessKind::social, "x", 1, 1000, -2000, -2000, {event}}) ==
        "The strongest is report 1: a report by a public post, alone, is 7.4 times likelier not "
        "true.");
  CHECK(words_of({FactorKind::prior, WitnessKind::acoustic, "x", 1, 1000, 1200, 1200, {event}}) ==
        "The strongest is report 1: a report by an acoustic sensor, alone, is 3.3 times likelier "
        "true than not.");
  CHECK(words_of({FactorKind::kind,
                  WitnessKind::alarm,
                  "burglary_alarm",
                  1,
                  1000,
                  -1000,
                  -1000,
                  {event}}) == "What it reports (burglary_alarm) makes it 0.4 times the odds.");
  CHECK(words_of({FactorKind::own, WitnessKind::camera, "", 1, 300, 2000, 600, {event}}) ==
        "Its source itself is 80 % sure: 1.8 times the odds.");
  CHECK(words_of({FactorKind::witnesses, WitnessKind::caller, "", 3, 364, 3000, 1092, {event}}) ==
        "3 independent callers count like 0.36 beside the strongest report, since witnesses of one "
        "kind err together: 3.0 times the odds.");
  CHECK(words_of({FactorKind::fits, WitnessKind::social, "", 1, 1000, 1000, 1000, {event}}) ==
        "It nearly joined what a credible witness reports (report 1 did): 2.7 times the odds.");
  CHECK(words_of({FactorKind::alone, WitnessKind::camera, "", 40, 1000, -2000, -2000, {event}}) ==
        "One camera said it 40 times, copies included, and nobody else did: 0.1 times the odds.");
  CHECK(
      words_of({FactorKind::retracted, WitnessKind::unspecified, "", 2, 1250, -2500, -3125, {}}) ==
      "2 witnesses took it back: 1/23 of the odds.");
  CHECK(
      words_of({FactorKind::cancelled, WitnessKind::unspecified, "", 1, 1000, -1500, -1500, {}}) ==
      "It was called off for 1 witness: 0.2 times the odds.");
  CHECK(words_of({FactorKind::limit, WitnessKind::unspecified, "", 0, 1000, -700, -700, {}}) ==
        "Surer than the limit is never claimed.");
}
