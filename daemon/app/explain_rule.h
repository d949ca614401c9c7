// `fusiond explain --rule R`: what one rule says of an incident or of a report in it, and why not
// more. Journey: app/explain.cc -> here -> explain/finding_words.cc
#pragma once

#include <optional>

#include "daemon/app/explain.h"
#include "daemon/explain/page.h"
#include "daemon/model/incident.h"

namespace fusiond::app {

// What the record holds of the rule; where it holds nothing, or where a folder is named, the rule
// is asked anew over the record's members (what absent parts wait for is then not known). Errors:
// bad_input (no such rule; rules that are nowhere at hand; an incident too large to list all its
// members), bad_config (a folder with faults), unavailable.
Result<explain::Page> rule_page(const ExplainOptions& options, const IncidentRevision& revision,
                                const std::optional<EventId>& event);

}  // namespace fusiond::app
