// Writes decisions out in the words of model/incident.h. Only what is published pays for texts.
#pragma once

#include <cstddef>
#include <optional>

#include "daemon/fusion/node.h"
#include "daemon/model/incident.h"

namespace fusiond::fusion {

// Why an event stands where it stands, with the last `prior_most` of the earlier members of its
// episode. Requires: grouped or late.
void write_reason(const Node& node, std::size_t prior_most, Reason& reason);
// On what an episode hangs, or nothing when on none.
[[nodiscard]] std::optional<CaseLink> link_of(const Node& anchor);

}  // namespace fusiond::fusion
