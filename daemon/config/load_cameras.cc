#include <algorithm>
#include <cmath>
#include <simdjson.h>
#include <utility>

#include "daemon/config/load_zones.h"

namespace fusiond::config {
namespace {

namespace json = simdjson::dom;

constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxCameras = 100'000;
constexpr std::size_t kMaxName = 200;

// A fault is a sentence, empty when there is none.
std::string read_camera(const json::element& feature, rules::Camera& camera) {
  std::string_view name;
  if (feature["properties"]["name"].get(name) != simdjson::SUCCESS || name.empty() ||
      name.size() > kMaxName) {
    return "has no properties.name, the device as its reports name it";
  }
  camera.device = name;
  std::string_view type;
  json::array pair;
  double lon = 0;
  double lat = 0;
  if (feature["geometry"]["type"].get(type) != simdjson::SUCCESS || type != "Point" ||
      feature["geometry"]["coordinates"].get(pair) != simdjson::SUCCESS || pair.size() < 2 ||
      pair.at(0).get(lon) != simdjson::SUCCESS || pair.at(1).get(lat) != simdjson::SUCCESS ||
      !(std::abs(lat) <= 90) || !(std::abs(lon) <= 180)) {
    return "must be a Point with [longitude, latitude]";
  }
  camera.at = {static_cast<std::int32_t>(std::llround(lat * 1e7)),
               static_cast<std::int32_t>(std::llround(lon * 1e7))};
  return {};
}

}  // namespace

void load_cameras(const std::string& path, const std::string& text,
                  std::vector<rules::Camera>& cameras, Faults& faults) {
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
    rules::Camera camera;
    const std::string which = "features[" + std::to_string(index++) + "]";
    if (const std::string fault = read_camera(feature, camera); !fault.empty()) {
      faults.push_back({path, 0, 0, which + ": " + fault});
    } else if (cameras.size() >= kMaxCameras) {
      faults.push_back({path, 0, 0, which + ": at most 100,000 cameras are taken"});
      return;
    } else {
      cameras.push_back(std::move(camera));
    }
  }
  const auto by_device = [](const rules::Camera& a, const rules::Camera& b) {
    return a.device < b.device;
  };
  std::sort(cameras.begin(), cameras.end(), by_device);
  const auto twice = std::adjacent_find(
      cameras.begin(), cameras.end(),
      [](const rules::Camera& a, const rules::Camera& b) { return a.device == b.device; });
  if (twice != cameras.end()) {
    faults.push_back({path, 0, 0, "two cameras are called " + twice->device});
  }
}

}  // namespace fusiond::config
