// The association's file with new factors in its section `confidence`: everything else stays as it
// is written, comments and all.
#pragma once

#include <string>

#include "daemon/calibrate/calibration.h"

namespace fusiond::calibrate {

// The version names the days fitted to and a hash of the constants; the same outcomes, incidents
// and file give the same bytes. fit::version_of reads it back.
[[nodiscard]] std::string association_text(const std::string& file, const Calibration& calibration);

}  // namespace fusiond::calibrate
