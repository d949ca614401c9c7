// The disposition in a call's record: what officers found, in the city's own code. No decision
// rests on it, so the model's Event leaves it out.
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/ids.h"
#include "daemon/base/result.h"
#include "daemon/base/time.h"

namespace fusiond::wire {

struct DispositionRecord {
  EventId event;
  std::string code;  // empty while there is none
  WallTime received;
};

// Of any v1.Event. Errors: bad_input.
Result<DispositionRecord> disposition_of(std::string_view event_bytes);

}  // namespace fusiond::wire
