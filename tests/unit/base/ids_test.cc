#include "daemon/base/ids.h"

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

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

TEST_CASE("an id is its text, whether that is a UUID or not", "[base]") {
  const std::string uuid = "c3dc3861-21fc-548c-962a-327431e6fe77";
  const std::string nil = "00000000-0000-0000-0000-000000000000";
  std::vector<std::string> texts = {"",
                                    "a",
                                    uuid,
                                    nil,
                                    "C3DC3861-21FC-548C-962A-327431E6FE77",
                                    "c3dc3861-21fc-548c-962a-327431e6fe7",
                                    "~" + uuid,
                                    "ffffffff-ffff-ffff-ffff-ffffffffffff"};
  for (const std::string& a : texts) {
    const EventId id{a};
    CHECK(id.str() == a);
    CHECK(id.empty() == a.empty());
    CHECK(id.number() == uuid_from(a));
    CHECK(EventId{id} == id);
    for (const std::string& b : texts) {
      INFO(a << " and " << b);
      EventId other{b};
      CHECK((id == other) == (a == b));
      CHECK((id < other) == (a < b));
      CHECK((id.bytes() == other.bytes()) == (a == b));
      other = id;
      CHECK(other.str() == a);
      other = EventId{b};
      CHECK(other.str() == b);
      EventId moved = std::move(other);
      CHECK(moved.str() == b);
    }
  }
  CHECK(EventId{*uuid_from(uuid)}.str() == uuid);
  CHECK(EventId{*uuid_from(nil)} == EventId{nil});
  CHECK(std::hash<EventId>{}(EventId{uuid}) == std::hash<EventId>{}(EventId{*uuid_from(uuid)}));
}
