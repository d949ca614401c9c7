#include "plugins/camera/detection.h"

#include <algorithm>

#include "plugins/sdk/build_event.h"

namespace fusiond::camera {

v1::Event new_detection(std::string_view id, std::string_view camera) {
  v1::Event event;
  event.set_type("gov.rtcc.camera.detection.v1");
  event.set_source_kind(v1::SOURCE_KIND_CAMERA);
  event.set_status(v1::STATUS_ACTUAL);
  event.set_source_event_id(std::string(id));
  event.mutable_camera_detection()->set_camera_id(std::string(camera));
  if (!camera.empty()) {
    event.mutable_location()->set_device_ref(std::string(camera));
    event.mutable_location()->set_role(v1::LOCATION_ROLE_DEVICE);
    event.set_provenance("device:" + std::string(camera));
  }
  return event;
}

void add_plate(v1::Event& event, std::string_view plate, const sdk::Read<double>& score) {
  std::string normalised;
  for (const char c : plate) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) {
      normalised += c;
    } else if (c >= 'a' && c <= 'z') {
      normalised += static_cast<char>(c - 'a' + 'A');
    }
  }
  if (normalised.empty()) {
    return;
  }
  auto& made = *event.add_entities()->mutable_vehicle()->mutable_plate();
  made.set_raw(std::string(plate));
  made.set_normalised(normalised);
  if (score && score.value >= 0 && score.value <= 1) {
    made.set_confidence(score.value);
  }
}

void set_confidence(v1::Event& event, double value, std::string_view native_text,
                    std::string_view scale) {
  if (!(value >= 0 && value <= 1)) {
    sdk::add_flag(event, "confidence_out_of_range");
    return;
  }
  event.mutable_confidence()->set_value(value);
  event.mutable_confidence()->set_native_text(std::string(native_text));
  event.mutable_confidence()->set_scale(std::string(scale));
}

std::vector<std::string> texts_of(const std::optional<sdk::Json>& list) {
  std::vector<std::string> out;
  simdjson::dom::array items;
  if (!list || list->get(items) != simdjson::SUCCESS) {
    return out;
  }
  for (const auto item : items) {
    const auto text = sdk::read_text(item);
    if (text && text.value.size() <= 128 && out.size() < 64) {
      out.push_back(text.value);
    }
  }
  return out;
}

bool is_wanted(const Options& options, std::string_view label) {
  return options.labels.empty() || std::ranges::find(options.labels, label) != options.labels.end();
}

}  // namespace fusiond::camera
