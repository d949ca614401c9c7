#include "daemon/calibrate/weighing.h"

#include <catch2/catch.hpp>

#include "daemon/calibrate/factors.h"
#include "tests/support/small_association.h"
#include "tests/support/told_city.h"

namespace fusiond::calibrate {
namespace {

using std::chrono_literals::operator""s;

TEST_CASE("the odds of a row are what the engine says, but for whole milli-nats", "[calibrate]") {
  auto config = support::small_association();
  config.confidence.kinds_mn = {{"disturbance", -1300}, {"crash", 400}};
  config.confidence.limit_mn = 6900;
  const auto city = support::told_city(config, {.seed = 7, .incidents = 500, .days = 2});
  const Factors factors(config, city.past);
  Weighing weighing(city.past);
  Factors::Slopes slopes;
  std::size_t compared = 0;
  for (const Outcome& one : city.outcomes) {
    const Picture& picture = *city.past.look(one.id, std::nullopt).picture;
    CHECK(weighing.weigh(picture, config.confidence).odds_mn == picture.odds_mn);
    const Row row = weighing.row(picture, config.confidence);
    const double odds = factors.odds(row, factors.values(), slopes);
    if (std::abs(odds) < 6.8) {
      CHECK(odds == Approx(static_cast<double>(picture.odds_mn) / 1000).margin(0.005));
      ++compared;
    }
  }
  CHECK(compared > 300);
}

TEST_CASE("the slopes are those of the odds", "[calibrate]") {
  auto config = support::small_association();
  const auto city = support::told_city(config, {.seed = 8, .incidents = 200, .days = 2});
  const Factors factors(config, city.past);
  Weighing weighing(city.past);
  Factors::Slopes slopes;
  Factors::Slopes ignored;
  const std::vector<double> values = factors.values();
  for (const Outcome& one : city.outcomes) {
    const Row row = weighing.row(*city.past.look(one.id, std::nullopt).picture, config.confidence);
    const double odds = factors.odds(row, values, slopes);
    for (const auto& [quantity, slope] : slopes) {
      auto moved = values;
      moved[quantity] += 1e-5;
      const double by = (factors.odds(row, moved, ignored) - odds) / 1e-5;
      INFO(factors.all()[quantity].name << " " << odds);
      CHECK(by == Approx(slope).margin(0.001));
    }
  }
}

TEST_CASE("factors that are worth nothing still count in a row", "[calibrate]") {
  auto config = support::small_association();
  config.confidence.witnesses[static_cast<std::size_t>(WitnessKind::caller)].likelier_mn = 0;
  config.confidence.retracted_mn = 0;
  Past past;
  past.take(support::told(
      "a", 1s,
      {{.kind = "crash"}, {.kind = "crash"}, {.kind = "crash", .lifecycle = Lifecycle::retract}},
      config));
  past.settle();
  Weighing weighing(past);
  const Row row = weighing.row(*past.look("a", std::nullopt).picture, config.confidence);
  REQUIRE(row.more.size() == 1);
  CHECK(row.more[0].count == 2);
  CHECK(row.retracted == 1);
}

}  // namespace
}  // namespace fusiond::calibrate
