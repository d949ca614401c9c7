// Versions differ: only id, camera, label and start_time are taken for granted, everything else may
// be absent, null or of another form.
#include "plugins/camera/frigate.h"

#include <algorithm>
#include <cmath>

#include "plugins/sdk/build_event.h"

namespace fusiond::camera {
namespace {

using sdk::Json;

constexpr std::string_view kScheme = "frigate";

std::optional<std::int64_t> epoch_us(const std::optional<Json>& value) {
  const auto text = sdk::read_text(value);
  const auto instant =
      text ? sdk::read_time(text.value, sdk::TimeFormat::epoch_s, sdk::Zone{}) : std::nullopt;
  return instant ? std::optional(instant->us) : std::nullopt;
}

// id, camera and start_time of a state, or why not.
std::variant<v1::Event, Refusal> begin(Json state) {
  const auto id = sdk::read_text(sdk::find(state, "id"));
  if (!id) {
    return Refusal{id.found == sdk::Found::wrong ? "wrong_type" : "no_id", "id must be a text"};
  }
  const auto camera = sdk::read_text(sdk::find(state, "camera"));
  if (!camera) {
    return Refusal{camera.found == sdk::Found::wrong ? "wrong_type" : "no_device",
                   "camera must be a text"};
  }
  const auto start = epoch_us(sdk::find(state, "start_time"));
  if (!start) {
    return Refusal{"bad_time", "start_time must be seconds since 1970"};
  }
  auto event = new_detection(id.value, camera.value);
  event.mutable_camera_detection()->set_track_id(id.value);
  sdk::set_occurred(event, {.us = *start});
  return event;
}

v1::Lifecycle lifecycle_of(std::string_view type, bool ended) {
  return type == "end" || ended ? v1::LIFECYCLE_END
         : type == "new"        ? v1::LIFECYCLE_NEW
                                : v1::LIFECYCLE_UPDATE;
}

// A name of a person may stand here, or of somebody's car: only listed words get through by
// default.
void set_sub_label(const Options& options, v1::Event& event, const std::optional<Json>& value) {
  if (!value || value->is_null()) {
    return;
  }
  const auto text = sdk::read_text(value->is_array() ? sdk::find(*value, "/0") : value);
  if (!text) {
    return;
  }
  if (options.keep_names ||
      std::ranges::find(options.public_sub_labels, text.value) != options.public_sub_labels.end()) {
    event.mutable_camera_detection()->set_sub_label(text.value);
  } else {
    sdk::add_flag(event, "sub_label_withheld");
  }
}

void set_zones(v1::Event& event, const std::optional<Json>& current,
               const std::optional<Json>& entered) {
  auto& detection = *event.mutable_camera_detection();
  for (auto& zone : texts_of(current)) {
    detection.add_zones_current(zone);
    event.mutable_location()->add_zones(std::move(zone));
  }
  for (auto& zone : texts_of(entered)) {
    if (detection.zones_current().empty()) {
      event.mutable_location()->add_zones(zone);
    }
    detection.add_zones_entered(std::move(zone));
  }
}

void set_box(const Options& options, v1::CameraDetection& detection,
             const std::optional<Json>& box) {
  if (options.frame_width_px == 0 || sdk::is_nothing(box)) {
    return;
  }
  std::array<double, 4> sides{};
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const auto side = sdk::read_number(sdk::find(*box, "/" + std::to_string(i)));
    if (!side) {
      return;
    }
    sides[i] = side.value;
  }
  auto& made = *detection.mutable_box();
  made.set_x1(sides[0]);
  made.set_y1(sides[1]);
  made.set_x2(sides[2]);
  made.set_y2(sides[3]);
  made.set_frame_width_px(options.frame_width_px);
  made.set_frame_height_px(options.frame_height_px);
}

void set_attributes(v1::CameraDetection& detection, const std::optional<Json>& value) {
  simdjson::dom::object members;
  if (!value || value->get(members) != simdjson::SUCCESS) {
    return;
  }
  for (const auto member : members) {
    const auto score = sdk::read_number(member.value);
    if (score && member.key.size() <= 128 && detection.attributes().size() < 64) {
      (*detection.mutable_attributes())[std::string(member.key)] = score.value;
    }
  }
}

void set_movement(const Options& options, v1::CameraDetection& detection, Json state) {
  if (const auto stationary = sdk::read_flag(sdk::find(state, "stationary"))) {
    detection.set_stationary(stationary.value);
  }
  if (const auto active = sdk::read_flag(sdk::find(state, "active"))) {
    detection.set_active(active.value);
  }
  const auto speed = sdk::read_number(sdk::find(state, "current_estimated_speed"));
  if (speed && options.speed_to_mps > 0) {
    detection.set_speed_mps(speed.value * options.speed_to_mps);
  }
}

void set_media(const Options& options, v1::Event& event, Json state) {
  if (options.base_url.empty()) {
    return;
  }
  const auto add = [&](std::string_view flag, std::string_view file, std::string_view mime) {
    if (sdk::read_flag(sdk::find(state, flag)).value) {
      auto& media = *event.add_media();
      media.set_uri(options.base_url + "/api/events/" + event.source_event_id() +
                    std::string(file));
      media.set_mime(std::string(mime));
    }
  };
  add("has_snapshot", "/snapshot.jpg", "image/jpeg");
  add("has_clip", "/clip.mp4", "video/mp4");
}

// The newest time that the state names is its revision; the end counts as later than a frame of the
// same moment.
void set_revision(v1::Event& event, Json state, bool ended) {
  const auto frame = epoch_us(sdk::find(state, "frame_time"));
  const auto end = epoch_us(sdk::find(state, "end_time"));
  const auto newest = std::max(frame.value_or(0), end.value_or(0));
  if (end) {
    sdk::set_timestamp(*event.mutable_times()->mutable_occurred_end(), *end);
  }
  if (newest > 0) {
    event.set_revision(static_cast<std::uint64_t>(newest) + (ended ? 1 : 0));
    sdk::set_timestamp(*event.mutable_times()->mutable_updated(), newest);
  }
}

std::optional<Json> state_of(Json message) {
  if (auto after = sdk::find(message, "after")) {
    return after->is_object() ? after : std::nullopt;
  }
  return message;
}

}  // namespace

