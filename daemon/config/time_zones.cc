#include "daemon/config/time_zones.h"

#include <exception>

namespace fusiond::config {

const date::time_zone* zone_named(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace fusiond::config
