// Turns public posts into events: Bluesky Jetstream, Mastodon's event stream or websocket frames.
// Pure. Journey: plugins/social/social.cc -> here -> daemon/ingest/intake.cc
#pragma once

#include "plugins/sdk/json_read.h"
#include "plugins/sdk/source.hpp"
#include "plugins/social/options.h"

namespace fusiond::social {

// Scratch space.
struct Session {
  simdjson::dom::parser parser;
  simdjson::dom::parser payload_parser;
};

// Each message becomes an event, a reject or a skip; nearly all are skips.
void parse(const Options& options, Session& session, const sdk::Delivery& delivery,
           sdk::Emitter& out);

}  // namespace fusiond::social
