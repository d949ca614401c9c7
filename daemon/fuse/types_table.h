// A public table of types (P(family | type), delays, stand-offs) laid over an association.
#pragma once

#include <string_view>

#include "daemon/base/result.h"
#include "daemon/fusion/association_config.h"

namespace fusiond::fuse {

// Overrides the rows of the kinds, sources and families that `json` names, leaves everything else,
// and adds the table's hash to the version. Keys: families, p_family_given_type, delay_mean_s,
// standoff_m, caller_standoff_m; others are passed over. Errors: bad_config.
Result<fusion::AssociationConfig> with_types(fusion::AssociationConfig config,
                                             std::string_view json);

}  // namespace fusiond::fuse
