// The association's file with new constants in it: what was not estimated stays as it is written,
// comments and all.
#pragma once

#include <string>

#include "daemon/fit/estimate.h"
#include "daemon/fit/history.h"
#include "daemon/fusion/association_config.h"

namespace fusiond::fit {

// An association's file and the constants it holds.
struct AssociationFile {
  std::string text;
  fusion::AssociationConfig config;
};

// `fitted` may also differ from the file by a table of types that lay over it. The version names
// the days of the data and a hash of the constants; the same data and file give the same bytes.
[[nodiscard]] std::string association_text(const AssociationFile& file, const History& history,
                                           const Estimates& estimates,
                                           const fusion::AssociationConfig& fitted);

// The version in such a text.
[[nodiscard]] std::string version_of(const std::string& text);

}  // namespace fusiond::fit
