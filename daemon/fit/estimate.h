// Everything that is estimated of a history, with support, error, and how well it does on days that
// were held out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/fit/background.h"
#include "daemon/fit/evidence.h"
#include "daemon/fit/mixture.h"
#include "daemon/fusion/association_config.h"

namespace fusiond::fit {

struct EstimateOptions {
  Reach reach;
  Shrinkage shrinkage;
  double least_pairs = 30;     // behind an estimate; with fewer the given value is kept
  double least_reports = 200;  // behind the background and the shares of the families
  double widest = 0.5;         // a standard error above this share of the value: kept too
  std::size_t iterations = 150;
};

enum class Verdict : std::uint8_t {
  estimated,
  too_few,
  too_uncertain,
  too_long,  // a delay that the window is too short for
  renamed,   // a row whose leading family would change: families are names, and a person gives them
  absent
};

// One constant.
struct Quantity {
  double given = 0;
  double estimate = 0;  // what the data say, also when it is not taken
  double pairs = 0;     // pairs of one incident behind it
  double error = 0;     // standard error of its logarithm
  Verdict verdict = Verdict::absent;
  [[nodiscard]] double value() const { return verdict == Verdict::estimated ? estimate : given; }
};

struct HeldOut {
  std::size_t blocks = 0, reports = 0;
  double given = 0, fitted = 0;  // log likelihood per report, company fitted for both
  double error = 0;              // standard error of the difference
  std::vector<Reliability> reliability_given, reliability_fitted;
};

struct Estimates {
  std::string from, until;          // first and last report, days in UTC
  std::vector<Quantity> delay;      // by source kind
  std::vector<Quantity> stand_off;  // as Parameters::stand_off_m
  std::vector<Quantity> row;        // by kind: value of the leading family
  Parameters given, fitted;         // fitted: what is taken, as decided above
  bool prior_estimated = false;
  Quantity lambda;  // reports per m^2 and s where nothing else is near; pairs: reports
  Background background;
  double pairs = 0, same = 0, related = 0, linked = 0;
  std::string block;  // what the errors are made of: "day" or "hour"
  std::size_t blocks = 0;
  std::vector<double> log_posterior;  // per iteration
  HeldOut held_out;
  std::vector<Histogram> distances, gaps;  // of stand-offs and delays that have pairs
  std::vector<RingGrid> rings;
};

// The numbers of an association as the estimators want them.
[[nodiscard]] Parameters parameters_of(const fusion::AssociationConfig& config,
                                       const History& history);

[[nodiscard]] Estimates estimate(const History& history, const fusion::AssociationConfig& given,
                                 const EstimateOptions& options);

}  // namespace fusiond::fit
