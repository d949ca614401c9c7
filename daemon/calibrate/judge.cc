#include "daemon/calibrate/judge.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "daemon/base/check.h"

namespace fusiond::calibrate {
namespace {

constexpr double kZ = 1.96;

double squared(double value) {
  return value * value;
}

double miss(const Said& one) {
  return squared(one.chance - (one.founded ? 1 : 0));
}

Said said_of(const fusion::Belief& belief, bool founded) {
  return {static_cast<double>(belief.permille) / 1000, founded};
}

}  // namespace

Interval interval_of(std::size_t some, std::size_t all) {
  if (all == 0) {
    return {0, 1};
  }
  const auto n = static_cast<double>(all);
  const double p = static_cast<double>(some) / n;
  const double middle = (p + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
  const double half = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n)) / (1 + kZ * kZ / n);
  return {std::max(middle - half, 0.0), std::min(middle + half, 1.0)};
}

Score score_of(std::span<const Said> said) {
  constexpr double kLeastChance = 1e-6;
  Score score;
  score.incidents = said.size();
  std::array<double, kBins> variance{};
  for (const Said& one : said) {
    const auto at = std::min(static_cast<std::size_t>(one.chance * kBins), kBins - 1);
    Bin& bin = score.bins[at];
    ++bin.incidents;
    bin.founded += one.founded ? 1 : 0;
    bin.said += one.chance;
    variance[at] += one.chance * (1 - one.chance);
    score.founded += one.founded ? 1 : 0;
    score.brier += miss(one);
    score.log_loss -= std::log(std::max(one.founded ? one.chance : 1 - one.chance, kLeastChance));
  }
  const double n = std::max<double>(static_cast<double>(said.size()), 1);
  score.brier /= n;
  score.log_loss /= n;
  for (std::size_t i = 0; i < kBins; ++i) {
    score.ece += std::abs(score.bins[i].said - static_cast<double>(score.bins[i].founded)) / n;
    score.ece_by_chance += std::sqrt(2 / std::numbers::pi * variance[i]) / n;
  }
  return score;
}

Comparison compare(std::span<const Said> given, std::span<const Said> fitted) {
  FUSIOND_CHECK(given.size() == fitted.size(), "both were asked of the same incidents");
  Comparison comparison;
  comparison.given = score_of(given);
  comparison.fitted = score_of(fitted);
  comparison.gain = comparison.given.brier - comparison.fitted.brier;
  double sum = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    sum += squared(miss(given[i]) - miss(fitted[i]) - comparison.gain);
  }
  const double n = static_cast<double>(given.size());
  comparison.gain_error = given.size() < 2 ? 0 : std::sqrt(sum / (n - 1) / n);
  using Verdict = Comparison::Verdict;
  comparison.verdict = comparison.gain > kZ * comparison.gain_error    ? Verdict::better
                       : comparison.gain < -kZ * comparison.gain_error ? Verdict::worse
                                                                       : Verdict::cannot_tell;
  return comparison;
}

Judgement judge(std::span<const Sample> samples, const Past& past,
                const fusion::ConfidenceConfig& given, const fusion::ConfidenceConfig& fitted) {
  struct Both {
    std::vector<Said> given, fitted;
    [[nodiscard]] Comparison compared() const { return compare(given, fitted); }
  };
  Judgement judgement;
  Weighing weighing(past);
  Both all;
  Both several;
  Both opening;
  for (const Sample& sample : samples) {
    const fusion::Belief old = weighing.weigh(*sample.then, given);
    const Said before = said_of(old, sample.founded);
    const Said after = said_of(weighing.weigh(*sample.then, fitted), sample.founded);
    judgement.otherwise += old.odds_mn == sample.then->odds_mn ? 0 : 1;
    all.given.push_back(before);
    all.fitted.push_back(after);
    if (old.witnesses > 1) {
      several.given.push_back(before);
      several.fitted.push_back(after);
    }
    opening.given.push_back(said_of(weighing.weigh(*sample.opening, given), sample.founded));
    opening.fitted.push_back(said_of(weighing.weigh(*sample.opening, fitted), sample.founded));
  }
  judgement.all = all.compared();
  judgement.several = several.compared();
  judgement.at_opening = opening.compared();
  return judgement;
}

}  // namespace fusiond::calibrate
