// The machine's database of time zones.
#pragma once

#include <string>

#include <date/tz.h>

namespace fusiond::config {

// "America/Chicago"; none when the machine does not know it.
[[nodiscard]] const date::time_zone* zone_named(const std::string& name);

}  // namespace fusiond::config
