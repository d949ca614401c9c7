// The sections of the page, each as HTML. Part of page.cc.
#pragma once

#include <string>

#include "daemon/fit/estimate.h"
#include "daemon/fit/history.h"

namespace fusiond::fit {

[[nodiscard]] std::string summary_section(const History& history, const Estimates& estimates);
[[nodiscard]] std::string delay_section(const Estimates& estimates);
[[nodiscard]] std::string stand_off_section(const History& history, const Estimates& estimates);
[[nodiscard]] std::string kinds_section(const History& history, const Estimates& estimates);
[[nodiscard]] std::string background_section(const Estimates& estimates);
[[nodiscard]] std::string rings_section(const History& history, const Estimates& estimates);
[[nodiscard]] std::string held_out_section(const Estimates& estimates);

}  // namespace fusiond::fit
