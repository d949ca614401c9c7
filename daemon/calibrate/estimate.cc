#include "daemon/calibrate/estimate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <string>

#include "daemon/base/check.h"

namespace fusiond::calibrate {
namespace {

constexpr double kLeastWeight =
    0.1;                        // of the outcomes in a value; with less they say nothing of it
constexpr double kWhole = 0.9;  // a part with more of the outcomes is the whole
constexpr std::size_t kMostRounds = 20;
constexpr std::size_t kMostSteps = 100;
constexpr std::size_t kLeastDays = 8;  // for judging whether days differ more than chance
constexpr double kEnough = 1e-9;       // a step that gains less, relatively, is the last
constexpr std::int64_t kDayUs = 86'400'000'000;

using Matrix = std::vector<std::vector<double>>;

struct Seen {
  Row row;
  bool founded = false;
  std::int64_t day = 0;
};

double chance(double odds) {
  return 1 / (1 + std::exp(-odds));
}

// -ln of the chance of what was found, at these odds.
double surprise(double odds, bool founded) {
  const double against = founded ? -odds : odds;
  return against > 30 ? against : std::log1p(std::exp(against));
}

// Cholesky in place: A = L Lt. Requires: positive definite.
void decompose(Matrix& a) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i][j];
      for (std::size_t k = 0; k < j; ++k) {
        sum -= a[i][k] * a[j][k];
      }
      if (i == j) {
        FUSIOND_CHECK(sum > 0, "every quantity has a normal prior");
        a[i][i] = std::sqrt(sum);
      } else {
        a[i][j] = sum / a[j][j];
      }
    }
  }
}

std::vector<double> solve(const Matrix& l, std::vector<double> b) {
  for (std::size_t i = 0; i < b.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      b[i] -= l[i][k] * b[k];
    }
    b[i] /= l[i][i];
  }
  for (std::size_t i = b.size(); i-- > 0;) {
    for (std::size_t k = i + 1; k < b.size(); ++k) {
      b[i] -= l[k][i] * b[k];
    }
    b[i] /= l[i][i];
  }
  return b;
}

class Fit {
 public:
  Fit(const Factors& factors, const std::vector<std::size_t>& free, double limit)
      : factors_(factors), free_(free), at_(factors.all().size(), kNone), limit_(limit) {
    for (std::size_t i = 0; i < free.size(); ++i) {
      at_[free[i]] = i;
    }
  }

  // The values that surprise least, from `values` on; those that are not free stay.
  void run(const std::vector<Seen>& seen, std::vector<double>& values) {
    // Beyond the limit nothing is claimed, so nothing there pulls at a factor. Without the limit
    // first: factors that start far off would not come back from beyond it.
    for (const double limit : {std::numeric_limits<double>::infinity(), limit_}) {
      double cost = cost_of(seen, values, limit);
      for (std::size_t step = 0; step < kMostSteps; ++step) {
        const double before = cost;
        cost = take_step(seen, values, limit, cost);
        if (before - cost <= kEnough * (1 + std::abs(cost))) {
          break;
        }
      }
    }
  }

  // The standard error of each free value.
  [[nodiscard]] std::vector<double> errors(const std::vector<Seen>& seen,
                                           const std::vector<double>& values) const {
    Matrix curvature;
    std::vector<double> slope;
    bend(seen, values, limit_, curvature, slope);
    decompose(curvature);
    std::vector<double> errors;
    for (std::size_t i = 0; i < free_.size(); ++i) {
      std::vector<double> unit(free_.size(), 0);
      unit[i] = 1;
      errors.push_back(std::sqrt(solve(curvature, std::move(unit))[i]));
    }
    return errors;
  }

