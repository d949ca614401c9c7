#include "daemon/fit/estimate.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "daemon/base/time.h"

namespace fusiond::fit {
namespace {

constexpr double kDay = 86400;
constexpr std::size_t kGroups = 10;  // left out in turn for the standard errors
constexpr std::size_t kHeldOut = 4;  // every fourth block is held out

// The block of time of each report: days when there are enough, else a 24th of the span.
struct Blocks {
  std::vector<std::size_t> of;
  std::size_t count = 0;
  bool days = false;
};

Blocks blocks_of(const History& history) {
  Blocks blocks;
  if (history.reports.empty()) {
    return blocks;
  }
  const double first = history.reports.front().time_s;
  const double span = history.reports.back().time_s - first;
  blocks.days = span >= 12 * kDay;
  const double width = blocks.days ? kDay : std::max(span / 24, 900.0);
  for (const Report& report : history.reports) {
    blocks.of.push_back(static_cast<std::size_t>((report.time_s - first) / width));
  }
  blocks.count = blocks.of.back() + 1;
  return blocks;
}

template <class Keep>
std::vector<double> only(const std::vector<double>& weights, const Blocks& blocks,
                         const Keep& keep) {
  std::vector<double> kept(weights);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    kept[i] = keep(blocks.of[i]) ? kept[i] : 0;
  }
  return kept;
}

Fixed nothing_fixed(const Parameters& parameters) {
  Fixed fixed;
  fixed.stand_off.assign(parameters.stand_off_m.size(), false);
  fixed.row.assign(parameters.table.size(), false);
  return fixed;
}

// The fit itself, with the family shares of this city.
class Fitter {
 public:
  Fitter(const History& history, const Pairs& pairs, const Parameters& given,
         const EstimateOptions& options)
      : history_(history), options_(options), given_(given) {
    given_.prior = prior_of(history, given.table);
    mixture_.emplace(history, pairs, given_, options.shrinkage);
  }

  Fitted whole(const std::vector<double>& weights, const Fixed& fixed) const {
    return mixture_->fit(weights, given_, fixed,
                         {.iterations = options_.iterations, .enough = 1e-7});
  }

  // From a fit of nearly the same data.
  Parameters again(const std::vector<double>& weights, const Parameters& start,
                   const Fixed& fixed) const {
    return mixture_->fit(weights, start, fixed, {.iterations = 25, .enough = 1e-6}).parameters;
  }

  // Company and relation for constants that are given.
  Parameters with_company(const std::vector<double>& weights, const Parameters& constants) const {
    return mixture_
        ->fit(weights, constants, nothing_fixed(constants),
              {.iterations = 40, .enough = 1e-6, .constants = false})
        .parameters;
  }

  [[nodiscard]] const Mixture& mixture() const { return *mixture_; }
  [[nodiscard]] const Parameters& given() const { return given_; }

 private:
  const History& history_;
  EstimateOptions options_;
  Parameters given_;
  std::optional<Mixture> mixture_;
};

// The spread of the logarithm when each of ten groups of blocks is left out in turn.
class Jackknife {
 public:
  void add(const Parameters& without) { runs_.push_back(without); }

  template <class Pick>
  double error(const Pick& pick) const {
    const auto runs = static_cast<double>(runs_.size());
    double mean = 0;
    for (const Parameters& run : runs_) {
      mean += std::log(std::max(pick(run), 1e-12)) / runs;
    }
    double square = 0;
    for (const Parameters& run : runs_) {
      const double off = std::log(std::max(pick(run), 1e-12)) - mean;
      square += off * off;
    }
    return runs_.size() < 2 ? 0 : std::sqrt(square * (runs - 1) / runs);
  }

