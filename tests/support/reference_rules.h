// What rules say of an incident, slow and obvious: the part of F that belongs to design/0014.
// Shares with daemon/rules the values (bundle, zones, words) and none of its logic.
#pragma once

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

}  // namespace fusiond::support
