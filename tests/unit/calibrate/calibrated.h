// A city whose factors differ from those that the calibration starts with.
#pragma once

#include <catch2/catch.hpp>

#include "daemon/calibrate/calibration.h"
#include "daemon/config/load.h"
#include "daemon/config/shipped.h"
#include "tests/support/told_city.h"

namespace fusiond::calibrate {

inline fusion::AssociationConfig shipped() {
  config::Faults faults;
  auto config = config::load_association("", faults);
  REQUIRE(faults.empty());
  return config;
}

inline fusion::ConfidenceConfig::Entry& entry(fusion::AssociationConfig& config, WitnessKind kind) {
  return config.confidence.witnesses[static_cast<std::size_t>(kind)];
}

// What is so, where the shipped association says otherwise.
inline fusion::AssociationConfig truth() {
  auto config = shipped();
  entry(config, WitnessKind::caller).prior_mn = 1500;
  entry(config, WitnessKind::caller).likelier_mn = 1800;
  entry(config, WitnessKind::camera).prior_mn = -2500;
  entry(config, WitnessKind::acoustic).prior_mn = -300;
  entry(config, WitnessKind::social).prior_mn = -2200;
  config.confidence.share_permille = 400;
  return config;
}

struct Calibrated {
  support::ToldCity city;
  Samples samples;
  Result<Calibration> calibration;
};

inline Calibrated calibrated(const fusion::AssociationConfig& so,
                             const support::ToldCityOptions& options,
                             const CalibrateOptions& how = {}) {
  Calibrated result{support::told_city(so, options), {}, fail(Fault::bad_input, "not run")};
  result.samples = samples_of(result.city.past, result.city.outcomes);
  result.calibration = calibrate(result.samples, result.city.past, shipped(), "abc", how);
  return result;
}

}  // namespace fusiond::calibrate
