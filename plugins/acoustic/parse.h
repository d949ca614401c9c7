// Turns acoustic gunshot alerts into events: pushed JSON, or the rows of an open-data export. Pure.
// Journey: plugins/acoustic/acoustic.cc -> here -> daemon/ingest/intake.cc
#pragma once

#include "plugins/acoustic/options.h"
#include "plugins/sdk/json_read.h"
#include "plugins/sdk/source.hpp"

namespace fusiond::acoustic {

// Each alert or export row becomes an event, a reject or a skip. `parser` is scratch space.
void parse(const Options& options, simdjson::dom::parser& parser, const sdk::Delivery& delivery,
           sdk::Emitter& out);

}  // namespace fusiond::acoustic
