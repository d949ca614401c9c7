#include "daemon/wire/disposition_wire.h"

#include <catch2/catch.hpp>

#include "fusiond/v1/event.pb.h"

namespace fusiond::wire {
namespace {

TEST_CASE("the disposition of a call is read from its record, and of others nothing", "[wire]") {
  v1::Event message;
  message.set_event_id("e");
  message.mutable_times()->mutable_received()->set_seconds(60);
  const auto none = disposition_of(message.SerializeAsString());
  REQUIRE(none);
  CHECK(none->code.empty());
  message.mutable_cad_call()->set_disposition("GOA");
  const auto found = disposition_of(message.SerializeAsString());
  REQUIRE(found);
  CHECK(found->event == EventId{"e"});
  CHECK(found->code == "GOA");
  CHECK(found->received == wall_time(60'000'000));
  CHECK_FALSE(disposition_of("\xff\xff"));
}

}  // namespace
}  // namespace fusiond::wire