Outcome read_frigate_event(const Options& options, Json message) {
  const auto found = state_of(message);
  if (!found) {
    return Refusal{"wrong_type", "after must be an object"};
  }
  const Json state = *found;
  const auto type = sdk::read_text(sdk::find(message, "type")).value;
  auto begun = begin(state);
  if (auto* refusal = std::get_if<Refusal>(&begun)) {
    return *refusal;
  }
  auto& event = std::get<v1::Event>(begun);
  const auto label = sdk::read_text(sdk::find(state, "label"));
  if (!label) {
    return Refusal{label.found == sdk::Found::wrong ? "wrong_type" : "no_type",
                   "label must be a text"};
  }
  const auto top = sdk::find(state, "top_score");
  const auto score = sdk::is_nothing(top) ? sdk::find(state, "score") : top;
  const auto value =
      sdk::read_number(sdk::is_nothing(score) ? sdk::find(state, "/data/top_score") : score);
  if (!is_wanted(options, label.value)) {
    return Skip{"other_label"};
  }
  if (value && value.value < options.min_score) {
    return Skip{"low_score"};
  }
  const bool ended = type == "end" || epoch_us(sdk::find(state, "end_time"));
  event.set_lifecycle(lifecycle_of(type, ended));
  if (sdk::read_flag(sdk::find(state, "false_positive")).value) {
    if (type == "new" || type.empty()) {
      return Skip{"false_positive"};
    }
    event.set_lifecycle(v1::LIFECYCLE_RETRACT);
  }
  set_revision(event, state, ended);
  auto& detection = *event.mutable_camera_detection();
  detection.set_label(label.value);
  sdk::add_kind_code(event, kScheme, label.value, label.value);
  event.add_text()->set_headline(label.value);
  if (value) {
    set_confidence(event, value.value, sdk::read_text(score).value, "0-1");
  }
  set_sub_label(options, event, sdk::find(state, "sub_label"));
  const auto zones = sdk::find(state, "current_zones");
  set_zones(event, zones ? zones : sdk::find(state, "zones"), sdk::find(state, "entered_zones"));
  set_box(options, detection, sdk::find(state, "box"));
  set_attributes(detection, sdk::find(state, "attributes"));
  set_movement(options, detection, state);
  const auto plate = sdk::find(state, "recognized_license_plate");
  if (plate && !plate->is_null()) {
    const auto text = sdk::read_text(plate->is_array() ? sdk::find(*plate, "/0") : plate);
    add_plate(event, text.value,
              sdk::read_number(sdk::find(state, "recognized_license_plate_score")));
  }
  set_media(options, event, state);
  return std::move(event);
}

