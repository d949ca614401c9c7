#include "daemon/base/ids.h"

#include <type_traits>

#include <catch2/catch.hpp>

using namespace fusiond;

// The expected values come from Python's uuid.uuid5 over the same namespace bytes.
TEST_CASE("event and incident ids are version 5 UUIDs of what they name", "[base]") {
  const EventId event = event_id_of(SourceId{"cad"}, "PA261710001");
  CHECK(event.str() == "c3dc3861-21fc-548c-962a-327431e6fe77");
  CHECK(incident_id_of(event).str() == "40c6f2c0-1d6d-5cfd-b85b-71802ccccff7");
}

TEST_CASE("source and native id do not run into each other", "[base]") {
  CHECK(event_id_of(SourceId{"a"}, "bc") != event_id_of(SourceId{"ab"}, "c"));
}

TEST_CASE("ids of different things do not compare", "[base]") {
  CHECK_FALSE(std::is_same_v<EventId, IncidentId>);
  CHECK(EventId{"a"} < EventId{"b"});
  CHECK(EventId{}.empty());
}
