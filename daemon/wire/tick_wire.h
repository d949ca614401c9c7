// v1.Tick bytes ↔ Tick: time as it reaches the steps.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/model/event_state.h"

namespace fusiond::v1 {
class Tick_Source;
}

namespace fusiond::wire {

// Errors: bad_input when the ingest time or a source's name is missing, a state is unknown or a
// lateness negative.
Result<Tick> decode_tick(std::string_view bytes);
std::string encode_tick(const Tick& tick);

// One source's row; the shard's meta holds the same.
Result<SourceClock> source_clock_from(const v1::Tick_Source& message);
void write_source_clock(const SourceClock& clock, v1::Tick_Source& out);

}  // namespace fusiond::wire
