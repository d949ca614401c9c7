#include "daemon/fit/estimate.h"

#include <cmath>

#include "daemon/fit/summary.h"
#include "tests/unit/fit/fitted_city.h"

namespace fusiond::fit {
namespace {

double stand_off(const FittedCity& city, const std::string& family) {
  const auto& families = city.history.families;
  const auto at = std::find(families.begin(), families.end(), family) - families.begin();
  return city.estimates.stand_off[static_cast<std::size_t>(at)].value();
}

double delay(const FittedCity& city, SourceKind source) {
  return city.estimates.delay[static_cast<std::size_t>(source)].value();
}

void check_constants(const FittedCity& city) {
  CHECK(delay(city, SourceKind::cad) == Approx(260).epsilon(.1));
  CHECK(delay(city, SourceKind::acoustic) == Approx(30).epsilon(.35));
  CHECK(stand_off(city, "shots") == Approx(150).epsilon(.15));
  CHECK(stand_off(city, "crash") == Approx(30).epsilon(.15));
  CHECK(stand_off(city, "fire") == Approx(90).epsilon(.15));
  CHECK(stand_off(city, "violence") == Approx(70).epsilon(.15));
  CHECK(stand_off(city, "disorder") == Approx(40).epsilon(.15));
}

TEST_CASE("delays and stand-offs come out of a history without links", "[fit]") {
  check_constants(fitted({.seed = 11}, Linked::no));
}

TEST_CASE("delays and stand-offs come out of a history that people linked", "[fit]") {
  const auto city = fitted({.seed = 12}, Linked::by_people);
  check_constants(city);
  CHECK(city.estimates.linked > 0.9 * city.estimates.same);
}

TEST_CASE("linked reports with a place that is wrong by far do not widen the stand-offs", "[fit]") {
  const auto city = fitted({.seed = 27, .misplaced_percent = 3}, Linked::by_people);
  CHECK(stand_off(city, "crash") == Approx(30).epsilon(.2));
  CHECK(stand_off(city, "violence") == Approx(70).epsilon(.2));
}

TEST_CASE("cross references between calls count as links that may be wrong", "[fit]") {
  const auto city = fitted({.seed = 13, .cross_referred_percent = 60}, Linked::no);
  check_constants(city);
  CHECK(city.estimates.linked > 0.3 * city.estimates.same);
}

// ln of how much likelier two kinds are in one incident than by chance: what the score uses. The
// rows themselves are known only up to this.
double kind_term(const History& history, const Parameters& parameters, const std::string& a,
                 const std::string& b) {
  const auto at = [&](const std::string& name) {
    const auto& kinds = history.kinds;
    return static_cast<std::size_t>(std::find(kinds.begin(), kinds.end(), name) - kinds.begin());
  };
  return std::log(PairModel(history, parameters, {}).kind(at(a), at(b)));
}

TEST_CASE("kinds that come together more often than was thought are found", "[fit]") {
  const auto city = fitted({.seed = 14, .days = 28}, Linked::by_people);
  auto so = parameters_of(truth(), city.history);
  so.prior = prior_of(city.history, so.table);
  const auto term = [&](const Parameters& parameters) {
    return kind_term(city.history, parameters, "fight", "disturbance");
  };
  CHECK(term(city.estimates.given) < term(so) - 0.5);
  CHECK(term(city.estimates.fitted) == Approx(term(so)).margin(0.25));
}

TEST_CASE("the background is the number of reports by area and time", "[fit]") {
  const auto city = fitted({.seed = 15}, Linked::no);
  const double rate = static_cast<double>(city.history.reports.size()) / (14 * 86400.0) / 100e6;
  CHECK(std::exp(static_cast<double>(city.constants.background_ln_mn) / 1000) ==
        Approx(rate).epsilon(.25));  // cells at the edge are half empty
  CHECK(city.estimates.background.at_reports == Approx(rate).epsilon(.25));
}

TEST_CASE("the shares of the families are those of the city", "[fit]") {
  const auto city = fitted({.seed = 16}, Linked::no);
  CHECK(city.constants.family_prior_ppm[1] == Approx(250000).epsilon(.15));
  CHECK(city.constants.family_prior_ppm[4] == Approx(250000).epsilon(.25));
}

TEST_CASE("intervals hold the truth about as often as they say", "[fit]") {
  int held = 0;
  int all = 0;
  for (const std::uint64_t seed : {21u, 22u, 23u, 24u, 25u, 26u}) {
    const auto city = fitted({.seed = seed, .days = 12}, Linked::no);
    const double expected[] = {150, 30, 90, 70, 40};
    for (std::size_t f = 0; f < 5; ++f) {
      const Interval interval = interval_of(city.estimates.stand_off[f]);
      ++all;
      // A little wider: the given values draw, and the intervals do not say that.
      held += interval.low * 0.93 <= expected[f] && expected[f] <= interval.high * 1.07 ? 1 : 0;
    }
  }
  CHECK(held >= all * 8 / 10);
}

TEST_CASE("too little data changes nothing and says so", "[fit]") {
  const auto city = fitted({.seed = 17, .days = 1, .incidents_a_day = 25}, Linked::no);
  const auto given = support::small_association();
  CHECK(city.constants.delay_mean == given.delay_mean);
  CHECK(city.constants.stand_off_m == given.stand_off_m);
  CHECK(city.constants.caller_stand_off_m == given.caller_stand_off_m);
  CHECK(city.constants.kinds == given.kinds);
  CHECK(city.constants.family_prior_ppm == given.family_prior_ppm);
  CHECK(city.constants.background_ln_mn == given.background_ln_mn);
  CHECK(city.estimates.delay[2].verdict == Verdict::too_few);
  CHECK(note_of(city.estimates.delay[2]).starts_with("kept: too few"));
}

TEST_CASE("an empty history changes nothing", "[fit]") {
  const auto given = support::small_association();
  const auto history = read_history({}, {}, given);
  const auto estimates = estimate(history, given, {});
  const auto constants = constants_of(given, history, estimates);
  CHECK(constants.kinds == given.kinds);
  CHECK(constants.background_ln_mn == given.background_ln_mn);
  CHECK(estimates.delay[2].verdict == Verdict::absent);
}

TEST_CASE("where the given constants were right the fit leaves them about as they were", "[fit]") {
  const auto given = support::small_association();
  const auto city = support::past_city(given, {.seed = 18});
  const auto history = read_history(city.events, {}, given);
  const auto estimates = estimate(history, given, {});
  CHECK(estimates.delay[2].value() == Approx(170).epsilon(.08));
  CHECK(estimates.held_out.fitted - estimates.held_out.given > -3 * estimates.held_out.error);
}

TEST_CASE("held-out data prefer the fitted constants when the given ones were wrong", "[fit]") {
  const auto city = fitted({.seed = 19}, Linked::no);
  const HeldOut& held = city.estimates.held_out;
  CHECK(held.fitted > held.given + 2 * held.error);
  double said = 0;
  double beyond = 0;
  for (const Reliability& bin : held.reliability_fitted) {
    said += bin.said;
    beyond += bin.pairs - bin.chance;
  }
  CHECK(said == Approx(beyond).epsilon(.2));
}

TEST_CASE("the posterior does not fall from one iteration to the next", "[fit]") {
  const auto city = fitted({.seed = 20, .days = 12}, Linked::no);
  const auto& path = city.estimates.log_posterior;
  REQUIRE(path.size() > 5);
  for (std::size_t i = 1; i < path.size(); ++i) {
    CHECK(path[i] > path[i - 1] - 1e-3);
  }
  CHECK(path.back() > path.front());
}

}  // namespace
}  // namespace fusiond::fit
