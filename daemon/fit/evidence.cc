#include "daemon/fit/evidence.h"

#include <algorithm>
#include <cmath>

namespace fusiond::fit {
namespace {

constexpr double kUnlikely = 1e-3;  // a posterior below this adds nothing that one could see
constexpr std::size_t kBins = 24;
constexpr double kMostSigmas = 4;

struct Both {
  PairModel given, fitted;
};

double one_shift(const Pairs& pairs, const Pair& pair) {
  return 1.0 / std::max<int>(pairs.shifts[pair.earlier], 1);
}

// Calls found(pair, a, b, what it counts for: {seen, chance}) for each pair, then each shifted one.
template <class F>
void each(const History& history, const Pairs& pairs, const F& found) {
  for (const Pair& pair : pairs.near) {
    found(pair, history.reports[pair.earlier], history.reports[pair.later], 1.0, 0.0);
  }
  for (const Pair& pair : pairs.shifted) {
    found(pair, history.reports[pair.earlier], history.reports[pair.later], 0.0,
          one_shift(pairs, pair));
  }
}

std::vector<Histogram> empty(std::size_t count, double step) {
  std::vector<Histogram> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    all[i].which = i;
    all[i].step = step;
    for (auto* bins : {&all[i].seen, &all[i].chance, &all[i].given, &all[i].fitted}) {
      bins->assign(kBins, 0);
    }
  }
  return all;
}

std::vector<Histogram> with_pairs(std::vector<Histogram> all) {
  std::erase_if(all, [](const Histogram& one) {
    double pairs = 0;
    for (const double fitted : one.fitted) {
      pairs += fitted;
    }
    return pairs < 10;
  });
  return all;
}

}  // namespace

std::vector<Histogram> distances(const History& history, const Pairs& pairs,
                                 const Parameters& given, const Parameters& fitted) {
  const Both model{PairModel(history, given, pairs.reach), PairModel(history, fitted, pairs.reach)};
  const double step = kMostSigmas / kBins;
  auto all = empty(fitted.stand_off_m.size(), step);
  const auto note = [&](Histogram& one, const Pair& pair, double seen, double chance) {
    const Report& a = history.reports[pair.earlier];
    const Report& b = history.reports[pair.later];
    const double variance = model.fitted.variance_m2(a, b);
    const auto bin = static_cast<std::size_t>(std::sqrt(pair.distance2 / variance) / step);
    if (bin < kBins) {
      one.seen[bin] += seen;
      one.chance[bin] += chance;
    }
    const double posterior = seen == 0 ? 0 : model.fitted.posterior(a, b, pair);
    if (posterior < kUnlikely) {
      return;
    }
    const double ratio = variance / model.given.variance_m2(a, b);
    for (std::size_t i = 0; i < kBins; ++i) {
      const double low = static_cast<double>(i) * step;
      const double high = low + step;
      const auto share = [&](double scale) {
        return std::exp(-low * low * scale / 2) - std::exp(-high * high * scale / 2);
      };
      one.given[i] += posterior * share(ratio);
      one.fitted[i] += posterior * share(1);
    }
  };
  each(history, pairs,
       [&](const Pair& pair, const Report& a, const Report& b, double seen, double chance) {
         const Stratum& p = history.strata[a.stratum];
         const Stratum& q = history.strata[b.stratum];
         // Only where the model looks: of one matter, and soon.
         if (model.fitted.kind(p.kind, q.kind) < 1 || pair.gap_s > 2 * model.fitted.delay_s(b)) {
           return;
         }
         note(all[p.stand_off], pair, seen, chance);
         if (q.stand_off != p.stand_off) {
           note(all[q.stand_off], pair, seen, chance);
         }
       });
  return with_pairs(std::move(all));
}

std::vector<Histogram> gaps(const History& history, const Pairs& pairs, const Parameters& given,
                            const Parameters& fitted) {
  const Both model{PairModel(history, given, pairs.reach), PairModel(history, fitted, pairs.reach)};
  const double step = pairs.reach.seconds / kBins;
  auto all = empty(kSources, step);
  each(history, pairs,
       [&](const Pair& pair, const Report& a, const Report& b, double seen, double chance) {
         const Stratum& p = history.strata[a.stratum];
         const Stratum& q = history.strata[b.stratum];
         const double variance = model.fitted.variance_m2(a, b);
         if (model.fitted.kind(p.kind, q.kind) < 1 || pair.distance2 > 4 * variance) {
           return;
         }
         Histogram& one = all[static_cast<std::size_t>(q.source)];
         const auto bin = std::min(static_cast<std::size_t>(pair.gap_s / step), kBins - 1);
         one.seen[bin] += seen;
         one.chance[bin] += chance;
         const double posterior = seen == 0 ? 0 : model.fitted.posterior(a, b, pair);
         if (posterior < kUnlikely) {
           return;
         }
         for (std::size_t i = 0; i < kBins; ++i) {
           const double low = static_cast<double>(i) * step;
           const auto share = [&](double tau) {
             return (std::exp(-low / tau) - std::exp(-(low + step) / tau)) /
                    (1 - std::exp(-pairs.reach.seconds / tau));
           };
           one.given[i] += posterior * share(model.given.delay_s(b));
           one.fitted[i] += posterior * share(model.fitted.delay_s(b));
         }
       });
  return with_pairs(std::move(all));
}

std::vector<RingGrid> ring_grids(const History& history, const Pairs& pairs,
                                 const Parameters& fitted) {
  const PairModel model(history, fitted, pairs.reach);
  std::vector<RingGrid> grids(history.families.size());
  for (std::size_t f = 0; f < grids.size(); ++f) {
    grids[f].family = f;
  }
  each(history, pairs,
       [&](const Pair& pair, const Report& a, const Report& b, double seen, double chance) {
         const std::size_t family = history.strata[a.stratum].family;
         if (family != history.strata[b.stratum].family) {
           return;
         }
         std::size_t ring = 0;
         std::size_t minute = 0;
         while (ring < 4 && pair.distance2 > RingGrid::kMetres[ring] * RingGrid::kMetres[ring]) {
           ++ring;
         }
         while (minute < 4 && pair.gap_s > RingGrid::kMinutes[minute] * 60) {
           ++minute;
         }
         auto& cell = grids[family].cells[ring][minute];
         cell.seen += seen;
         cell.chance += chance;
         cell.said += seen == 0 ? 0 : model.posterior(a, b, pair);
       });
  std::erase_if(grids, [](const RingGrid& grid) {
    double beyond = 0;
    for (const auto& ring : grid.cells) {
      for (const auto& cell : ring) {
        beyond += cell.said;
      }
    }
    return beyond < 10;
  });
  return grids;
}

std::vector<Reliability> reliability(const History& history, const Pairs& pairs,
                                     const std::vector<double>& weights,
                                     const Parameters& parameters) {
  const PairModel model(history, parameters, pairs.reach);
  std::vector<Reliability> bins(10);
  each(history, pairs,
       [&](const Pair& pair, const Report& a, const Report& b, double seen, double chance) {
         if (weights[pair.earlier] <= 0) {
           return;
         }
         const double posterior = model.posterior(a, b, pair);
         auto& bin = bins[std::min(static_cast<std::size_t>(posterior * 10), std::size_t{9})];
         bin.pairs += seen;
         bin.chance += chance;
         bin.said += seen * posterior;
       });
  return bins;
}

}  // namespace fusiond::fit
