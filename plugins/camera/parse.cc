// Tells by its members what a message is; a topic, where one is given, decides first.
#include "plugins/camera/parse.h"

#include <array>

#include "plugins/camera/frigate.h"

namespace fusiond::camera {
namespace {

using sdk::Json;

Outcome read_payload(const Options& options, Session& session, Json message) {
  if (!message.is_object()) {
    return Refusal{"wrong_type",
                   "a message must be an object, is " + std::string(sdk::describe(message))};
  }
  const auto type = sdk::read_text(sdk::find(message, "type")).value;
  if (const auto item = sdk::find(message, "item"); item && item->is_object()) {
    return read_unifi_event(options, session.memory, type, *item);
  }
  if (sdk::find(message, "modelKey")) {
    return read_unifi_event(options, session.memory, "", message);
  }
  if (const auto after = sdk::find(message, "after")) {
    const bool review = after->is_object() && sdk::find(*after, "/data/detections");
    return review ? read_frigate_review(options, message) : read_frigate_event(options, message);
  }
  if (sdk::find(message, "start_time") && sdk::find(message, "camera")) {
    return sdk::find(message, "/data/detections") ? read_frigate_review(options, message)
                                                  : read_frigate_event(options, message);
  }
  if (sdk::find(message, "event_id")) {
    return Skip{"trigger"};
  }
  if (type == "description" || type == "face" || type == "lpr" || type == "classification") {
    return read_frigate_update(options, message);
  }
  return Refusal{"unknown_message", "neither a Frigate nor a UniFi Protect message"};
}

Outcome read_topic(const Options& options, Session& session, std::string_view topic, Json payload) {
  const auto last = topic.substr(topic.rfind('/') + 1);
  if (last == "available" || last == "stats") {
    return Skip{"heartbeat"};
  }
  if (last == "triggers") {
    return Skip{"trigger"};
  }
  const bool known = last == "events" || last == "reviews" || last == "tracked_object_update";
  if (!known && topic.find('/') != std::string_view::npos) {
    return Skip{"other_topic"};
  }
  if (payload.is_string()) {  // JSON in a text, as MQTT bridges write it
    const std::string_view text = payload.get_string().value_unsafe();
    const auto inner =
        sdk::parse_part(session.payload_parser, {text, 0, 0, true}, options.max_part_bytes);
    if (!inner) {
      return Refusal{inner.error().reason, "payload: " + inner.error().detail};
    }
    payload = *inner;
  }
  if (!payload.is_object()) {
    return Refusal{"wrong_type",
                   "payload must be an object, is " + std::string(sdk::describe(payload))};
  }
  return last == "reviews"                 ? read_frigate_review(options, payload)
         : last == "tracked_object_update" ? read_frigate_update(options, payload)
         : last == "events"                ? read_frigate_event(options, payload)
                                           : read_payload(options, session, payload);
}

Outcome read_message(const Options& options, Session& session, Json message) {
  const auto topic = sdk::read_text(sdk::find(message, "topic"));
  const auto payload = sdk::find(message, "payload");
  return topic && payload ? read_topic(options, session, topic.value, *payload)
                          : read_payload(options, session, message);
}

}  // namespace

void parse(const Options& options, Session& session, const sdk::Delivery& delivery,
           sdk::Emitter& out) {
  constexpr std::array<std::string_view, 2> kRows = {"events", "messages"};
  const auto split = sdk::split_json(delivery.body, kRows);
  if (split.parts.empty() && !split.broken) {
    out.skip("empty_delivery");
  }
  for (const auto& part : split.parts) {
    const auto position = sdk::position_of(split.unit, part.number, part.offset);
    const auto value = sdk::parse_part(session.parser, part, options.max_part_bytes);
    if (!value) {
      out.reject(value.error().reason, value.error().detail, part.bytes, position);
      continue;
    }
    const auto outcome = read_message(options, session, *value);
    if (const auto* event = std::get_if<v1::Event>(&outcome)) {
      out.event(*event, part.bytes, position);
    } else if (const auto* refusal = std::get_if<Refusal>(&outcome)) {
      out.reject(refusal->reason, refusal->detail, part.bytes, position);
    } else {
      out.skip(std::get<Skip>(outcome).reason);
    }
  }
  if (split.broken) {
    out.reject(split.broken->reason, split.broken->detail, split.broken->bytes,
               sdk::position_of(split.unit, split.parts.size(), split.broken->offset));
  }
}

}  // namespace fusiond::camera
