#include "daemon/fusion/short_id.h"

#include "daemon/base/check.h"
#include "daemon/base/uuid.h"

namespace fusiond::fusion {

ShortId short_id(const EventId& id) {
  const auto uuid = id.number();
  FUSIOND_CHECK(uuid.has_value(), "an event id is a UUID in lower case");
  return {uuid->high, uuid->low};
}

EventId long_id(ShortId id) {
  return EventId{Uuid{id.high, id.low}};
}

}  // namespace fusiond::fusion
