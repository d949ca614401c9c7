// Incidents as they were told, and what officers found: drawn from factors that are known, for the
// estimators to find out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/calibrate/finding.h"
#include "daemon/calibrate/past.h"
#include "daemon/fusion/association_config.h"
#include "daemon/model/incident.h"

namespace fusiond::support {

// One report, as an incident lists it. Later ones with a witness number used before are of the same
// witness.
struct ToldReport {
  std::string kind;
  WitnessKind teller = WitnessKind::caller;
  std::uint32_t witness = 0;  // 0: a witness of its own
  std::optional<std::uint16_t> sure_permille = std::nullopt;
  Lifecycle lifecycle = Lifecycle::fresh;
  std::uint32_t copies = 0;
};

// The first revision of incident `name`, told `at` after midnight on 1 July 2026. Its events are
// `name`-1, `name`-2, …, their sources' ids and CAD numbers the same with "s-" and "pd/c-" before
// them. How sure it is follows from `config`.
IncidentRevision told(const std::string& name, Micros at, const std::vector<ToldReport>& reports,
                      const fusion::AssociationConfig& config);

struct ToldCityOptions {
  std::uint64_t seed = 1;
  std::size_t incidents = 4000;
  std::size_t days = 20;
};

struct ToldCity {
  calibrate::Past past;                      // settled
  std::vector<calibrate::Outcome> outcomes;  // one for each incident
};

// Callers, cameras, alarms, sensors and posts in all numbers; `truth` says how often they are
// right.
ToldCity told_city(const fusion::AssociationConfig& truth, const ToldCityOptions& options);

}  // namespace fusiond::support
