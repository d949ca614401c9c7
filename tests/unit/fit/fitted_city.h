// A city whose constants differ from the association that the fit starts with.
#pragma once

#include <catch2/catch.hpp>

#include "daemon/fit/constants.h"
#include "daemon/fit/estimate.h"
#include "tests/support/past_city.h"
#include "tests/support/small_association.h"

namespace fusiond::fit {

// What is so, where the small association says otherwise.
inline fusion::AssociationConfig truth() {
  auto config = support::small_association();
  config.family_prior_ppm = {150000, 250000, 100000, 250000, 250000};
  config.delay_mean[SourceKind::cad] = std::chrono::seconds{260};
  config.delay_mean[SourceKind::acoustic] = std::chrono::seconds{30};
  config.caller_stand_off_m = {150, 30, 90, 70, 40};
  config.kinds["disturbance"] = {1000, 1000, 1000, 300000, 697000};
  return config;
}

struct FittedCity {
  History history;
  Estimates estimates;
  fusion::AssociationConfig constants;
};

enum class Linked : std::uint8_t { no, by_people };

inline FittedCity fitted(const support::PastCityOptions& options, Linked linked) {
  const auto given = support::small_association();
  const auto city = support::past_city(truth(), options);
  Links links;
  if (linked == Linked::by_people) {
    links.groups = city.groups;
  }
  FittedCity result;
  result.history = read_history(city.events, links, given);
  result.estimates = estimate(result.history, given, {});
  result.constants = constants_of(given, result.history, result.estimates);
  return result;
}

}  // namespace fusiond::fit
