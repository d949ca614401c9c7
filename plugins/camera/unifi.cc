#include "plugins/camera/unifi.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "plugins/sdk/build_event.h"

namespace fusiond::camera {
namespace {

constexpr std::string_view kScheme = "unifi";

// A member that is there but no time makes the message unreadable; null and absent do not.
bool read_ms(sdk::Json item, std::string_view member, std::optional<std::int64_t>& out) {
  const auto text = sdk::read_text(sdk::find(item, member));
  if (text.found == sdk::Found::absent) {
    return true;
  }
  const auto instant =
      text ? sdk::read_time(text.value, sdk::TimeFormat::epoch_ms, sdk::Zone{}) : std::nullopt;
  out = instant ? std::optional(instant->us) : out;
  return instant.has_value();
}

// Sensors and lights have no camera; their own id stands in the metadata.
std::string device_of(sdk::Json item) {
  for (const auto* path : {"device", "camera", "/metadata/sensorId/text", "/metadata/lightId/text",
                           "/metadata/doorlockId/text"}) {
    if (auto id = sdk::read_text(sdk::find(item, path))) {
      return id.value;
    }
  }
  return {};
}

std::optional<Refusal> add_to(UnifiState& state, sdk::Json item) {
  const auto type = sdk::read_text(sdk::find(item, "type"));
  if (type.found == sdk::Found::wrong) {
    return Refusal{"wrong_type", "type must be a text"};
  }
  state.type = type ? type.value : state.type;
  auto device = device_of(item);
  state.device = device.empty() ? state.device : std::move(device);
  if (const auto smart = texts_of(sdk::find(item, "smartDetectTypes")); !smart.empty()) {
    // A face or a plate belongs to a person or a vehicle, which says what was seen: those go first.
    state.smart_types.clear();
    for (const bool part : {false, true}) {
      std::ranges::copy_if(smart, std::back_inserter(state.smart_types), [part](const auto& word) {
        return (word == "face" || word == "licensePlate") == part;
      });
    }
  }
  if (!read_ms(item, "start", state.start_us) || !read_ms(item, "end", state.end_us)) {
    return Refusal{"bad_time", "start and end must be milliseconds since 1970"};
  }
  const auto score = sdk::read_number(sdk::find(item, "score"));
  state.score = score ? std::optional(score.value) : state.score;
  return std::nullopt;
}

bool is_device_state(std::string_view type) {
  constexpr std::array<std::string_view, 8> kTypes = {
      "disconnect",        "provision",      "update",       "cameraPowerCycling",
      "resolutionLowered", "poorConnection", "factoryReset", "fwUpdate"};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

Outcome outcome_of(const Options& options, const std::string& id, const UnifiState& state,
                   sdk::Json item) {
  if (is_device_state(state.type)) {
    return Skip{"device_state"};
  }
  if (state.device.empty()) {
    return Refusal{"no_device", "neither camera, device nor a sensor's id"};
  }
  if (!state.start_us) {
    return Refusal{"bad_time", "start is missing"};
  }
  const auto label = state.smart_types.empty() ? state.type : state.smart_types.front();
  if (!is_wanted(options, label)) {
    return Skip{"other_label"};
  }
  if (state.score && *state.score > 0 && *state.score < options.min_score * 100) {
    return Skip{"low_score"};
  }
  auto event = new_detection(id, state.device);
  event.set_lifecycle(state.end_us ? v1::LIFECYCLE_END : v1::LIFECYCLE_NEW);
  sdk::set_occurred(event, {.us = *state.start_us});
  if (state.end_us) {
    sdk::set_timestamp(*event.mutable_times()->mutable_occurred_end(), *state.end_us);
  }
  auto& detection = *event.mutable_camera_detection();
  detection.set_label(label);
  detection.set_track_id(id);
  detection.set_active(!state.end_us);
  for (const auto& smart : state.smart_types) {
    sdk::add_kind_code(event, kScheme, smart, "");
  }
  sdk::add_kind_code(event, kScheme, state.type, "");
  event.add_text()->set_headline(label);
  if (state.score && *state.score > 0) {  // 0 stands for "no score"
    set_confidence(event, *state.score / 100, sdk::read_text(sdk::find(item, "score")).value,
                   "0-100");
  }
  const auto plate = sdk::read_text(sdk::find(item, "/metadata/licensePlate/name"));
  if (plate) {
    add_plate(event, plate.value, {});
  }
  return event;
}

}  // namespace

const UnifiState* UnifiMemory::find(const std::string& id) const {
  const auto found = states_.find(id);
  return found == states_.end() ? nullptr : &found->second;
}

void UnifiMemory::keep(const std::string& id, const UnifiState& state) {
  if (capacity_ == 0) {
    return;
  }
  if (states_.insert_or_assign(id, state).second) {
    order_.push_back(id);
  }
  while (order_.size() > capacity_) {
    states_.erase(order_.front());
    order_.pop_front();
  }
}

Outcome read_unifi_event(const Options& options, UnifiMemory& memory, std::string_view action,
                         sdk::Json item) {
  const auto model = sdk::read_text(sdk::find(item, "modelKey"));
  if (model && model.value != "event") {
    return Skip{"other_model"};
  }
  const auto id = sdk::read_text(sdk::find(item, "id"));
  if (!id) {
    return Refusal{id.found == sdk::Found::wrong ? "wrong_type" : "no_id", "id must be a text"};
  }
  if (action == "remove") {
    return Skip{"removed"};
  }
  UnifiState state;
  const auto* before = action == "update" ? memory.find(id.value) : nullptr;
  if (before != nullptr) {
    state = *before;
  }
  if (auto refusal = add_to(state, item)) {
    return *refusal;
  }
  if (state.type.empty() ||
      (before == nullptr && action == "update" && (state.device.empty() || !state.start_us))) {
    return Refusal{action == "update" ? "sparse_update" : "no_type",
                   action == "update"
                       ? "an update of an event that was not seen, id: " + id.value.substr(0, 80)
                       : "type is missing"};
  }
  if (!action.empty() && id.value.size() <= 128) {
    memory.keep(id.value, state);
  }
  auto outcome = outcome_of(options, id.value, state, item);
  if (auto* event = std::get_if<v1::Event>(&outcome);
      event != nullptr && !state.end_us && before != nullptr) {
    event->set_lifecycle(v1::LIFECYCLE_UPDATE);
  }
  return outcome;
}

}  // namespace fusiond::camera
