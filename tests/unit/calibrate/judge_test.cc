#include "daemon/calibrate/judge.h"

#include <catch2/catch.hpp>

namespace fusiond::calibrate {
namespace {

TEST_CASE("Brier score, calibration error and log loss of a few incidents, by hand",
          "[calibrate]") {
  // Two at .9 (one so), two at .2 (none so).
  const Score score =
      score_of(std::vector<Said>{{.9, true}, {.9, false}, {.2, false}, {.2, false}});
  CHECK(score.incidents == 4);
  CHECK(score.founded == 1);
  CHECK(score.brier == Approx((.01 + .81 + .04 + .04) / 4));
  CHECK(score.ece == Approx((1.8 - 1 + .4) / 4));
  CHECK(score.log_loss == Approx(-(std::log(.9) + std::log(.1) + 2 * std::log(.8)) / 4));
  CHECK(score.bins[9].incidents == 2);
  CHECK(score.bins[2].incidents == 2);
  CHECK(score_of({}).brier == 0);
}

TEST_CASE("what is said for certain lies in the last of ten parts", "[calibrate]") {
  const Score score = score_of(std::vector<Said>{{1, true}, {0, false}});
  CHECK(score.bins[9].incidents == 1);
  CHECK(score.bins[0].incidents == 1);
  CHECK(score.brier == 0);
  CHECK(score.ece_by_chance == 0);
}

TEST_CASE("the error of a share is Wilson's", "[calibrate]") {
  CHECK(interval_of(0, 10).low == Approx(0).margin(1e-9));
  CHECK(interval_of(0, 10).high == Approx(.2775).margin(1e-3));
  CHECK(interval_of(5, 10).low == Approx(.2366).margin(1e-3));
  CHECK(interval_of(5, 10).high == Approx(.7634).margin(1e-3));
  CHECK(interval_of(0, 0).high == 1);
}

TEST_CASE("better, worse, or nothing that can be told", "[calibrate]") {
  std::vector<Said> good;
  std::vector<Said> bad;
  for (int i = 0; i < 200; ++i) {
    good.push_back({.9, i % 10 != 0});
    bad.push_back({.5, i % 10 != 0});
  }
  CHECK(compare(bad, good).verdict == Comparison::Verdict::better);
  CHECK(compare(good, bad).verdict == Comparison::Verdict::worse);
  CHECK(compare(good, good).verdict == Comparison::Verdict::cannot_tell);
  CHECK(compare({}, {}).verdict == Comparison::Verdict::cannot_tell);
}

}  // namespace
}  // namespace fusiond::calibrate
