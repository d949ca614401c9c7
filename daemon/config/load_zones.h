// Reads GeoJSON files: of named polygons, and of where cameras stand.
#pragma once

#include <string>
#include <vector>

#include "daemon/config/yaml_section.h"
#include "daemon/rules/bundle.h"
#include "daemon/rules/zones.h"

namespace fusiond::config {

// A FeatureCollection of Polygon and MultiPolygon, each with properties.name. Refused: more than 64
// MiB, 2,000 points in one zone, and borders that cross themselves. `path` is for messages.
void load_zones(const std::string& path, const std::string& text, rules::Zones& zones,
                Faults& faults);

// Adds the cameras of a GeoJSON file: a FeatureCollection of Point, each with properties.name, the
// device as its reports name it. Sorted by it. Refused: more than 64 MiB, 100,000 cameras, a name
// twice.
void load_cameras(const std::string& path, const std::string& text,
                  std::vector<rules::Camera>& cameras, Faults& faults);

}  // namespace fusiond::config
