#include "daemon/ingest/intake.h"

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "daemon/base/sha256.h"
#include "ingest_bench.h"

namespace fusiond::ingest {
namespace {

using test::event_of;
using test::kNow;
using test::letter_of;
using test::plain_event;

// Takes in one part and says what became of it.
struct OneIntake {
  explicit OneIntake(IngestConfig config = test::plain_config())
      : intake(std::make_shared<const IntakeRules>(std::move(config)), test::plain_source(),
               "hostile 1.0.0") {}
  Take take(const Part& part) {
    Delivery delivery;
    delivery.body = part.original;
    delivery.received = now;
    delivery.position = "poll 3";
    Parsed parsed;
    parsed.parts = {part};
    Take into;
    intake.take(delivery, parsed, into);
    return into;
  }
  Take take(const v1::Event& event, const std::string& original = "{}") {
    Part part;
    part.event = event.SerializeAsString();
    part.original = original;
    part.position = "row 2";
    return take(part);
  }
  v1::Event admitted(const v1::Event& event) {
    const Take result = take(event);
    REQUIRE(result.parts.size() == 1);
    INFO(result.parts[0].reason);
    REQUIRE(result.parts[0].fate == Judged::Fate::admitted);
    return event_of(result.records.at(0));
  }
  wire::DeadLetter refused(const v1::Event& event) {
    const Take result = take(event);
    REQUIRE(result.parts.size() == 1);
    REQUIRE(result.parts[0].fate == Judged::Fate::quarantined);
    REQUIRE(result.records.size() == 1);
    return letter_of(result.records[0]);
  }
  Intake intake;
  WallTime now = kNow;
};

bool has_flag(const v1::Event& event, std::string_view flag) {
  return std::find(event.flags().begin(), event.flags().end(), flag) != event.flags().end();
}

v1::Event event_at(Micros after_now) {
  v1::Event event = plain_event();
  const std::int64_t us = micros_of(kNow + after_now);
  event.mutable_times()->mutable_occurred()->set_seconds(us / 1'000'000);
  return event;
}

v1::Event event_with_place(double lat, double lon) {
  v1::Event event = plain_event();
  event.mutable_location()->mutable_point()->set_lat(lat);
  event.mutable_location()->mutable_point()->set_lon(lon);
  return event;
}

}  // namespace

TEST_CASE("an event is identified, stamped and enriched", "[ingest][intake]") {
  OneIntake one;
  const Take take = one.take(plain_event(), R"({"id":"c1"})");
  REQUIRE(take.records.size() == 1);
  const v1::Event event = event_of(take.records[0]);
  const std::string id = event_id_of(SourceId{"/cad/test"}, "c1").str();
  CHECK(event.source() == "/cad/test");
  CHECK(event.event_id() == id);
  CHECK(event.id() == id + "-7");
  CHECK(event.times().received().seconds() * 1'000'000 == micros_of(kNow));
  CHECK(event.lateness_us() == 900'000'000);
  CHECK(event.plugin_build() == "hostile 1.0.0");
  CHECK(event.status() == v1::STATUS_ACTUAL);
  CHECK(event.lifecycle() == v1::LIFECYCLE_NEW);
  CHECK(event.location().radius_m() == 20);
  CHECK(event.location().confidence_level() == 0.95);
  CHECK(event.raw().sha256() == hex_of(sha256(R"({"id":"c1"})")));
  CHECK(event.kind_codes(1).scheme() == "fusiond");
  CHECK(event.kind_codes(1).code() == "shots_heard");
  CHECK(event.content_hash() != 0);
  CHECK(event.flags().empty());
  CHECK(take.records[0].key == id);
  CHECK(take.records[0].topic == "rtcc.events.v1");
}

TEST_CASE("a plugin cannot say what only intake may say", "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event();
  event.set_source("/somebody/else");
  event.set_event_id("forged");
  event.set_lateness_us(1'000'000'000'000);
  event.add_flags("time_clamped");
  event.add_kind_codes()->set_scheme("fusiond");
  event.mutable_kind_codes(1)->set_code("officer_down");
  event.mutable_times()->mutable_received()->set_seconds(1);
  const v1::Event admitted = one.admitted(event);
  CHECK(admitted.source() == "/cad/test");
  CHECK(admitted.lateness_us() == 900'000'000);
  CHECK(admitted.flags().empty());
  CHECK(admitted.kind_codes_size() == 2);
  CHECK(admitted.kind_codes(1).code() == "shots_heard");
  CHECK(admitted.times().received().seconds() * 1'000'000 == micros_of(kNow));
}

TEST_CASE("a plugin's own remarks stay on the event, within bounds", "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event();
  event.add_flags("wrong_type_beat");
  event.add_flags("Not a Name");
  const v1::Event admitted = one.admitted(event);
  REQUIRE(admitted.flags_size() == 1);
  CHECK(admitted.flags(0) == "wrong_type_beat");
  for (int i = 0; i < 100; ++i) {
    event.add_flags("remark_" + std::to_string(i));
  }
  CHECK(one.admitted(event).flags_size() == 16);
}

TEST_CASE("an event without a revision of its own gets the ingest time as revision",
          "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event();
  event.clear_revision();
  CHECK(one.admitted(event).revision() == static_cast<std::uint64_t>(micros_of(kNow)));
}

TEST_CASE("the content hash is that of what the plugin said, whatever the delivery",
          "[ingest][intake]") {
  OneIntake one;
  OneIntake another;
  v1::Event event = plain_event();
  const std::uint64_t hash = one.admitted(event).content_hash();
  event.mutable_raw()->set_bytes("other bytes around the same row");
  CHECK(another.admitted(event).content_hash() == hash);
  event.mutable_cad_call()->set_disposition("closed");
  CHECK(another.admitted(event).content_hash() != hash);
}

TEST_CASE("a copy goes to its root's partition", "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event("repost");
  auto& reference = *event.add_references();
  reference.set_source_event_id("root");
  reference.set_relation(v1::RELATION_COPY_OF);
  const Take take = one.take(event);
  CHECK(take.records.at(0).key == event_id_of(SourceId{"/cad/test"}, "root").str());
}

TEST_CASE("an event without an id is a dead letter named no_id", "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event("");
  CHECK(one.refused(event).reason == "no_id");
  CHECK(one.refused(plain_event(std::string(513, 'x'))).reason == "no_id");
}

TEST_CASE("a dead letter keeps the original bytes, where they stood and when they came",
          "[ingest][intake]") {
  IngestConfig config = test::plain_config();
  config.dead_letter_max_bytes = 10;
  OneIntake one(config);
  const Take take = one.take(plain_event(""), "0123456789abcdef");
  const auto letter = letter_of(take.records.at(0));
  CHECK(letter.source.str() == "/cad/test");
  CHECK(letter.original == "0123456789");
  CHECK(letter.original_size_bytes == 16);
  CHECK(letter.original_sha256 == hex_of(sha256("0123456789abcdef")));
  CHECK(letter.position == "poll 3 row 2");
  CHECK(letter.received == kNow);
  CHECK(take.records[0].topic == "rtcc.deadletter.v1");
}

TEST_CASE("a time in 1970 or tomorrow gives way to the receipt and the event stays",
          "[ingest][intake]") {
  v1::Event year_1970 = plain_event();
  year_1970.mutable_times()->mutable_occurred()->set_seconds(5);
  v1::Event never = plain_event();
  never.mutable_times()->mutable_occurred()->set_seconds(std::numeric_limits<std::int64_t>::max());
  v1::Event broken = plain_event();
  broken.mutable_times()->mutable_occurred()->set_nanos(-1);
  for (const v1::Event& event : {year_1970, never, broken, event_at(std::chrono::hours(24))}) {
    OneIntake one;
    const Take take = one.take(event, "the row");
    REQUIRE(take.parts.size() == 1);
    CHECK(take.parts[0].fate == Judged::Fate::admitted);
    REQUIRE(take.records.size() == 2);
    const v1::Event admitted = event_of(take.records[0]);
    CHECK(admitted.times().occurred().seconds() == micros_of(kNow) / 1'000'000);
    CHECK(admitted.times().quality() == v1::TIME_QUALITY_UNKNOWN);
    CHECK(admitted.times().claimed().seconds() == event.times().occurred().seconds());
    CHECK(has_flag(admitted, "time_unbelievable"));
    const auto letter = letter_of(take.records[1]);
    CHECK(letter.reason == "bad_time");
    CHECK(letter.original == "the row");
  }
}

TEST_CASE("of times that nobody can believe one an hour is a dead letter", "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event();
  event.mutable_times()->mutable_occurred()->set_seconds(5);
  CHECK(one.take(event).records.size() == 2);
  CHECK(one.take(event).records.size() == 1);
  one.now = kNow + std::chrono::hours(1);
  CHECK(one.take(event).records.size() == 2);
}

TEST_CASE("a source whose clock is a day ahead keeps its events' distances", "[ingest][intake]") {
  OneIntake one;
  constexpr std::chrono::hours kDay{24};
  std::vector<v1::Event> admitted;
  for (int i = 0; i < 10; ++i) {
    one.now = kNow + std::chrono::seconds(20 * i);
    // Told 1 s after it occurred.
    admitted.push_back(one.admitted(event_at(kDay + std::chrono::seconds(20 * i - 1))));
  }
  CHECK(has_flag(admitted[0], "time_unbelievable") != has_flag(admitted[0], "time_clamped"));
  for (int i = 6; i < 10; ++i) {
    const auto& times = admitted[static_cast<std::size_t>(i)].times();
    CHECK(has_flag(admitted[static_cast<std::size_t>(i)], "clock_corrected"));
    CHECK(times.occurred().seconds() == micros_of(kNow) / 1'000'000 + 20 * i);
    CHECK(times.clock_offset_us() == -(86'400'000'000 - 1'000'000));
    CHECK(times.claimed().seconds() - times.occurred().seconds() == 86'399);
  }
}

TEST_CASE("a time beyond the skew is clamped to it and flagged", "[ingest][intake]") {
  OneIntake one;
  const v1::Event clamped = one.admitted(event_at(std::chrono::hours(2)));
  CHECK(clamped.times().quality() == v1::TIME_QUALITY_CLAMPED);
  CHECK(clamped.times().occurred().seconds() == micros_of(kNow) / 1'000'000 + 30);
  CHECK(has_flag(clamped, "time_clamped"));
  const v1::Event near = one.admitted(event_at(std::chrono::seconds(30)));
  CHECK(near.times().quality() == v1::TIME_QUALITY_EXACT);
  CHECK(near.flags().empty());
}

TEST_CASE("without a time the receive time stands in", "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event();
  event.clear_times();
  const v1::Event admitted = one.admitted(event);
  CHECK(admitted.times().occurred().seconds() == micros_of(kNow) / 1'000'000);
  CHECK(admitted.times().quality() == v1::TIME_QUALITY_UNKNOWN);
  CHECK(has_flag(admitted, "no_time"));
}

TEST_CASE("other times that cannot be are dropped and the event stays", "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event();
  event.mutable_times()->mutable_updated()->set_seconds(3);
  event.mutable_times()->mutable_published()->set_seconds(1'687'111'100);
  const v1::Event admitted = one.admitted(event);
  CHECK_FALSE(admitted.times().has_updated());
  CHECK(admitted.times().has_published());
  CHECK(has_flag(admitted, "time_dropped"));
}

TEST_CASE("coordinates that are none are a dead letter named bad_place", "[ingest][intake]") {
  OneIntake one;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(one.refused(event_with_place(nan, -122)).reason == "bad_place");
  CHECK(one.refused(event_with_place(37, infinity)).reason == "bad_place");
  CHECK(one.refused(event_with_place(91, 0)).reason == "bad_place");
  CHECK(one.refused(event_with_place(37, 180.5)).reason == "bad_place");
  CHECK(one.refused(event_with_place(-86, 10)).reason == "bad_place");
}

TEST_CASE("0/0 and no place at all are admitted without one and flagged", "[ingest][intake]") {
  OneIntake one;
  const v1::Event zero = one.admitted(event_with_place(0, 0));
  CHECK(zero.location().shape_case() == v1::Location::SHAPE_NOT_SET);
  CHECK(has_flag(zero, "zero_place"));
  v1::Event event = plain_event();
  event.clear_location();
  CHECK(has_flag(one.admitted(event), "no_place"));
}

TEST_CASE("the radius comes from the event, its shape, its precision or its method, in this order",
          "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event();
  event.mutable_location()->set_precision_note(v1::PRECISION_NOTE_BLOCK);
  CHECK(one.admitted(event).location().radius_m() == 100);
  event.mutable_location()->set_precision_note(v1::PRECISION_NOTE_INTERSECTION);
  CHECK(one.admitted(event).location().radius_m() == 50);
  event.mutable_location()->set_precision_note(v1::PRECISION_NOTE_ROUNDED_3_DECIMALS);
  CHECK(one.admitted(event).location().radius_m() == 55);
  auto& circle = *event.mutable_location()->mutable_circle();
  circle.mutable_center()->set_lat(37);
  circle.mutable_center()->set_lon(-122);
  circle.set_radius_m(333);
  CHECK(one.admitted(event).location().radius_m() == 333);
  event.mutable_location()->set_radius_m(12);
  CHECK(one.admitted(event).location().radius_m() == 12);
  event.mutable_location()->set_radius_m(-1);
  const v1::Event mended = one.admitted(event);
  CHECK(mended.location().radius_m() == 333);
  CHECK(has_flag(mended, "bad_radius"));
}

TEST_CASE("a device's place comes from the registry, an unknown device is flagged",
          "[ingest][intake]") {
  IngestConfig config = test::plain_config();
  config.devices["cam-7"] = {37.5, -122.5, 40};
  OneIntake one(config);
  v1::Event event = plain_event();
  event.clear_location();
  event.mutable_location()->set_device_ref("cam-7");
  const v1::Event known = one.admitted(event);
  CHECK(known.location().point().lat() == 37.5);
  CHECK(known.location().radius_m() == 40);
  CHECK(known.location().method() == v1::LOCATION_METHOD_DEVICE_REGISTRY);
  CHECK(known.provenance() == "device:cam-7");
  event.mutable_location()->set_device_ref("cam-8");
  const v1::Event unknown = one.admitted(event);
  CHECK(has_flag(unknown, "unknown_device"));
  CHECK(has_flag(unknown, "no_place"));
}

TEST_CASE("an unknown kind is admitted as unclassified and reported once per code",
          "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event();
  event.mutable_kind_codes(0)->set_code("XYZ");
  const Take first = one.take(event);
  REQUIRE(first.records.size() == 2);
  CHECK(event_of(first.records[0]).kind_codes(1).code() == "unclassified");
  CHECK(has_flag(event_of(first.records[0]), "unknown_kind"));
  const auto letter = letter_of(first.records[1]);
  CHECK(letter.reason == "unknown_kind");
  CHECK(letter.detail.find("admitted") != std::string::npos);
  CHECK(letter.detail.find("oakland:XYZ") != std::string::npos);
  CHECK(first.parts.size() == 1);
  CHECK(one.take(event).records.size() == 1);
}

TEST_CASE("kinds are found whatever the case, and a star takes the rest of a scheme",
          "[ingest][intake]") {
  const KindTable kinds({{"oakland", "415gs", "shots_heard"}, {"Frigate", "*", "camera_object"}});
  CHECK(kinds.find("OAKLAND", "415Gs") == "shots_heard");
  CHECK(kinds.find("frigate", "dog") == "camera_object");
  CHECK_FALSE(kinds.find("oakland", "211"));
}

TEST_CASE("text that is not UTF-8 is a dead letter named invalid_utf8", "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event("ab");
  Part part;
  part.event = event.SerializeAsString();
  part.original = "{}";
  const auto at = part.event.find("ab");
  REQUIRE(at != std::string::npos);
  part.event[at] = '\xff';
  const Take take = one.take(part);
  CHECK(take.parts.at(0).reason == "invalid_utf8");
}

TEST_CASE("bytes that are no event are a dead letter named bad_event", "[ingest][intake]") {
  OneIntake one;
  Part part;
  part.event = "\x07\x07 this is no event";
  part.original = "whatever it was made from";
  const Take take = one.take(part);
  CHECK(take.parts.at(0).reason == "bad_event");
  CHECK(letter_of(take.records.at(0)).original == "whatever it was made from");
}

TEST_CASE("an event with a word that is not known, or none where one must be, is refused",
          "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event();
  event.set_status(static_cast<v1::Status>(77));
  CHECK(one.refused(event).reason == "bad_event");
  event = plain_event();
  event.clear_source_kind();
  CHECK(one.refused(event).reason == "bad_event");
}

TEST_CASE("scores that cannot be are dropped and the event stays", "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event();
  event.mutable_confidence()->set_value(std::numeric_limits<double>::quiet_NaN());
  event.set_priority(11);
  const v1::Event admitted = one.admitted(event);
  CHECK_FALSE(admitted.has_confidence());
  CHECK_FALSE(admitted.has_priority());
  CHECK(has_flag(admitted, "bad_confidence"));
  CHECK(has_flag(admitted, "bad_priority"));
}

TEST_CASE("an event beyond the record limit is a dead letter named too_large", "[ingest][intake]") {
  IngestConfig config = test::plain_config();
  config.max_event_bytes = 2000;
  OneIntake one(config);
  v1::Event event = plain_event();
  event.add_text()->set_description(std::string(3000, 'x'));
  CHECK(one.refused(event).reason == "too_large");
}

TEST_CASE("reasons beyond a bounded set, or that are no names, are counted as other",
          "[ingest][intake]") {
  OneIntake one;
  const auto reason_of = [&](const std::string& name) {
    Part part;
    part.what = Part::What::reject;
    part.reason = name;
    const Take take = one.take(part);
    return take.parts.at(0).reason;
  };
  CHECK(reason_of("Not A Name") == "other");
  CHECK(reason_of("") == "other");
  CHECK(reason_of(std::string(49, 'a')) == "other");
  for (std::size_t i = 0; i < ReasonBook::kMost; ++i) {
    CHECK(reason_of("reason_" + std::to_string(i)) == "reason_" + std::to_string(i));
  }
  CHECK(reason_of("one_too_many") == "other");
  CHECK(reason_of("reason_3") == "reason_3");
}

TEST_CASE("a delivery that holds nothing is counted as skipped, empty", "[ingest][intake]") {
  OneIntake one;
  Take take;
  one.intake.take({}, {}, take);
  REQUIRE(take.parts.size() == 1);
  CHECK(take.parts[0].fate == Judged::Fate::skipped);
  CHECK(take.parts[0].reason == "empty");
}

TEST_CASE("a shape other than a point ends with a radius that covers it", "[ingest][intake]") {
  OneIntake one;
  v1::Event event = plain_event();
  auto& polygon = *event.mutable_location()->mutable_polygon();
  for (const auto& [lat, lon] :
       {std::pair{37.0, -122.0}, {37.01, -122.0}, {37.01, -122.01}, {37.0, -122.0}}) {
    auto& point = *polygon.add_points();
    point.set_lat(lat);
    point.set_lon(lon);
  }
  const double radius_m = one.admitted(event).location().radius_m();
  CHECK(radius_m > 600);
  CHECK(radius_m < 900);
  auto& band = *event.mutable_location()->mutable_arc_band();
  band.mutable_center()->set_lat(37);
  band.mutable_center()->set_lon(-122);
  band.set_inner_radius_m(100);
  band.set_outer_radius_m(500);
  band.set_opening_angle_deg(60);
  const v1::Event banded = one.admitted(event);
  CHECK(banded.location().has_circle());
  CHECK(banded.location().radius_m() == Approx(banded.location().circle().radius_m()));
}

}  // namespace fusiond::ingest