 private:
  std::vector<Parameters> runs_;
};

Verdict verdict_of(const Quantity& quantity, const EstimateOptions& options) {
  if (quantity.pairs < options.least_pairs) {
    return Verdict::too_few;
  }
  return quantity.error > options.widest ? Verdict::too_uncertain : Verdict::estimated;
}

std::size_t leading(const std::vector<double>& row) {
  return static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

void decide(Estimates& result, const History& history, const Fitted& fitted,
            const Jackknife& jackknife, const EstimateOptions& options) {
  const auto quantity = [&](double given, double pairs, bool present, const auto& pick) {
    Quantity one;
    one.given = given;
    one.estimate = pick(fitted.parameters);
    one.pairs = pairs;
    one.error = jackknife.error(pick);
    one.verdict = present ? verdict_of(one, options) : Verdict::absent;
    return one;
  };
  std::array<bool, kSources> source{};
  std::vector<bool> stand_off(result.given.stand_off_m.size(), false);
  for (const Stratum& stratum : history.strata) {
    source[static_cast<std::size_t>(stratum.source)] = true;
    stand_off[stratum.stand_off] = true;
  }
  for (std::size_t i = 0; i < kSources; ++i) {
    result.delay.push_back(quantity(result.given.delay_s[i], fitted.support.delay[i], source[i],
                                    [i](const Parameters& p) { return p.delay_s[i]; }));
    Quantity& delay = result.delay.back();
    if (delay.verdict == Verdict::estimated && delay.estimate > options.reach.seconds / 2) {
      delay.verdict = Verdict::too_long;
    }
  }
  for (std::size_t i = 0; i < stand_off.size(); ++i) {
    result.stand_off.push_back(quantity(result.given.stand_off_m[i], fitted.support.stand_off[i],
                                        stand_off[i],
                                        [i](const Parameters& p) { return p.stand_off_m[i]; }));
  }
  for (std::size_t kind = 0; kind < history.kinds.size(); ++kind) {
    const std::size_t f = leading(result.given.table[kind]);
    result.row.push_back(quantity(result.given.table[kind][f], fitted.support.row[kind],
                                  history.reports_of_kind[kind] > 0,
                                  [kind, f](const Parameters& p) { return p.table[kind][f]; }));
    Quantity& row = result.row.back();
    if (row.verdict == Verdict::estimated && leading(fitted.parameters.table[kind]) != f) {
      row.verdict = Verdict::renamed;
    }
  }
}

// What is not estimated stays as given in the second fit, so that the others are fitted beside it.
Fixed fixed_by(const Estimates& result) {
  Fixed fixed = nothing_fixed(result.given);
  for (std::size_t i = 0; i < kSources; ++i) {
    fixed.delay[i] = result.delay[i].verdict != Verdict::estimated;
  }
  for (std::size_t i = 0; i < fixed.stand_off.size(); ++i) {
    fixed.stand_off[i] = result.stand_off[i].verdict != Verdict::estimated;
  }
  for (std::size_t i = 0; i < fixed.row.size(); ++i) {
    fixed.row[i] = result.row[i].verdict != Verdict::estimated;
  }
  return fixed;
}

// With some of them fixed others may turn. True when there was one more; ends, since each is kept
// for good.
bool keep_renamed(Estimates& result, const Fitted& fitted) {
  bool any = false;
  for (std::size_t kind = 0; kind < result.row.size(); ++kind) {
    Quantity& row = result.row[kind];
    if (row.verdict == Verdict::estimated &&
        leading(fitted.parameters.table[kind]) != leading(result.given.table[kind])) {
      row.verdict = Verdict::renamed;
      any = true;
    }
  }
  return any;
}

void take(Estimates& result, const Fitted& fitted) {
  result.fitted = fitted.parameters;
  result.log_posterior = fitted.log_posterior;
  for (std::size_t i = 0; i < kSources; ++i) {
    if (result.delay[i].verdict == Verdict::estimated) {
      result.delay[i].estimate = fitted.parameters.delay_s[i];
    }
  }
  for (std::size_t i = 0; i < result.stand_off.size(); ++i) {
    if (result.stand_off[i].verdict == Verdict::estimated) {
      result.stand_off[i].estimate = fitted.parameters.stand_off_m[i];
    }
  }
  for (std::size_t kind = 0; kind < result.row.size(); ++kind) {
    if (result.row[kind].verdict == Verdict::estimated) {
      result.row[kind].estimate = fitted.parameters.table[kind][leading(result.given.table[kind])];
    }
  }
}

// Fitted on the other blocks, judged on these.
HeldOut hold_out(const History& history, const Pairs& pairs, const Blocks& blocks,
                 const std::vector<double>& weights, const Fitter& fitter, const Fixed& fixed,
                 const Estimates& result) {
  HeldOut held;
  const auto is_held = [](std::size_t block) { return block % kHeldOut == kHeldOut - 1; };
  const auto train = only(weights, blocks, [&](std::size_t block) { return !is_held(block); });
  const auto test = only(weights, blocks, is_held);
  for (std::size_t block = 0; block < blocks.count; ++block) {
    held.blocks += is_held(block) ? 1 : 0;
  }
  for (const double weight : test) {
    held.reports += weight > 0 ? 1 : 0;
  }
  if (held.reports == 0) {
    return held;
  }
  const Parameters fitted = fitter.whole(train, fixed).parameters;
  const Parameters given = fitter.with_company(train, result.given);
  held.given = fitter.mixture().log_likelihood(test, given);
  held.fitted = fitter.mixture().log_likelihood(test, fitted);
  std::vector<double> gains;
  for (std::size_t block = kHeldOut - 1; block < blocks.count; block += kHeldOut) {
    const auto one = only(weights, blocks, [&](std::size_t other) { return other == block; });
    if (std::any_of(one.begin(), one.end(), [](double w) { return w > 0; })) {
      gains.push_back(fitter.mixture().log_likelihood(one, fitted) -
                      fitter.mixture().log_likelihood(one, given));
    }
  }
  const auto count = static_cast<double>(gains.size());
  double mean = 0;
  double square = 0;
  for (const double gain : gains) {
    mean += gain / count;
  }
  for (const double gain : gains) {
    square += (gain - mean) * (gain - mean);
  }
  held.error = count > 1 ? std::sqrt(square / (count - 1) / count) : 0;
  held.reliability_given = reliability(history, pairs, test, given);
  held.reliability_fitted = reliability(history, pairs, test, fitted);
  return held;
}

std::vector<std::vector<bool>> unlike(const History& history, const Parameters& given,
                                      const Reach& reach) {
  const PairModel model(history, given, reach);
  std::vector<std::vector<bool>> table;
  for (const Stratum& a : history.strata) {
    table.emplace_back();
    for (const Stratum& b : history.strata) {
      table.back().push_back(model.kind(a.kind, b.kind) < 1);
    }
  }
  return table;
}

Quantity lambda_of(const fusion::AssociationConfig& config, const Background& background,
                   const EstimateOptions& options) {
  Quantity lambda;
  lambda.given = std::exp(static_cast<double>(config.background_ln_mn) / 1000);
  lambda.estimate = background.mean;
  lambda.pairs = background.reports;
  lambda.error = background.reports > 0 ? 1 / std::sqrt(background.reports) : 0;
  lambda.verdict = background.reports >= options.least_reports && background.mean > 0
                       ? Verdict::estimated
                       : Verdict::too_few;
  return lambda;
}

std::string day_of(double time_s) {
  return to_rfc3339(static_cast<std::int64_t>(std::floor(time_s)) * 1'000'000).substr(0, 10);
}

}  // namespace

Parameters parameters_of(const fusion::AssociationConfig& config, const History& history) {
  constexpr double kPpm = 1e6;
  constexpr double kDefaultDelay_s = 170;
  Parameters parameters;
  const std::size_t families = history.families.size();
  for (std::size_t i = 0; i < kSources; ++i) {
    const auto found = config.delay_mean.find(static_cast<SourceKind>(i));
    const auto other = config.delay_mean.find(SourceKind::unspecified);
    const auto at = found != config.delay_mean.end() ? found : other;
    parameters.delay_s[i] = at == config.delay_mean.end()
                                ? kDefaultDelay_s
                                : static_cast<double>(at->second.count()) / 1e6;
  }
  // One scale a family: those who are further off are counted in.
  for (std::size_t f = 0; f < config.caller_stand_off_m.size(); ++f) {
    const double near = config.caller_stand_off_m[f];
    const auto far =
        config.caller_afar.empty() ? fusion::AssociationConfig::Afar{} : config.caller_afar[f];
    const double far_m2 = far.permille * 1e-3 * far.metres * far.metres;
    parameters.stand_off_m.push_back(std::max(std::sqrt(near * near + far_m2), 1.0));
  }
  for (std::size_t i = 0; i < kSources; ++i) {
    const auto found = config.stand_off_m.find(static_cast<SourceKind>(i));
    parameters.stand_off_m.push_back(found == config.stand_off_m.end() ? config.default_stand_off_m
                                                                       : found->second);
  }
  const auto shares = [&](const std::vector<std::uint32_t>& ppm) {
    std::vector<double> row;
    for (const auto value : ppm) {
      row.push_back(std::max<double>(value, 1) / kPpm);
    }
    return row;
  };
  parameters.prior = shares(config.family_prior_ppm);
  for (const std::string& kind : history.kinds) {
    const auto row = config.kinds.find(kind);
    parameters.table.push_back(
        shares(row == config.kinds.end() ? config.family_prior_ppm : row->second));
  }
  parameters.company.assign(families, 0.3);
  parameters.related.assign(families, 0.05);
  return parameters;
}

Estimates estimate(const History& history, const fusion::AssociationConfig& config,
                   const EstimateOptions& options) {
  Estimates result;
  result.given = parameters_of(config, history);
  const Pairs pairs = find_pairs(history, options.reach,
                                 {static_cast<double>(config.keys.cad_mn) / 1000,
                                  static_cast<double>(config.keys.duplicate_of_mn) / 1000});
  const Blocks blocks = blocks_of(history);
  result.pairs = static_cast<double>(pairs.near.size());
  result.blocks = blocks.count;
  result.block = blocks.days ? "day" : "hour";
  if (!history.reports.empty()) {
    result.from = day_of(history.reports.front().time_s);
    result.until = day_of(history.reports.back().time_s);
  }
  const auto weights = even_weights(history, pairs);
  const Fitter fitter(history, pairs, result.given, options);
  const Fixed nothing = nothing_fixed(result.given);
  const Fitted first = fitter.whole(weights, nothing);
  Jackknife jackknife;
  for (std::size_t group = 0; group < std::min(kGroups, blocks.count); ++group) {
    jackknife.add(fitter.again(
        only(weights, blocks, [&](std::size_t block) { return block % kGroups != group; }),
        first.parameters, nothing));
  }
  decide(result, history, first, jackknife, options);
  Fixed fixed = fixed_by(result);
  Fitted second = fitter.whole(weights, fixed);
  while (keep_renamed(result, second)) {
    fixed = fixed_by(result);
    second = fitter.whole(weights, fixed);
  }
  take(result, second);
  result.same = second.support.same;
  result.related = second.support.related;
  result.linked = second.support.linked;
  result.held_out = hold_out(history, pairs, blocks, weights, fitter, fixed, result);
  const Parameters given = fitter.with_company(weights, result.given);
  result.distances = distances(history, pairs, given, result.fitted);
  result.gaps = gaps(history, pairs, given, result.fitted);
  result.rings = ring_grids(history, pairs, result.fitted);
  result.prior_estimated = static_cast<double>(history.reports.size()) >= options.least_reports;
  result.background = measure_background(history, pairs,
                                         {static_cast<double>(config.background_reach_m),
                                          static_cast<double>(config.window.count()) / 1e6},
                                         unlike(history, result.fitted, options.reach));
  result.lambda = lambda_of(config, result.background, options);
  return result;
}

}  // namespace fusiond::fit
