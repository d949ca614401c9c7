#include "daemon/fit/moments.h"

#include <algorithm>
#include <cmath>

namespace fusiond::fit {
namespace {

constexpr double kShortestDelay_s = 1;
constexpr double kLongestDelay_s = 7200;
constexpr double kLeastCompany = 1e-6;

// The largest value of a function with one peak between low and high (golden section).
template <class F>
double peak(double low, double high, const F& value) {
  constexpr double kGolden = 0.6180339887498949;
  double a = high - kGolden * (high - low);
  double b = low + kGolden * (high - low);
  double at_a = value(a);
  double at_b = value(b);
  while (high - low > 1e-4) {
    if (at_a > at_b) {
      high = b;
      b = a;
      at_b = at_a;
      a = high - kGolden * (high - low);
      at_a = value(a);
    } else {
      low = a;
      a = b;
      at_a = at_b;
      b = low + kGolden * (high - low);
      at_b = value(b);
    }
  }
  return (low + high) / 2;
}

}  // namespace

Moments::Moments(const History& history, const Parameters& given, const Shrinkage& shrinkage)
    : history_(history),
      given_(given),
      shrinkage_(shrinkage),
      same_(history.families.size(), 0),
      related_(history.families.size(), 0),
      spread_(given.stand_off_m.size(), 0),
      spread_pairs_(given.stand_off_m.size(), 0),
      belief_(history.kinds.size(), std::vector<double>(history.families.size(), 0)) {
  support_.stand_off.assign(given.stand_off_m.size(), 0);
  support_.row.assign(history.kinds.size(), 0);
}

void Moments::add_kinds(const Parameters& now, std::size_t a, std::size_t b, double weight) {
  double sum = 0;
  for (std::size_t f = 0; f < now.prior.size(); ++f) {
    sum += now.table[a][f] * now.table[b][f] / now.prior[f];
  }
  if (sum <= 0) {
    return;
  }
  for (std::size_t f = 0; f < now.prior.size(); ++f) {
    const double share = weight * now.table[a][f] * now.table[b][f] / now.prior[f] / sum;
    belief_[a][f] += share;
    belief_[b][f] += share;
  }
  support_.row[a] += weight;
  support_.row[b] += weight;
}

void Moments::add(const PairModel& model, const Parameters& now, const Pair& pair,
                  const Share& share) {
  const Report& a = history_.reports[pair.earlier];
  const Report& b = history_.reports[pair.later];
  const Stratum& p = history_.strata[a.stratum];
  const Stratum& q = history_.strata[b.stratum];
  same_[p.family] += share.same;
  related_[p.family] += share.related;
  support_.same += share.same;
  support_.related += share.related;
  support_.linked += share.linked ? share.same : 0;
  const auto i = static_cast<std::size_t>(p.source);
  const auto j = static_cast<std::size_t>(q.source);
  pairs_[i][j] += share.same;
  gaps_[i][j] += share.same * pair.gap_s;
  support_.delay[i] += share.same;
  support_.delay[j] += share.same;
  // Of the distance seen, the part that is expected to be each one's stand-off.
  const double variance = model.variance_m2(a, b);
  for (const Stratum* one : {&p, &q}) {
    const double own = now.stand_off_m[one->stand_off] * now.stand_off_m[one->stand_off];
    const double part = own / variance;
    spread_[one->stand_off] += share.placed * (own * (1 - part) + part * part * pair.distance2 / 2);
    spread_pairs_[one->stand_off] += share.placed;
    // A pair says as much of a stand-off as its share of the spread lets through, squared.
    const double told = p.stand_off == q.stand_off ? 2 * part * part : part * part;
    support_.stand_off[one->stand_off] += share.placed * told;
  }
  add_kinds(now, p.kind, q.kind, share.same);
}

void Moments::add_retyped(const Parameters& now) {
  for (const auto& [kinds, events] : history_.retyped) {
    add_kinds(now, kinds.first, kinds.second, events);
  }
}

double Moments::best_delay(std::size_t source, const Parameters& now, const BySources& mass,
                           double window_s) const {
  const auto value = [&](double ln_tau) {
    const double tau = std::exp(ln_tau);
    const double given = given_.delay_s[source];
    double sum = -shrinkage_.pairs * (ln_tau + given / tau);
    for (std::size_t other = 0; other < kSources; ++other) {
      const double theirs = other == source ? tau : now.delay_s[other];
      const auto add = [&](std::size_t first, std::size_t second, double later) {
        sum -= pairs_[first][second] * std::log(tau + theirs) + gaps_[first][second] / later;
        sum -= mass[first][second] * later / (tau + theirs) * (1 - std::exp(-window_s / later));
      };
      add(other, source, tau);
      if (other != source) {
        add(source, other, theirs);
      }
    }
    return sum;
  };
  return std::exp(peak(std::log(kShortestDelay_s), std::log(kLongestDelay_s), value));
}

void Moments::set_company(const PairModel& model, const std::vector<double>& weight,
                          Parameters& parameters) const {
  const std::size_t families = history_.families.size();
  std::vector<double> expected(families, kLeastCompany);
  std::vector<double> expected_related(families, kLeastCompany);
  for (std::size_t a = 0; a < history_.strata.size(); ++a) {
    const std::size_t family = history_.strata[a].family;
    for (std::size_t b = 0; b < history_.strata.size(); ++b) {
      expected[family] += weight[a] * model.share(a, b);
      expected_related[family] += weight[a] * model.related_share(a, b);
    }
  }
  for (std::size_t f = 0; f < families; ++f) {
    parameters.company[f] = std::max(same_[f] / expected[f], kLeastCompany);
    parameters.related[f] = std::max(related_[f] / expected_related[f], kLeastCompany);
  }
}

Parameters Moments::next(const PairModel& model, const Parameters& now, const Fixed& fixed,
                         const std::vector<double>& weight, const Reach& reach) const {
  Parameters next = now;
  set_company(model, weight, next);
  BySources mass{};
  for (std::size_t a = 0; a < history_.strata.size(); ++a) {
    const Stratum& p = history_.strata[a];
    for (std::size_t b = 0; b < history_.strata.size(); ++b) {
      const Stratum& q = history_.strata[b];
      mass[static_cast<std::size_t>(p.source)][static_cast<std::size_t>(q.source)] +=
          weight[a] * next.company[p.family] * model.kind(p.kind, q.kind) * q.reports /
          static_cast<double>(history_.reports.size());
    }
  }
  for (std::size_t source = 0; source < kSources; ++source) {
    if (!fixed.delay[source] && support_.delay[source] > 0) {
      next.delay_s[source] = best_delay(source, next, mass, reach.seconds);
    }
  }
  for (std::size_t c = 0; c < spread_.size(); ++c) {
    if (!fixed.stand_off[c]) {
      const double given = given_.stand_off_m[c];
      next.stand_off_m[c] = std::sqrt((spread_[c] + shrinkage_.pairs * given * given) /
                                      (spread_pairs_[c] + shrinkage_.pairs));
    }
  }
  for (std::size_t kind = 0; kind < belief_.size(); ++kind) {
    if (fixed.row[kind]) {
      continue;
    }
    for (std::size_t f = 0; f < now.prior.size(); ++f) {
      next.table[kind][f] = (belief_[kind][f] + shrinkage_.rows * given_.table[kind][f]) /
                            (support_.row[kind] + shrinkage_.rows);
    }
  }
  next.prior = prior_of(history_, next.table);
  return next;
}

}  // namespace fusiond::fit
