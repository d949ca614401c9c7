// Reads a GeoJSON file of named polygons.
#pragma once

#include <string>

#include "daemon/config/yaml_section.h"
#include "daemon/rules/zones.h"

namespace fusiond::config {

// A FeatureCollection of Polygon and MultiPolygon, each with properties.name. Refused: more than 64
// MiB, 2,000 points in one zone, and borders that cross themselves. `path` is for messages.
void load_zones(const std::string& path, const std::string& text, rules::Zones& zones,
                Faults& faults);

}  // namespace fusiond::config
