#include "daemon/fit/mixture.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "daemon/fit/moments.h"

namespace fusiond::fit {
namespace {

// Related incidents (the next crash in the jam, the same youths a street on) lie about this far
// apart, at any time within the window.
constexpr double kRelated_m = 300;
// Of the pairs that people linked, so many have a place that is wrong by far (the same street name
// at the other end of town); they say nothing of stand-offs.
constexpr double kMisplaced = 0.1;

double place(double distance2, double variance_m2) {
  return std::exp(-distance2 / (2 * variance_m2)) / (2 * std::numbers::pi * variance_m2);
}

}  // namespace

PairModel::PairModel(const History& history, const Parameters& parameters, const Reach& reach)
    : history_(history),
      parameters_(parameters),
      reach_(reach),
      kinds_(history.kinds.size()),
      reports_(std::max<double>(static_cast<double>(history.reports.size()), 1)) {
  const std::size_t families = parameters.prior.size();
  kind_.assign(kinds_ * kinds_, 0);
  for (std::size_t a = 0; a < kinds_; ++a) {
    for (std::size_t b = 0; b < kinds_; ++b) {
      for (std::size_t f = 0; f < families; ++f) {
        kind_[a * kinds_ + b] +=
            parameters.table[a][f] * parameters.table[b][f] / parameters.prior[f];
      }
    }
  }
  for (const Stratum& stratum : history.strata) {
    const double stand_off = parameters.stand_off_m[stratum.stand_off];
    delay_.push_back(parameters.delay_s[static_cast<std::size_t>(stratum.source)]);
    stand_off_m2_.push_back(stand_off * stand_off);
  }
}

double PairModel::variance_m2(const Report& a, const Report& b) const {
  return a.fix_m2 + b.fix_m2 + stand_off_m2_[a.stratum] + stand_off_m2_[b.stratum];
}

PairModel::Density PairModel::of(const Report& a, const Report& b, double distance2,
                                 double gap_s) const {
  const Stratum& p = history_.strata[a.stratum];
  const Stratum& q = history_.strata[b.stratum];
  const double kinds = kind(p.kind, q.kind);
  const double ta = delay_[a.stratum];
  const double tb = delay_[b.stratum];
  const double delay = std::exp(-gap_s / tb) / (ta + tb);
  const double same = parameters_.company[p.family] * kinds * delay;
  const double wide = place(distance2, a.fix_m2 + b.fix_m2 + 2 * kRelated_m * kRelated_m);
  return {same * place(distance2, variance_m2(a, b)),
          parameters_.related[p.family] * kinds / reach_.seconds * wide, same * wide};
}

double PairModel::posterior(const Report& a, const Report& b, const Pair& pair) const {
  const Density density = of(a, b, pair.distance2, pair.gap_s);
  return density.same / (density.same + density.related + pair.chance);
}

double PairModel::share(std::size_t a, std::size_t b) const {
  const Stratum& p = history_.strata[a];
  const Stratum& q = history_.strata[b];
  return kind(p.kind, q.kind) * q.reports / reports_ * delay_[b] / (delay_[a] + delay_[b]) *
         (1 - std::exp(-reach_.seconds / delay_[b]));
}

double PairModel::related_share(std::size_t a, std::size_t b) const {
  return kind(history_.strata[a].kind, history_.strata[b].kind) * history_.strata[b].reports /
         reports_;
}

double PairModel::expected(std::size_t a) const {
  double shares = 0;
  double related = 0;
  for (std::size_t b = 0; b < history_.strata.size(); ++b) {
    shares += share(a, b);
    related += related_share(a, b);
  }
  const std::size_t family = history_.strata[a].family;
  return parameters_.company[family] * shares + parameters_.related[family] * related;
}

std::vector<double> prior_of(const History& history,
                             const std::vector<std::vector<double>>& table) {
  constexpr double kLeastShare = 1e-6;  // the association has parts per million
  std::vector<double> prior(history.families.size(), 0);
  double all = 0;
  for (std::size_t kind = 0; kind < table.size(); ++kind) {
    all += history.reports_of_kind[kind];
    for (std::size_t f = 0; f < prior.size(); ++f) {
      prior[f] += history.reports_of_kind[kind] * table[kind][f];
    }
  }
  for (double& share : prior) {
    share = std::max(share / std::max(all, 1.0), kLeastShare);
  }
  return prior;
}

Mixture::Mixture(const History& history, const Pairs& pairs, const Parameters& given,
                 const Shrinkage& shrinkage)
    : history_(history), pairs_(pairs), given_(given), shrinkage_(shrinkage) {}

namespace {

struct Parts {
  double same = 0;
  double related = 0;
  double ln = 0;
  double placed = 1;  // of `same`, what says something of the place
};

// What a pair is, given what people said of it.
Parts parts_of(const PairModel::Density& density, const Pair& pair) {
  constexpr double kLeast = 1e-300;
  const double other = density.related + pair.chance;
  switch (pair.known) {
    case Known::same: {
      const double placed = (1 - kMisplaced) * density.same;
      const double all = std::max(placed + kMisplaced * density.misplaced, kLeast);
      return {1, 0, std::log(all), placed / all};
    }
    case Known::apart:
      return {0, density.related / other, std::log(other)};
    case Known::nothing:
      break;
  }
  const double same = density.same * std::exp(pair.key_nats);
  const double all = same + other;
  return {same / all, density.related / all, std::log(all)};
}

// The reports expected beside those of each stratum: what the likelihood subtracts.
double expected(const PairModel& model, const std::vector<double>& weight) {
  double sum = 0;
  for (std::size_t a = 0; a < weight.size(); ++a) {
    sum += weight[a] == 0 ? 0 : weight[a] * model.expected(a);
  }
  return sum;
}

// What the given values add to the likelihood: as many observations as the shrinkage says, each
// as expected.
double ln_given(const Parameters& given, const Parameters& now, const Shrinkage& shrinkage) {
  double pairs = 0;
  for (std::size_t i = 0; i < kSources; ++i) {
    pairs -= std::log(now.delay_s[i]) + given.delay_s[i] / now.delay_s[i];
  }
  for (std::size_t i = 0; i < now.stand_off_m.size(); ++i) {
    const double ratio = given.stand_off_m[i] / now.stand_off_m[i];
    pairs -= 2 * std::log(now.stand_off_m[i]) + ratio * ratio;
  }
  double rows = 0;
  for (std::size_t kind = 0; kind < now.table.size(); ++kind) {
    for (std::size_t f = 0; f < now.prior.size(); ++f) {
      rows += given.table[kind][f] * std::log(now.table[kind][f]);
    }
  }
  return shrinkage.pairs * pairs + shrinkage.rows * rows;
}

std::vector<double> weight_of_strata(const History& history, const std::vector<double>& weights) {
  std::vector<double> sums(history.strata.size(), 0);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    sums[history.reports[i].stratum] += weights[i];
  }
  return sums;
}

double sum_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  return sum;
}

}  // namespace

