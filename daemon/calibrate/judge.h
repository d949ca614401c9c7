// How right probabilities were: Brier score, calibration error and reliability.
// Journey: calibrate/estimate.cc -> here -> calibrate/page.cc
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "daemon/calibrate/samples.h"
#include "daemon/calibrate/weighing.h"

namespace fusiond::calibrate {

// What was said of an incident, and whether it was so.
struct Said {
  double chance = 0;
  bool founded = false;
};

struct Interval {
  double low = 0, high = 0;
};
// Wilson's, 95 %: where a share lies of which `some` of `all` were seen. Without any: 0 to 1.
[[nodiscard]] Interval interval_of(std::size_t some, std::size_t all);

constexpr std::size_t kBins = 10;

struct Bin {
  std::size_t incidents = 0, founded = 0;
  double said = 0;  // the sum
};

struct Score {
  std::size_t incidents = 0, founded = 0;
  double brier = 0;          // mean (said - so)²
  double log_loss = 0;       // mean -ln of the chance of what was so, in nats
  double ece = 0;            // mean |said - so| of ten equal bins, by their incidents
  double ece_by_chance = 0;  // what it would be about if everything said were right
  std::array<Bin, kBins> bins{};
};
[[nodiscard]] Score score_of(std::span<const Said> said);

// Two ways to say it, of the same incidents.
struct Comparison {
  Score given, fitted;
  double gain = 0;        // of the Brier score, given less fitted
  double gain_error = 0;  // its standard error
  enum class Verdict : std::uint8_t { better, worse, cannot_tell } verdict = Verdict::cannot_tell;
};
[[nodiscard]] Comparison compare(std::span<const Said> given, std::span<const Said> fitted);

struct Judgement {
  Comparison all;             // as the incidents stood before the outcome
  Comparison several;         // of those the ones with two witnesses or more
  Comparison at_opening;      // as they were told first
  std::size_t otherwise = 0;  // records whose odds do not follow from the given factors
};

// Weighs each sample with both, as the engine does.
[[nodiscard]] Judgement judge(std::span<const Sample> samples, const Past& past,
                              const fusion::ConfidenceConfig& given,
                              const fusion::ConfidenceConfig& fitted);

}  // namespace fusiond::calibrate
