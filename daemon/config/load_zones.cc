#include "daemon/config/load_zones.h"

#include <cmath>
#include <optional>
#include <simdjson.h>
#include <utility>

namespace fusiond::config {
namespace {

namespace json = simdjson::dom;

constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxPoints = 2000;

// One feature; a fault is a sentence, empty when there is none.
class FeatureReading {
 public:
  rules::Zone zone;
  std::string name;
  std::string fault;

  void read(const json::element& feature) {
    std::string_view text;
    if (feature["properties"]["name"].get(text) != simdjson::SUCCESS || text.empty()) {
      fault = "has no properties.name";
      return;
    }
    name = text;
    std::string_view type;
    json::array coordinates;
    if (feature["geometry"]["type"].get(type) != simdjson::SUCCESS ||
        feature["geometry"]["coordinates"].get(coordinates) != simdjson::SUCCESS) {
      fault = "has no geometry with type and coordinates";
    } else if (type == "Polygon") {
      polygon(coordinates);
    } else if (type == "MultiPolygon") {
      for (const json::element part : coordinates) {
        json::array rings;
        if (part.get(rings) != simdjson::SUCCESS) {
          fault = "has a part that is no list of rings";
          return;
        }
        polygon(rings);
      }
    } else {
      fault = "must be a Polygon or a MultiPolygon, got: " + std::string(type);
    }
    if (fault.empty()) {
      fault = fault_of(zone);
    }
  }

 private:
  void polygon(const json::array& rings) {
    for (const json::element element : rings) {
      json::array points;
      if (element.get(points) != simdjson::SUCCESS) {
        fault = "has a ring that is no list of points";
        return;
      }
      rules::Ring ring;
      for (const json::element one : points) {
        const auto point = point_of(one);
        if (!point) {
          fault = "has a point that is no [longitude, latitude]";
          return;
        }
        ring.push_back(*point);
        if (++points_ > kMaxPoints) {
          fault = "has more than 2000 points; draw it simpler";
          return;
        }
      }
      if (ring.size() > 1 && ring.front() == ring.back()) {
        ring.pop_back();
      }
      zone.rings.push_back(std::move(ring));
    }
  }

  static std::optional<rules::ZonePoint> point_of(const json::element& element) {
    json::array pair;
    double lon = 0;
    double lat = 0;
    if (element.get(pair) != simdjson::SUCCESS || pair.size() < 2 ||
        pair.at(0).get(lon) != simdjson::SUCCESS || pair.at(1).get(lat) != simdjson::SUCCESS ||
        !(std::abs(lat) <= 90) || !(std::abs(lon) <= 180)) {
      return std::nullopt;
    }
    return rules::ZonePoint{static_cast<std::int32_t>(std::llround(lat * 1e7)),
                            static_cast<std::int32_t>(std::llround(lon * 1e7))};
  }

  std::size_t points_ = 0;
};

}  // namespace

void load_zones(const std::string& path, const std::string& text, rules::Zones& zones,
                Faults& faults) {
  if (text.size() > kMaxBytes) {
    faults.push_back({path, 0, 0, "larger than 64 MiB: " + std::to_string(text.size())});
    return;
  }
  json::parser parser;
  json::element root;
  json::array features;
  if (const auto code = parser.parse(text).get(root); code != simdjson::SUCCESS) {
    faults.push_back({path, 0, 0, std::string("is no JSON: ") + simdjson::error_message(code)});
    return;
  }
  if (root["features"].get(features) != simdjson::SUCCESS) {
    faults.push_back({path, 0, 0, "must be a GeoJSON FeatureCollection with `features`"});
    return;
  }
  std::size_t index = 0;
  for (const json::element feature : features) {
    FeatureReading reading;
    reading.read(feature);
    const std::string which = "features[" + std::to_string(index++) + "]" +
                              (reading.name.empty() ? "" : " (" + reading.name + ")");
    if (reading.fault.empty() && !zones.add(reading.name, std::move(reading.zone))) {
      reading.fault = "two zones are called so";
    }
    if (!reading.fault.empty()) {
      faults.push_back({path, 0, 0, which + ": " + reading.fault});
    }
  }
}

}  // namespace fusiond::config
