// What rules say of an incident, slow and obvious: the part of F that belongs to design/0014.
// Shares with daemon/rules the values (bundle, zones, words) and none of its logic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/fusion/association_config.h"
#include "daemon/model/event_state.h"
#include "daemon/model/incident.h"
#include "daemon/rules/bundle.h"
#include "tests/support/reference_score.h"

namespace fusiond::support {

// One member: its report and which witness it is.
struct RuledReport {
  const Report* report = nullptr;
  std::uint32_t witness = 0;
};

// The strongest first. `members` in (time, id) order.
std::vector<Finding> reference_findings(const rules::Bundle& bundle,
                                        const std::vector<RuledReport>& members,
                                        const std::vector<SourceClock>& clocks,
                                        const fusion::AssociationConfig& config);

// Which cameras near the anchor to look at.
std::vector<CameraView> reference_cameras(const rules::Bundle& bundle, const rules::Rule& rule,
                                          const Report& anchor);
// What is kept of them, and of the devices of the reports that count in some part.
std::vector<EvidencePin> reference_pins(const rules::Rule& rule,
                                        const std::vector<const Report*>& counted,
                                        const std::vector<CameraView>& cameras);

// What a pattern rule looks at: reports of one status class in (time, id) order.
struct PatternSight {
  const rules::Bundle& bundle;
  const rules::Rule& rule;
  const std::vector<RuledReport>& reports;
  const std::vector<SourceClock>& clocks;
  const fusion::AssociationConfig& config;
};

// Whether some part takes the report, and whether it counts.
bool reference_takes(const PatternSight& sight, std::size_t i);
bool reference_anchors(const PatternSight& sight, std::size_t i);
// What the rule says of a run: by report of it as whom it is counted. `used`: what counts in some
// part.
Finding reference_run(const PatternSight& sight, const std::map<std::size_t, std::string>& run,
                      std::uint32_t most, std::set<std::size_t>& used);

// When a report was first heard, and of which kind its source is.
struct FirstHeard {
  WallTime at;
  EventId id;
  SourceKind kind = SourceKind::unspecified;
  friend auto operator<=>(const FirstHeard&, const FirstHeard&) = default;
};

// What rules say of feeds gone quiet, whatever state; of each feed every report that was ever heard
// of it, in any order.
std::vector<IncidentContent> reference_quiet(
    const rules::Bundle& bundle, const std::map<std::string, std::vector<FirstHeard>>& feeds,
    const std::vector<SourceClock>& clocks, const fusion::AssociationConfig& config);

}  // namespace fusiond::support
