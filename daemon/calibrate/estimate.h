// The factors that make what officers found the likeliest, drawn to the given ones: logistic
// regression with a normal prior on each factor, by Fisher scoring.
// Journey: calibrate/factors.cc -> here -> calibrate/confidence_text.cc
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "daemon/calibrate/factors.h"
#include "daemon/calibrate/samples.h"

namespace fusiond::calibrate {

struct EstimateOptions {
  std::size_t least_outcomes = 30;  // in which a factor counts; with fewer it is left alone
};

struct Estimates {
  std::vector<Quantity> quantities;  // in the order of Factors
  fusion::ConfidenceConfig config;   // with what was estimated
  std::size_t outcomes = 0, founded = 0;
  std::size_t days = 0;    // on which they were
  double over_chance = 1;  // by how much the days differ more than chance; errors are widened by it
  std::size_t rounds = 0;  // until no other report was the strongest by the new factors
  std::size_t turning = 0;  // incidents of which there still was one: two kinds are about as strong
};

// Errors: bad_input when fewer than least_outcomes are founded or fewer unfounded: of a file that
// holds one of the two only nothing can be learned about either.
[[nodiscard]] Result<Estimates> estimate(std::span<const Sample> samples, const Past& past,
                                         const fusion::AssociationConfig& given,
                                         const EstimateOptions& options);

}  // namespace fusiond::calibrate
