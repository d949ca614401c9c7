// The calibration as one page that opens anywhere and prints.
#pragma once

#include <string>

#include "daemon/calibrate/calibration.h"
#include "daemon/calibrate/samples.h"

namespace fusiond::calibrate {

[[nodiscard]] std::string page_of(const Calibration& calibration, const Samples& samples,
                                  const std::string& version);

}  // namespace fusiond::calibrate
