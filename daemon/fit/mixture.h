// Two reports near each other are of one incident, of related ones, or near by chance. Which share
// of each, and with what constants: by expectation maximisation. README.md writes the model out.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "daemon/fit/chance.h"
#include "daemon/fit/history.h"

namespace fusiond::fit {

// What is estimated, in real numbers; constants.h makes the association's constants of it.
struct Parameters {
  std::array<double, kSources> delay_s{};
  std::vector<double> stand_off_m;         // callers by family, then devices by source kind
  std::vector<double> prior;               // P(family)
  std::vector<std::vector<double>> table;  // P(family | kind)
  std::vector<double> company;  // reports of the same incident that one report has, by its family
  std::vector<double> related;  // reports of related incidents within the reach
};

// The model with its tables worked out.
class PairModel {
 public:
  PairModel(const History& history, const Parameters& parameters, const Reach& reach);

  struct Density {  // reports per m^2 and s
    double same = 0;
    double related = 0;
    double misplaced = 0;  // of the same incident, with the place of one of them wrong
  };
  [[nodiscard]] Density of(const Report& a, const Report& b, double distance2, double gap_s) const;
  // The same for the pair's posterior: 0 to 1.
  [[nodiscard]] double posterior(const Report& a, const Report& b, const Pair& pair) const;

  [[nodiscard]] double variance_m2(const Report& a, const Report& b) const;
  [[nodiscard]] double delay_s(const Report& report) const { return delay_[report.stratum]; }
  [[nodiscard]] double kind(std::size_t a, std::size_t b) const { return kind_[a * kinds_ + b]; }
  // How many reports of the same incident (per unit of company) a report of stratum `a` has that
  // are of stratum `b` and come later, within the window.
  [[nodiscard]] double share(std::size_t a, std::size_t b) const;
  // The same of related incidents, per unit of relation.
  [[nodiscard]] double related_share(std::size_t a, std::size_t b) const;
  // How many reports of the same and of related incidents one of stratum `a` is expected to have.
  [[nodiscard]] double expected(std::size_t a) const;

 private:
  const History& history_;
  Parameters parameters_;
  Reach reach_;
  std::size_t kinds_ = 0;
  std::vector<double> kind_;                  // P(both kinds | one incident) / (P(kind) P(kind))
  std::vector<double> delay_, stand_off_m2_;  // by stratum
  double reports_ = 0;
};

// How much a pair's evidence for one parameter weighs against what was given: as many observations.
struct Shrinkage {
  double pairs = 20;  // behind a delay or a stand-off
  double rows = 20;   // behind a row of the type table
};

// Parameters that stay as they are.
struct Fixed {
  std::array<bool, kSources> delay{};
  std::vector<bool> stand_off;
  std::vector<bool> row;
};

// How many pairs of one incident stand behind each parameter; behind a stand-off in units of pairs
// of which it is the whole spread.
struct Support {
  std::array<double, kSources> delay{};
  std::vector<double> stand_off;
  std::vector<double> row;
  double same = 0, related = 0, linked = 0;
};

struct Fitted {
  Parameters parameters;
  Support support;
  std::vector<double> log_posterior;  // per iteration, per weighted report: pairs and given values
};

// P(family) among all reports, given what each kind says of it: with it the type table is
// consistent, and two reports drawn at random have a kind term of 1 on average.
[[nodiscard]] std::vector<double> prior_of(const History& history,
                                           const std::vector<std::vector<double>>& table);

class Mixture {
 public:
  // `given`: what the estimates are drawn to. All references outlive this.
  Mixture(const History& history, const Pairs& pairs, const Parameters& given,
          const Shrinkage& shrinkage);

  struct Run {
    std::size_t iterations = 100;
    double enough = 1e-7;   // stop when the likelihood rises by less, per report
    bool constants = true;  // false: company and relation only
  };
  // `weights`: of each report as the earlier one of its pairs.
  [[nodiscard]] Fitted fit(const std::vector<double>& weights, const Parameters& start,
                           const Fixed& fixed, const Run& run) const;
  // Of the pairs whose earlier report has a weight, per weighted report.
  [[nodiscard]] double log_likelihood(const std::vector<double>& weights,
                                      const Parameters& parameters) const;

 private:
  const History& history_;
  const Pairs& pairs_;
  const Parameters& given_;
  Shrinkage shrinkage_;
};

// One report among n of one incident counts 1/n, so that a mass event is not all there is: n is
// what lies within reach beyond chance.
[[nodiscard]] std::vector<double> even_weights(const History& history, const Pairs& pairs);

}  // namespace fusiond::fit