  [[nodiscard]] double limited(double odds, double limit) const {
    return std::clamp(odds, -limit, limit);
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  [[nodiscard]] double cost_of(const std::vector<Seen>& seen, const std::vector<double>& values,
                               double limit) const {
    Factors::Slopes slopes;
    double cost = 0;
    for (const Seen& one : seen) {
      cost += surprise(limited(factors_.odds(one.row, values, slopes), limit), one.founded);
    }
    for (const std::size_t quantity : free_) {
      const Quantity& one = factors_.all()[quantity];
      const double off = (values[quantity] - one.given) / Factors::spread(one.part);
      cost += off * off / 2;
    }
    return cost;
  }

  // Slope and (expected) curvature of the cost at the free quantities.
  void bend(const std::vector<Seen>& seen, const std::vector<double>& values, double limit,
            Matrix& curvature, std::vector<double>& slope) const {
    curvature.assign(free_.size(), std::vector<double>(free_.size(), 0));
    slope.assign(free_.size(), 0);
    Factors::Slopes slopes;
    for (const Seen& one : seen) {
      const double odds = factors_.odds(one.row, values, slopes);
      if (std::abs(odds) > limit) {
        continue;
      }
      const double p = chance(odds);
      const double off = p - (one.founded ? 1 : 0);
      for (const auto& [a, by_a] : slopes) {
        if (at_[a] == kNone) {
          continue;
        }
        slope[at_[a]] += off * by_a;
        for (const auto& [b, by_b] : slopes) {
          if (at_[b] != kNone) {
            curvature[at_[a]][at_[b]] += p * (1 - p) * by_a * by_b;
          }
        }
      }
    }
    for (std::size_t i = 0; i < free_.size(); ++i) {
      const Quantity& one = factors_.all()[free_[i]];
      const double spread = Factors::spread(one.part);
      slope[i] += (values[free_[i]] - one.given) / (spread * spread);
      curvature[i][i] += 1 / (spread * spread);
    }
  }

  // Those that lie on an end of their range and are pushed outwards stay there.
  void hold_at_ends(const std::vector<double>& values, Matrix& curvature,
                    std::vector<double>& slope) const {
    for (std::size_t i = 0; i < free_.size(); ++i) {
      const auto [least, most] = Factors::range(factors_.all()[free_[i]].part);
      const bool held =
          (values[free_[i]] <= least && slope[i] > 0) || (values[free_[i]] >= most && slope[i] < 0);
      if (!held) {
        continue;
      }
      for (std::size_t k = 0; k < free_.size(); ++k) {
        curvature[i][k] = curvature[k][i] = 0;
      }
      curvature[i][i] = 1;
      slope[i] = 0;
    }
  }

  double take_step(const std::vector<Seen>& seen, std::vector<double>& values, double limit,
                   double cost) const {
    Matrix curvature;
    std::vector<double> slope;
    bend(seen, values, limit, curvature, slope);
    hold_at_ends(values, curvature, slope);
    decompose(curvature);
    const std::vector<double> step = solve(curvature, std::move(slope));
    for (double part = 1; part > 1e-6; part /= 2) {
      std::vector<double> next = values;
      for (std::size_t i = 0; i < free_.size(); ++i) {
        const auto [least, most] = Factors::range(factors_.all()[free_[i]].part);
        next[free_[i]] = std::clamp(values[free_[i]] - part * step[i], least, most);
      }
      const double next_cost = cost_of(seen, next, limit);
      if (next_cost < cost) {
        values = std::move(next);
        return next_cost;
      }
    }
    return cost;
  }

  const Factors& factors_;
  const std::vector<std::size_t>& free_;
  std::vector<std::size_t> at_;
  double limit_;
};

std::vector<Seen> see(std::span<const Sample> samples, Weighing& weighing,
                      const fusion::ConfidenceConfig& by) {
  std::vector<Seen> seen;
  seen.reserve(samples.size());
  for (const Sample& sample : samples) {
    const std::int64_t us = micros_of(sample.when);
    const std::int64_t day = us / kDayUs - (us % kDayUs < 0 ? 1 : 0);
    seen.push_back({weighing.row(*sample.then, by), sample.founded, day});
  }
  return seen;
}

void count(const std::vector<Seen>& seen, Factors& factors) {
  const std::vector<double> values = factors.values();
  Factors::Slopes slopes;
  for (Quantity& one : factors.all()) {
    one.outcomes = one.founded = 0;
  }
  for (const Seen& one : seen) {
    (void)factors.odds(one.row, values, slopes);
    for (const auto& [quantity, slope] : slopes) {
      Quantity& counted = factors.all()[quantity];
      ++counted.outcomes;
      counted.founded += one.founded ? 1 : 0;
    }
  }
}

// Which quantities are free: those with outcomes enough, but not a part that is nearly the whole.
std::vector<std::size_t> choose(Factors& factors, std::size_t least) {
  std::vector<std::size_t> free;
  for (std::size_t i = 0; i < factors.all().size(); ++i) {
    Quantity& one = factors.all()[i];
    const auto parent = factors.parent(i);
    const bool whole = parent && static_cast<double>(one.outcomes) >
                                     kWhole * static_cast<double>(factors.all()[*parent].outcomes);
    one.verdict = one.outcomes < least ? Verdict::too_few
                  : whole              ? Verdict::whole
                                       : Verdict::estimated;
    if (one.verdict == Verdict::estimated) {
      free.push_back(i);
    }
  }
  return free;
}

// The incidents of which another report is the strongest by other factors: their rows are not those
// that these were fitted to.
std::size_t turning(const std::vector<Seen>& a, const std::vector<Seen>& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Row& one = a[i].row;
    const Row& other = b[i].row;
    const bool same =
        one.strongest == other.strongest && one.kind == other.kind && one.sure == other.sure;
    count += same ? 0 : 1;
  }
  return count;
}

