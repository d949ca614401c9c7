// A small association table for tests: five families, a kind or two of each.
#pragma once

#include "daemon/fusion/association_config.h"
#include "daemon/rules/priority_table.h"

namespace fusiond::support {

fusion::AssociationConfig small_association();
// The same with the terms that it leaves out: kinds that are alike, sources that are alone.
fusion::AssociationConfig full_association();
// The same with incidents that are large from four members on.
fusion::AssociationConfig short_lists();
// The same with crowd bounds so low that small cities meet them.
fusion::AssociationConfig crowded_association();
rules::PriorityTable small_priorities();

}  // namespace fusiond::support
