#include "daemon/calibrate/estimate.h"

#include "tests/unit/calibrate/calibrated.h"

namespace fusiond::calibrate {
namespace {

const Quantity& find(const Estimates& estimates, Part part, WitnessKind witness,
                     const std::string& name = {}) {
  for (const Quantity& one : estimates.quantities) {
    if (one.part == part && one.witness == witness && (name.empty() || one.name == name)) {
      return one;
    }
  }
  FAIL("no such quantity");
  return estimates.quantities.front();
}

TEST_CASE("a prior that many outcomes speak against moves to what they say", "[calibrate]") {
  const auto result = calibrated(truth(), {.seed = 3, .incidents = 6000});
  REQUIRE(result.calibration);
  const Estimates& estimates = result.calibration->estimates;
  CHECK(estimates.turning == 0);
  const Quantity& caller = find(estimates, Part::prior, WitnessKind::caller);
  CHECK(caller.verdict == Verdict::estimated);
  CHECK(caller.given == 4.5);
  CHECK(caller.value == Approx(1.5).margin(0.5));
  CHECK(caller.weight > 0.8);
  CHECK(find(estimates, Part::prior, WitnessKind::camera).value == Approx(-2.5).margin(1));
}

TEST_CASE("few outcomes leave a factor near the given one, and no outcomes leave it there",
          "[calibrate]") {
  const auto few = calibrated(truth(), {.seed = 4, .incidents = 300}, {{.least_outcomes = 5}, 70});
  const auto many =
      calibrated(truth(), {.seed = 4, .incidents = 6000}, {{.least_outcomes = 5}, 70});
  REQUIRE(few.calibration);
  REQUIRE(many.calibration);
  const auto of = [](const Calibrated& one, Part part, WitnessKind kind) -> const Quantity& {
    return find(one.calibration->estimates, part, kind);
  };
  const Quantity& little = of(few, Part::prior, WitnessKind::acoustic);
  const Quantity& much = of(many, Part::prior, WitnessKind::acoustic);
  CHECK(little.verdict == Verdict::estimated);
  CHECK(little.error > much.error);
  CHECK(little.weight < much.weight);
  CHECK(std::abs(little.value - little.given) < 2 * std::abs(much.value - much.given));
  const Quantity& none = of(many, Part::prior, WitnessKind::plate);
  CHECK(none.verdict == Verdict::too_few);
  CHECK(none.value == none.given);
  CHECK(none.outcomes == 0);
}

TEST_CASE("a family with fewer outcomes than asked for is left alone", "[calibrate]") {
  auto so = truth();
  so.confidence.kinds_mn["disturbance"] = -2000;
  so.confidence.kinds_mn["fire"] = -2000;
  const auto result = calibrated(so, {.seed = 5, .incidents = 4000}, {{.least_outcomes = 150}, 70});
  REQUIRE(result.calibration);
  const Estimates& estimates = result.calibration->estimates;
  for (const Quantity& one : estimates.quantities) {
    if (one.part == Part::family || one.part == Part::kind) {
      INFO(one.name << " " << one.outcomes);
      CHECK((one.verdict == Verdict::too_few) == (one.outcomes < 150));
      CHECK((one.value == 0 || one.verdict == Verdict::estimated));
    }
  }
}

TEST_CASE("what a kind reports moves by itself where it differs", "[calibrate]") {
  auto so = truth();
  so.confidence.kinds_mn["disturbance"] = -2000;
  const auto result = calibrated(so, {.seed = 6, .incidents = 6000});
  REQUIRE(result.calibration);
  const auto& kinds = result.calibration->estimates.config.kinds_mn;
  const auto prior =
      result.calibration->estimates.config.witnesses[static_cast<std::size_t>(WitnessKind::caller)]
          .prior_mn;
  const auto at = [&](const char* kind) {
    const auto found = kinds.find(kind);
    return static_cast<double>(prior + (found == kinds.end() ? 0 : found->second)) / 1000;
  };
  CHECK(at("disturbance") == Approx(1.5 - 2).margin(0.5));
  CHECK(at("shots_fired") == Approx(1.5).margin(0.6));
}

TEST_CASE("outcomes of one sort only teach nothing, and say so", "[calibrate]") {
  auto city = support::told_city(truth(), {.seed = 9, .incidents = 500});
  for (Outcome& one : city.outcomes) {
    one.finding = Finding::founded;
  }
  const auto samples = samples_of(city.past, city.outcomes);
  const auto estimates = estimate(samples.all, city.past, shipped(), {});
  REQUIRE_FALSE(estimates);
  CHECK(estimates.error().fault == Fault::bad_input);
  CHECK(estimates.error().message.ends_with("got: 500 and 0"));
}

TEST_CASE("a city that is as the given factors say stays as it is", "[calibrate]") {
  auto so = shipped();
  entry(so, WitnessKind::caller).prior_mn = 2000;  // else hardly anything is unfounded
  auto city = support::told_city(so, {.seed = 10, .incidents = 8000});
  const auto samples = samples_of(city.past, city.outcomes);
  const auto estimates = estimate(samples.all, city.past, so, {});
  REQUIRE(estimates);
  for (const Quantity& one : estimates->quantities) {
    INFO(one.name << " " << one.given << " " << one.value << " " << one.error);
    CHECK(std::abs(one.value - one.given) <= 3.5 * one.error + 1e-9);
  }
}

TEST_CASE("days that differ more than chance widen the errors", "[calibrate]") {
  auto city = support::told_city(truth(), {.seed = 11, .incidents = 3000, .days = 20});
  auto samples = samples_of(city.past, city.outcomes);
  const auto even = estimate(samples.all, city.past, shipped(), {});
  // On every other day the officers write hardly anything down as founded.
  std::size_t i = 0;
  for (Sample& sample : samples.all) {
    const std::size_t day = i++ * 20 / samples.all.size();
    sample.founded = sample.founded && (day % 2 == 0 || i % 4 == 0);
  }
  const auto uneven = estimate(samples.all, city.past, shipped(), {});
  REQUIRE(even);
  REQUIRE(uneven);
  CHECK(even->over_chance < 2);
  CHECK(uneven->over_chance > 3);
  CHECK(find(*uneven, Part::prior, WitnessKind::caller).error >
        find(*even, Part::prior, WitnessKind::caller).error);
}

}  // namespace
}  // namespace fusiond::calibrate
