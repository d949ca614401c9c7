// Turns camera messages into events: Frigate's over MQTT (with or without their topic), UniFi
// Protect's events. Journey: plugins/camera/camera.cc -> here -> daemon/ingest/intake.cc
#pragma once

#include "plugins/camera/options.h"
#include "plugins/camera/unifi.h"
#include "plugins/sdk/json_read.h"
#include "plugins/sdk/source.hpp"

namespace fusiond::camera {

// What a source keeps from one delivery to the next: scratch space, and the events that UniFi's
// updates are added to.
struct Session {
  explicit Session(const Options& options) : memory(options.remember_events) {}
  simdjson::dom::parser parser;
  simdjson::dom::parser payload_parser;
  UnifiMemory memory;
};

// Each message becomes an event, a reject or a skip.
void parse(const Options& options, Session& session, const sdk::Delivery& delivery,
           sdk::Emitter& out);

}  // namespace fusiond::camera
