// The join of records of one event id: which content decides, which is shown. README.md gives the
// definition. Journey: route/router.cc -> here
#pragma once

#include <cstddef>

#include "daemon/model/event_state.h"

namespace fusiond::route {

// What joining one record into a state did.
struct Joined {
  bool known = false;     // its content was known already
  bool kept = false;      // the record stands in the state now
  bool conflict = false;  // another content stands under the same revision
};

// Puts `event` into `state`; the same set of records gives the same state in any order. Requires:
// the ids are the same, or the state is empty.
Joined join(EventState& state, const EventRef& event, std::size_t contents);

}  // namespace fusiond::route