double Mixture::log_likelihood(const std::vector<double>& weights,
                               const Parameters& parameters) const {
  const PairModel model(history_, parameters, pairs_.reach);
  double sum = 0;
  for (const Pair& pair : pairs_.near) {
    if (weights[pair.earlier] > 0) {
      const auto density = model.of(history_.reports[pair.earlier], history_.reports[pair.later],
                                    pair.distance2, pair.gap_s);
      sum += weights[pair.earlier] * parts_of(density, pair).ln;
    }
  }
  const auto weight = weight_of_strata(history_, weights);
  return (sum - expected(model, weight)) / std::max(sum_of(weight), 1e-9);
}

Fitted Mixture::fit(const std::vector<double>& weights, const Parameters& start, const Fixed& fixed,
                    const Run& run) const {
  Fitted fitted;
  fitted.parameters = start;
  const auto weight = weight_of_strata(history_, weights);
  const double reports = std::max(sum_of(weight), 1e-9);
  for (std::size_t round = 0; round < run.iterations; ++round) {
    const PairModel model(history_, fitted.parameters, pairs_.reach);
    Moments moments(history_, given_, shrinkage_);
    double ln = 0;
    for (const Pair& pair : pairs_.near) {
      const double w = weights[pair.earlier];
      if (w <= 0) {
        continue;
      }
      const auto density = model.of(history_.reports[pair.earlier], history_.reports[pair.later],
                                    pair.distance2, pair.gap_s);
      const Parts parts = parts_of(density, pair);
      ln += w * parts.ln;
      moments.add(model, fitted.parameters, pair,
                  {w * parts.same, w * parts.related, w * parts.same * parts.placed,
                   pair.known == Known::same || pair.key_nats > 0});
    }
    moments.add_retyped(fitted.parameters);
    fitted.support = moments.support();
    fitted.log_posterior.push_back(
        (ln - expected(model, weight) + ln_given(given_, fitted.parameters, shrinkage_)) / reports);
    if (run.constants) {
      fitted.parameters = moments.next(model, fitted.parameters, fixed, weight, pairs_.reach);
    } else {
      moments.set_company(model, weight, fitted.parameters);
    }
    const auto& likelihood = fitted.log_posterior;
    if (likelihood.size() > 5 &&
        std::abs(likelihood.back() - likelihood[likelihood.size() - 2]) < run.enough) {
      break;
    }
  }
  return fitted;
}

std::vector<double> even_weights(const History& history, const Pairs& pairs) {
  constexpr double kNear_m = 400;
  std::vector<double> beyond(history.reports.size(), 0);
  for (const Pair& pair : pairs.near) {
    if (pair.distance2 <= kNear_m * kNear_m) {
      beyond[pair.earlier] += 1;
      beyond[pair.later] += 1;
    }
  }
  // What chance puts there, before and after.
  std::vector<double> by_chance(history.reports.size(), 0);
  for (const Pair& pair : pairs.shifted) {
    if (pair.distance2 <= kNear_m * kNear_m) {
      by_chance[pair.earlier] += 2.0 / std::max<int>(pairs.shifts[pair.earlier], 1);
    }
  }
  for (std::size_t i = 0; i < beyond.size(); ++i) {
    beyond[i] = 1 / std::max(beyond[i] - by_chance[i], 1.0);
  }
  return beyond;
}

}  // namespace fusiond::fit
