// Calibration: what is read of an incident's record weighs the same as in the engine, and factors
// that outcomes were drawn from come back within their errors.
#include <algorithm>
#include <cmath>

#include <catch2/catch.hpp>

#include "daemon/calibrate/calibration.h"
#include "daemon/fuse/fusing.h"
#include "tests/property/seeds.h"
#include "tests/support/city.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/small_association.h"
#include "tests/support/told_city.h"

namespace fusiond {
namespace {

using calibrate::Part;
using calibrate::Quantity;
using support::SeededRng;

// Factors of some other city, within what may well be.
void move_factors(fusion::ConfidenceConfig& config, SeededRng& rng) {
  for (auto& entry : config.witnesses) {
    entry.prior_mn = entry.prior_mn / 2 + rng.between(-1000, 1000);
    entry.likelier_mn = std::max<std::int64_t>(entry.likelier_mn + rng.between(-1000, 500), 200);
    entry.own_slope_mn = entry.own_slope_mn * rng.between(600, 1400) / 1000;
  }
  config.share_permille = static_cast<std::uint32_t>(rng.between(300, 900));
  config.retracted_mn += rng.between(-1000, 1000);
  config.cancelled_mn += rng.between(-1000, 1000);
}

double nats(std::int64_t mn) {
  return static_cast<double>(mn) / 1000;
}

// What a quantity really is.
double truth_of(const Quantity& one, const fusion::ConfidenceConfig& so) {
  const auto& entry = so.witnesses[static_cast<std::size_t>(one.witness)];
  switch (one.part) {
    case Part::prior:
      return nats(entry.prior_mn);
    case Part::likelier:
      return nats(entry.likelier_mn);
    case Part::own:
      return nats(entry.own_slope_mn);
    case Part::share:
      return nats(so.share_permille);
    case Part::alone:
      return nats(so.alone_mn);
    case Part::retracted:
      return nats(so.retracted_mn);
    case Part::cancelled:
      return nats(so.cancelled_mn);
    case Part::family:
    case Part::kind:
      break;
  }
  return 0;
}

}  // namespace

TEST_CASE("factors that outcomes were drawn from come back within their intervals", "[property]") {
  constexpr std::size_t kCities = 12;
  const std::uint64_t first = support::test_seed(1);
  std::size_t estimated = 0;
  std::size_t within = 0;
  for (std::uint64_t seed = first; seed < first + kCities; ++seed) {
    INFO(replay(seed));
    SeededRng rng(seed);
    auto so = support::small_association();
    move_factors(so.confidence, rng);
    so.confidence.limit_mn = 6900;
    auto given = support::small_association();
    given.confidence.limit_mn = 6900;
    const auto city = support::told_city(so, {.seed = seed, .incidents = 5000});
    const auto samples = calibrate::samples_of(city.past, city.outcomes);
    const auto estimates = calibrate::estimate(samples.all, city.past, given, {});
    REQUIRE(estimates);
    CHECK(estimates->turning * 20 < samples.all.size());
    for (const Quantity& one : estimates->quantities) {
      if (one.verdict != calibrate::Verdict::estimated) {
        continue;
      }
      const double off = std::abs(one.value - truth_of(one, so.confidence)) / one.error;
      INFO(static_cast<int>(one.part) << " " << one.name << ": " << one.value << " is "
                                      << truth_of(one, so.confidence) << ", error " << one.error);
      CHECK(off < 4.5);
      ++estimated;
      within += off < 1.96 ? 1 : 0;
    }
  }
  INFO(within << " of " << estimated);
  CHECK(estimated > 15 * kCities);
  CHECK(within * 100 >= estimated * 93);
}

TEST_CASE("new factors are better on incidents that they were not fitted to", "[property]") {
  const std::uint64_t first = support::test_seed(101);
  std::size_t better = 0;
  for (std::uint64_t seed = first; seed < first + 8; ++seed) {
    INFO(replay(seed));
    SeededRng rng(seed);
    auto so = support::small_association();
    move_factors(so.confidence, rng);
    const auto city = support::told_city(so, {.seed = seed, .incidents = 4000});
    const auto samples = calibrate::samples_of(city.past, city.outcomes);
    const auto calibration =
        calibrate::calibrate(samples, city.past, support::small_association(), "", {});
    REQUIRE(calibration);
    const auto& all = calibration->judgement.all;
    better += all.verdict == calibrate::Comparison::Verdict::better ? 1 : 0;
    CHECK(all.verdict != calibrate::Comparison::Verdict::worse);
    CHECK(all.fitted.ece < std::max(all.given.ece, 2 * all.fitted.ece_by_chance));
    // As good as the factors that the outcomes were drawn from, or nearly.
    const auto best = calibrate::judge(std::span(samples.all).last(calibration->judged.incidents),
                                       city.past, so.confidence, calibration->estimates.config);
    CHECK(best.all.fitted.brier < best.all.given.brier + 0.004);
  }
  CHECK(better >= 6);  // of 8; some cities are nearly as given
}

TEST_CASE("a family without outcomes is nearer to its kind of witness than to the given prior",
          "[property]") {
  const std::string missing = "crash";
  const std::vector<std::string> others = {"shots_fired", "fire", "fight", "disturbance"};
  const std::uint64_t first = support::test_seed(201);
  const auto given = support::small_association();
  const auto caller = static_cast<std::size_t>(WitnessKind::caller);
  double by_given = 0;
  double by_witness = 0;
  for (std::uint64_t seed = first; seed < first + 12; ++seed) {
    SeededRng rng(seed);
    auto so = given;
    so.confidence.witnesses[caller].prior_mn -= rng.between(1000, 3500);
    for (const std::string& kind : {missing, others[0], others[1], others[2], others[3]}) {
      std::int64_t sum = 0;  // of twelve: about normal, with a sigma of 1 nat
      for (int i = 0; i < 12; ++i) {
        sum += rng.between(-500, 500);
      }
      so.confidence.kinds_mn[kind] = sum;
    }
    auto city = support::told_city(so, {.seed = seed, .incidents = 3000});
    std::erase_if(city.outcomes, [&](const calibrate::Outcome& one) {
      const auto& reports = city.past.look(one.id, std::nullopt).picture->reports;
      return std::any_of(reports.begin(), reports.end(), [&](const calibrate::Report& report) {
        return city.past.kinds().word(report.kind) == missing;
      });
    });
    const auto samples = calibrate::samples_of(city.past, city.outcomes);
    const auto estimates = calibrate::estimate(samples.all, city.past, given, {});
    REQUIRE(estimates);
    CHECK_FALSE(estimates->config.kinds_mn.contains(missing));
    const double is =
        nats(so.confidence.witnesses[caller].prior_mn + so.confidence.kinds_mn.at(missing));
    by_given += std::abs(nats(given.confidence.witnesses[caller].prior_mn) - is);
    by_witness += std::abs(nats(estimates->config.witnesses[caller].prior_mn) - is);
  }
  INFO("off by " << by_given / 12 << " nats as given, " << by_witness / 12);
  CHECK(by_witness < 0.7 * by_given);
}

TEST_CASE("a record weighs what the engine said of it", "[property]") {
  const std::uint64_t first = support::test_seed(1);
  std::size_t weighed = 0;
  for (std::uint64_t seed = first; seed < first + 60; ++seed) {
    INFO(replay(seed));
    SeededRng rng(seed);
    support::CityOptions options;
    options.events = 20 + rng.below(40);
    fusion::EngineConfig engine;
    engine.association = support::small_association();
    engine.priorities = support::small_priorities();
    const fusion::ConfidenceConfig by = engine.association.confidence;
    fuse::Fusing fusing({std::move(engine)});
    calibrate::Past past;
    std::vector<IncidentRevision> told;
    const auto hear = [&](const fuse::Fusing::Answer& answer) {
      for (const IncidentRevision& revision : answer) {
        past.take(revision);
        told.push_back(revision);
      }
    };
    std::uint64_t offset = 0;
    for (const Event& event : support::city_records(rng, options)) {
      for (const auto& answer : fusing.take(event, offset++).answers) {
        hear(answer);
      }
    }
    hear(fusing.finish());
    past.settle();
    calibrate::Weighing weighing(past);
    for (const IncidentRevision& revision : told) {
      const auto found = past.look(revision.content.id.str(), revision.updated + Micros{1});
      const bool same = found.lost == calibrate::Lost::no &&
                        past.incidents().word(found.incident) == revision.content.id.str() &&
                        found.picture->revision == revision.revision;
      if (!same || !found.picture->left_out.empty()) {
        continue;  // merged, withdrawn, or told anew in the same answer
      }
      CHECK(weighing.weigh(*found.picture, by).odds_mn == revision.content.odds_mn);
      ++weighed;
    }
  }
  CHECK(weighed > 1000);
}

}  // namespace fusiond
