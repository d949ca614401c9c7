// The past of a city whose constants are known: for the estimators to find out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/fusion/association_config.h"
#include "daemon/model/event.h"

namespace fusiond::support {

struct PastCityOptions {
  std::uint64_t seed = 1;
  int days = 14;
  int incidents_a_day = 400;
  double more_reports = 0.8;  // mean number of further reports of an incident
  double side_m = 10'000;
  double fix_m = 20;          // sigma of every fix; stated as its 90 % radius
  int misplaced_percent = 0;  // of reports that lie some 900 m off, with the same stated radius
  int cross_referred_percent = 0;  // of later reports that name the first one's CAD number
};

struct PastCity {
  std::vector<Event> events;                     // by time of receipt
  std::vector<std::vector<std::string>> groups;  // event ids of the incidents with two or more
};

// Incidents at random places and times; each family's share, delays, stand-offs and the kinds of
// its reports as `truth` has them. Shots are heard by an acoustic sensor, too, in one case of two.
PastCity past_city(const fusion::AssociationConfig& truth, const PastCityOptions& options);

}  // namespace fusiond::support
