// Turns one poll of an open-data CAD feed into events: a JSON list of rows, or GeoJSON features.
// Pure.
// Journey: plugins/cad_poll/cad_poll.cc -> here -> daemon/ingest/intake.cc
#pragma once

#include "plugins/cad_poll/options.h"
#include "plugins/sdk/json_read.h"
#include "plugins/sdk/source.hpp"

namespace fusiond::cad_poll {

// Each row becomes an event (its state now), a reject or a skip; a poll that breaks off yields what
// stands before the break and one reject. `parser` is scratch space.
void parse(const Options& options, simdjson::dom::parser& parser, const sdk::Delivery& delivery,
           sdk::Emitter& out);

}  // namespace fusiond::cad_poll
