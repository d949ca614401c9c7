// F: what fusion must answer, as one slow and obvious batch over a set of records. Shares with the
// engine the integer primitives (logarithms, earth grid), the configuration and the model, and none
// of its logic: no grid, no index, no increments, everything from nothing each time.
#pragma once

#include <vector>

#include "daemon/fusion/association_config.h"
#include "daemon/model/event.h"
#include "daemon/model/event_state.h"
#include "daemon/model/incident.h"
#include "daemon/model/word.h"
#include "daemon/rules/bundle.h"
#include "daemon/rules/priority_table.h"

namespace fusiond::support {

// The incidents that `records` and people's `words`, in any order and with any repeats, make at
// these source clocks; sorted by id.
std::vector<IncidentContent> reference_fold(const std::vector<Event>& records,
                                            const std::vector<Word>& words,
                                            const std::vector<SourceClock>& clocks,
                                            const fusion::AssociationConfig& config,
                                            const rules::PriorityTable& priorities,
                                            const rules::Bundle& bundle = {});

}  // namespace fusiond::support