// How much more the days differ than chance makes them: the mean of (found - said)² of a day in
// units of its variance. An outcome that was expected leaves no room to judge by.
double over_chance(const std::vector<Seen>& seen, const Factors& factors,
                   const std::vector<double>& values, double limit, std::size_t& days) {
  struct Day {
    double off = 0, variance = 0;
  };
  std::map<std::int64_t, Day> by_day;
  Factors::Slopes slopes;
  for (const Seen& one : seen) {
    const double p = chance(std::clamp(factors.odds(one.row, values, slopes), -limit, limit));
    Day& day = by_day[one.day];
    day.off += (one.founded ? 1 : 0) - p;
    day.variance += p * (1 - p);
  }
  days = by_day.size();
  if (days < kLeastDays) {
    return 1;
  }
  double sum = 0;
  for (const auto& [number, day] : by_day) {
    sum += day.off * day.off / day.variance;
  }
  return std::max(1.0, sum / static_cast<double>(days));
}

// How much of a value comes from the outcomes, by its standard error.
double weight_of(const Quantity& one, double error) {
  const double share = error / Factors::spread(one.part);
  return std::clamp(1 - share * share, 0.0, 1.0);
}

// Fits, then once more without the quantities of which the outcomes say hardly anything.
void fit(Factors& factors, std::vector<std::size_t>& free, const std::vector<Seen>& seen,
         double limit, std::vector<double>& values) {
  values = factors.values();
  Fit(factors, free, limit).run(seen, values);
  const std::vector<double> errors = Fit(factors, free, limit).errors(seen, values);
  std::vector<std::size_t> speaking;
  for (std::size_t i = 0; i < free.size(); ++i) {
    Quantity& one = factors.all()[free[i]];
    if (weight_of(one, errors[i]) >= kLeastWeight) {
      speaking.push_back(free[i]);
    } else {
      one.verdict = Verdict::silent;
    }
  }
  if (speaking.size() < free.size()) {
    free = std::move(speaking);
    values = factors.values();
    Fit(factors, free, limit).run(seen, values);
  }
}

void write_down(Factors& factors, const std::vector<std::size_t>& free,
                const std::vector<double>& errors, double widened) {
  for (std::size_t i = 0; i < free.size(); ++i) {
    Quantity& one = factors.all()[free[i]];
    one.error = std::min(errors[i] * std::sqrt(widened), Factors::spread(one.part));
    one.weight = weight_of(one, one.error);
  }
}

}  // namespace

Result<Estimates> estimate(std::span<const Sample> samples, const Past& past,
                           const fusion::AssociationConfig& given, const EstimateOptions& options) {
  Estimates estimates;
  estimates.outcomes = samples.size();
  estimates.founded = static_cast<std::size_t>(std::count_if(
      samples.begin(), samples.end(), [](const Sample& sample) { return sample.founded; }));
  const std::size_t unfounded = estimates.outcomes - estimates.founded;
  if (std::min(estimates.founded, unfounded) < options.least_outcomes) {
    return fail(Fault::bad_input,
                "nothing can be learned: " + std::to_string(options.least_outcomes) +
                    " incidents that were founded and as many that were not are needed to fit to, "
                    "got: " +
                    std::to_string(estimates.founded) + " and " + std::to_string(unfounded));
  }
  Factors factors(given, past);
  Weighing weighing(past);
  const double limit = static_cast<double>(given.confidence.limit_mn) / 1000;
  std::vector<double> by = factors.values();  // what the strongest reports are chosen by
  std::vector<double> values = by;
  std::vector<Seen> seen = see(samples, weighing, given.confidence);
  std::vector<std::size_t> free;
  for (estimates.rounds = 1;; ++estimates.rounds) {
    count(seen, factors);
    free = choose(factors, options.least_outcomes);
    fit(factors, free, seen, limit, values);
    estimates.turning = turning(seen, see(samples, weighing, factors.config(values)));
    if (estimates.turning == 0 || estimates.rounds == kMostRounds) {
      break;
    }
    // Half the way, or two kinds of report that are about as strong take turns for ever.
    std::transform(by.begin(), by.end(), values.begin(), by.begin(),
                   [](double old, double fresh) { return (old + fresh) / 2; });
    seen = see(samples, weighing, factors.config(by));
  }
  for (const std::size_t quantity : free) {
    factors.all()[quantity].value = values[quantity];
  }
  estimates.over_chance = over_chance(seen, factors, values, limit, estimates.days);
  write_down(factors, free, Fit(factors, free, limit).errors(seen, values), estimates.over_chance);
  estimates.config = factors.config(values);
  estimates.quantities = factors.all();
  return estimates;
}

}  // namespace fusiond::calibrate
