#include "daemon/wire/event_wire.h"

#include <functional>
#include <string>

#include <catch2/catch.hpp>

#include "fusiond/v1/event.pb.h"
#include "tests/support/random_model.h"

namespace fusiond::wire {
namespace {

v1::Event good_message() {
  v1::Event m;
  m.set_event_id(event_id_of(SourceId{"oakland"}, "LOP1").str());
  m.set_source("oakland");
  m.set_source_event_id("LOP1");
  m.set_revision(7);
  m.set_source_kind(v1::SOURCE_KIND_CAD);
  m.set_lifecycle(v1::LIFECYCLE_NEW);
  m.set_status(v1::STATUS_ACTUAL);
  m.mutable_times()->mutable_occurred()->set_seconds(1'687'000'000);
  m.mutable_times()->mutable_received()->set_seconds(1'687'000'060);
  auto& kind = *m.add_kind_codes();
  kind.set_scheme("fusiond");
  kind.set_code("gunfire");
  return m;
}

// What event_from says of a good message after `change`.
std::string fault_after(const std::function<void(v1::Event&)>& change) {
  v1::Event m = good_message();
  change(m);
  const auto event = event_from(m);
  return event ? "none" : event.error().message;
}

}  // namespace

TEST_CASE("an event is read back from its bytes exactly", "[wire][event]") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    INFO("seed " << seed);
    const Event event = test::RandomModel(seed).event();
    const auto back = decode_event(encode_event(event));
    REQUIRE(back.has_value());
    REQUIRE(*back == event);
    REQUIRE(encode_event(*back) == encode_event(event));
  }
}

TEST_CASE("a required field that is missing is named", "[wire][event]") {
  using M = v1::Event;
  CHECK(fault_after([](M&) {}) == "none");
  CHECK(fault_after([](M& m) { m.clear_event_id(); }) == "event_id is missing");
  CHECK(fault_after([](M& m) { m.set_event_id("7"); }) == "event_id is not a UUID");
  CHECK(fault_after([](M& m) { m.clear_source(); }) == "source is missing");
  CHECK(fault_after([](M& m) { m.clear_source_event_id(); }) == "source_event_id is missing");
  CHECK(fault_after([](M& m) { m.clear_revision(); }) == "revision is missing");
  CHECK(fault_after([](M& m) { m.clear_source_kind(); }) == "source_kind is missing");
  CHECK(fault_after([](M& m) { m.clear_lifecycle(); }) == "lifecycle is missing");
  CHECK(fault_after([](M& m) { m.clear_status(); }) == "status is missing");
  CHECK(fault_after([](M& m) { m.mutable_times()->clear_occurred(); }) ==
        "times.occurred is missing");
  CHECK(fault_after([](M& m) { m.mutable_times()->clear_received(); }) ==
        "times.received is missing");
  CHECK(fault_after([](M& m) { m.clear_kind_codes(); }) ==
        "kind_codes have none of scheme fusiond");
}

TEST_CASE("a field out of range is named", "[wire][event]") {
  using M = v1::Event;
  CHECK(fault_after([](M& m) { m.set_priority(11); }) == "priority must be 0 to 10, got: 11");
  CHECK(fault_after([](M& m) { m.set_lateness_us(-1); }) ==
        "lateness_us must not be negative, got: -1");
  CHECK(fault_after([](M& m) { m.set_status(static_cast<v1::Status>(77)); }) ==
        "status is not known: 77");
  CHECK(fault_after([](M& m) { m.set_source_kind(static_cast<v1::SourceKind>(-3)); }) ==
        "source_kind is missing");
  CHECK(fault_after([](M& m) { m.mutable_times()->mutable_occurred()->set_nanos(-1); }) ==
        "times.occurred has bad nanoseconds: -1");
  CHECK(fault_after([](M& m) {
          m.mutable_times()->mutable_received()->set_seconds(1LL << 60);
        }).starts_with("times.received is out of range"));
  CHECK(fault_after([](M& m) { m.add_references()->set_relation(v1::RELATION_COPY_OF); }) ==
        "references.source_event_id of a copy is missing");
}

TEST_CASE("bytes that are no event are bad input, never a crash", "[wire][event]") {
  CHECK_FALSE(decode_event("").has_value());
  CHECK_FALSE(decode_event("\xff\xff\xff\xff").has_value());
  std::string bytes = good_message().SerializeAsString();
  CHECK(decode_event(bytes).has_value());
  bytes.resize(bytes.size() - 1);
  const auto cut = decode_event(bytes);
  REQUIRE_FALSE(cut.has_value());
  CHECK(cut.error().fault == Fault::bad_input);
}

TEST_CASE("a decoder forgets what the last event held", "[wire][event]") {
  EventDecoder decoder;
  v1::Event m = good_message();
  m.mutable_cad_call()->set_cad_number("1");
  REQUIRE(decoder.decode(m.SerializeAsString())->keys.cad_number == "oakland/1");
  CHECK(decoder.decode(good_message().SerializeAsString())->keys.cad_number.empty());
}

TEST_CASE("a CAD call gives its keys, with the agency before the number", "[wire][event]") {
  v1::Event m = good_message();
  auto& call = *m.mutable_cad_call();
  call.set_agency("OPD");
  call.set_cad_number("LOP230618000123");
  call.set_caller_hash("k3yed");
  call.set_type_final("415 GUNSHOTS");
  auto& twin = *m.add_references();
  twin.set_relation(v1::RELATION_DUPLICATE_OF);
  twin.set_source_event_id("LOP230618000100");
  const auto event = event_from(m);
  REQUIRE(event.has_value());
  CHECK(event->keys.cad_number == "OPD/LOP230618000123");
  CHECK(event->keys.duplicate_of == "OPD/LOP230618000100");
  CHECK(event->keys.caller == "k3yed");
  CHECK(event->headline == "415 GUNSHOTS");
}

TEST_CASE("keys survive the journal whatever slashes are in them", "[wire][event]") {
  for (const std::string source : {"/frigate/hq", "cad", "a//b"}) {
    for (const std::string number : {"7", "7/", "/7", "1/2/3"}) {
      v1::Event m = good_message();
      m.set_source(source);
      m.mutable_cad_call()->set_cad_number(number);
      auto& twin = *m.add_references();
      twin.set_relation(v1::RELATION_DUPLICATE_OF);
      twin.set_source_event_id(number);
      const auto event = event_from(m);
      REQUIRE(event.has_value());
      std::string key = source;
      key.append("/").append(number);
      CHECK(event->keys.cad_number == key);
      const auto back = decode_event(encode_event(*event));
      REQUIRE(back.has_value());
      CHECK(*back == *event);
    }
  }
}

TEST_CASE("plates are compared without spaces, dashes and case", "[wire][event]") {
  CHECK(normalised_plate(" 7abc-123 ") == "7ABC123");
  v1::Event m = good_message();
  m.mutable_plate_read()->mutable_vehicle()->mutable_plate()->set_raw("7abc 123");
  m.mutable_plate_read()->set_camera_id("gate");
  const auto event = event_from(m);
  REQUIRE(event.has_value());
  CHECK(event->keys.plate == "7ABC123");
  CHECK(event->keys.device == "oakland/gate");
}

TEST_CASE("a device of the registry goes by its name", "[wire][event]") {
  v1::Event m = good_message();
  m.mutable_camera_detection()->set_camera_id("cam 3");
  m.mutable_location()->set_device_ref("hq/front");
  CHECK(event_from(m)->keys.device == "hq/front");
}

TEST_CASE("a copy names its root by the root's own names", "[wire][event]") {
  v1::Event m = good_message();
  auto& root = *m.add_references();
  root.set_relation(v1::RELATION_COPY_OF);
  root.set_source_event_id("LOP0");
  CHECK(event_from(m)->copy_of == event_id_of(SourceId{"oakland"}, "LOP0"));
  m.mutable_references(0)->set_source("other");
  CHECK(event_from(m)->copy_of == event_id_of(SourceId{"other"}, "LOP0"));
}

TEST_CASE("a headline made from a post ends at a whole letter", "[wire][event]") {
  v1::Event m = good_message();
  std::string text(199, 'a');
  m.mutable_social_post()->set_text(text + "ü and more");
  CHECK(event_from(m)->headline == text);
  m.mutable_social_post()->set_text("first line\nsecond line");
  CHECK(event_from(m)->headline == "first line");
}

}  // namespace fusiond::wire