Outcome read_frigate_review(const Options& options, Json message) {
  const auto state = state_of(message);
  if (!state) {
    return Refusal{"wrong_type", "after must be an object"};
  }
  auto begun = begin(*state);
  if (auto* refusal = std::get_if<Refusal>(&begun)) {
    return *refusal;
  }
  auto& event = std::get<v1::Event>(begun);
  const auto end = epoch_us(sdk::find(*state, "end_time"));
  if (end) {
    sdk::set_timestamp(*event.mutable_times()->mutable_occurred_end(), *end);
  }
  event.set_lifecycle(
      lifecycle_of(sdk::read_text(sdk::find(message, "type")).value, end.has_value()));
  auto& detection = *event.mutable_camera_detection();
  const auto severity = sdk::read_text(sdk::find(*state, "severity")).value;
  detection.set_review_severity(severity);
  sdk::add_kind_code(event, "frigate:review", severity.empty() ? "detection" : severity, "");
  for (const auto* member : {"/data/objects", "/data/audio"}) {
    for (const auto& object : texts_of(sdk::find(*state, member))) {
      if (detection.label().empty()) {
        detection.set_label(object);
        event.add_text()->set_headline(object);
      }
      sdk::add_kind_code(event, kScheme, object, object);
    }
  }
  if (!detection.label().empty() && !is_wanted(options, detection.label())) {
    return Skip{"other_label"};
  }
  set_zones(event, sdk::find(*state, "/data/zones"), std::nullopt);
  for (auto& id : texts_of(sdk::find(*state, "/data/detections"))) {
    sdk::add_reference(event, id, v1::RELATION_RELATED);
    detection.add_related_detections(std::move(id));
  }
  if (!options.keep_names && !texts_of(sdk::find(*state, "/data/sub_labels")).empty()) {
    sdk::add_flag(event, "sub_label_withheld");
  }
  return std::move(event);
}

Outcome read_frigate_update(const Options& options, Json message) {
  const auto id = sdk::read_text(sdk::find(message, "id"));
  const auto type = sdk::read_text(sdk::find(message, "type"));
  if (!id || !type) {
    return Refusal{
        id.found == sdk::Found::wrong || type.found == sdk::Found::wrong ? "wrong_type" : "no_id",
        "id and type must be texts"};
  }
  auto event = new_detection(id.value + "/" + type.value,
                             sdk::read_text(sdk::find(message, "camera")).value);
  sdk::add_reference(event, id.value, v1::RELATION_UPDATES);
  event.set_lifecycle(v1::LIFECYCLE_UPDATE);
  auto at = epoch_us(sdk::find(message, "timestamp"));
  if (at) {
    event.set_revision(*at > 0 ? static_cast<std::uint64_t>(*at) : 0);
  } else {  // an id starts with the time when its object was first seen
    const auto begun = sdk::read_time(id.value.substr(0, id.value.find('-')),
                                      sdk::TimeFormat::epoch_s, sdk::Zone{});
    if (!begun) {
      return Refusal{"bad_time", "neither timestamp nor id holds seconds since 1970"};
    }
    at = begun->us;
    sdk::add_flag(event, "time_from_id");
  }
  sdk::set_occurred(event, {.us = *at});
  sdk::add_kind_code(event, "frigate:update", type.value, "");
  auto& detection = *event.mutable_camera_detection();
  detection.set_track_id(id.value);
  const auto score = sdk::read_number(sdk::find(message, "score"));
  if (score) {
    set_confidence(event, score.value, sdk::read_text(sdk::find(message, "score")).value, "0-1");
  }
  const auto add_attribute = [&](const std::string& name) {
    if (score && !name.empty()) {
      (*detection.mutable_attributes())[name.substr(0, 128)] = score.value;
    }
  };
  if (type.value == "lpr") {
    add_plate(event, sdk::read_text(sdk::find(message, "plate")).value, score);
  } else if (type.value == "classification") {
    const auto attribute = sdk::read_text(sdk::find(message, "attribute"));
    const auto word = attribute ? attribute : sdk::read_text(sdk::find(message, "sub_label"));
    add_attribute(sdk::read_text(sdk::find(message, "model")).value + ":" + word.value);
  } else if (type.value == "face") {
    add_attribute("face");
  } else if (type.value == "description") {
    event.add_text()->set_description(sdk::read_text(sdk::find(message, "description")).value);
  } else {
    return Skip{"other_update"};
  }
  const auto name = sdk::find(message, "name");
  if (name && !name->is_null()) {
    set_sub_label(options, event, name);
  }
  return event;
}

}  // namespace fusiond::camera
