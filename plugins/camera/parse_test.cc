// What camera messages become.
#include "plugins/camera/parse.h"

#include <string>

#include <catch2/catch.hpp>

#include "plugins/sdk/collected.h"

namespace fusiond::camera {
namespace {

sdk::Collected parsed(std::string_view body, std::string_view settings = "") {
  const auto options = read_options(settings);
  INFO((options ? std::string() : options.error()));
  REQUIRE(options.has_value());
  Session session(*options);
  sdk::Collected out;
  parse(*options, session, {body, "", 0}, out);
  return out;
}

v1::Event only(std::string_view body, std::string_view settings = "") {
  const auto out = parsed(body, settings);
  REQUIRE(out.events.size() == 1);
  return out.events.front().event;
}

std::string frigate(std::string_view type, std::string_view more) {
  return R"({"type":")" + std::string(type) +
         R"(","before":null,"after":{"id":"100.5-abc","camera":"cam","label":"person","start_time":100.5)" +
         std::string(more) + "}}";
}

std::string reason(std::string_view body) {
  const auto out = parsed(body);
  return out.rejects.empty() ? out.skips.empty() ? "event" : "skip " + out.skips[0]
                             : out.rejects[0].reason;
}

TEST_CASE("a detection names its camera and leaves the place to the registry",
          "[camera][frigate]") {
  const auto event = only(frigate(
      "new",
      R"(,"frame_time":101.25,"top_score":0.9,"current_zones":["yard"],"attributes":{"face":0.6})"));
  CHECK(event.source_event_id() == "100.5-abc");
  CHECK(event.location().device_ref() == "cam");
  CHECK_FALSE(event.location().has_point());
  CHECK(event.location().zones(0) == "yard");
  CHECK(event.provenance() == "device:cam");
  CHECK(event.kind_codes(0).code() == "person");
  CHECK(event.revision() == 101250000);
  CHECK(event.times().occurred().seconds() == 100);
  CHECK(event.times().occurred().nanos() == 500000000);
  CHECK(event.confidence().value() == Approx(0.9));
  CHECK(event.camera_detection().attributes().at("face") == Approx(0.6));
  CHECK(event.lifecycle() == v1::LIFECYCLE_NEW);
}

TEST_CASE("the end of a detection is newer than its last frame", "[camera][frigate]") {
  const auto last = only(frigate("update", R"(,"frame_time":105.0,"end_time":null)"));
  const auto end = only(frigate("end", R"(,"frame_time":105.0,"end_time":105.0)"));
  CHECK(last.lifecycle() == v1::LIFECYCLE_UPDATE);
  CHECK(end.lifecycle() == v1::LIFECYCLE_END);
  CHECK(end.revision() > last.revision());
  CHECK(end.times().occurred_end().seconds() == 105);
}

TEST_CASE("a false positive is left out when new and taken back when known", "[camera][frigate]") {
  CHECK(reason(frigate("new", R"(,"false_positive":true)")) == "skip false_positive");
  CHECK(only(frigate("end", R"(,"false_positive":true)")).lifecycle() == v1::LIFECYCLE_RETRACT);
}

TEST_CASE("all three forms of a sub-label are read, and a name is withheld", "[camera][frigate]") {
  for (const auto* form : {R"(,"sub_label":"Robin")", R"(,"sub_label":["Robin",0.9])"}) {
    const auto event = only(frigate("new", form));
    CHECK(event.camera_detection().sub_label().empty());
    CHECK(event.flags(0) == "sub_label_withheld");
    CHECK(only(frigate("new", form), R"({"keep_names":true})").camera_detection().sub_label() ==
          "Robin");
  }
  CHECK(only(frigate("new", R"(,"sub_label":null)")).flags_size() == 0);
  CHECK(only(frigate("new", R"(,"sub_label":["ups",0.9])")).camera_detection().sub_label() ==
        "ups");
}

TEST_CASE("a plate becomes a vehicle, raw and normalised", "[camera][frigate]") {
  const auto event = only(frigate(
      "new", R"(,"recognized_license_plate":"ab-1 2","recognized_license_plate_score":0.8)"));
  CHECK(event.entities(0).vehicle().plate().raw() == "ab-1 2");
  CHECK(event.entities(0).vehicle().plate().normalised() == "AB12");
  CHECK(event.entities(0).vehicle().plate().confidence() == Approx(0.8));
  CHECK(only(frigate("new", R"(,"recognized_license_plate":null)")).entities_size() == 0);
}

TEST_CASE("a review points at its detections", "[camera][frigate]") {
  const auto event = only(
      R"({"type":"update","before":{},"after":{"id":"1-r","camera":"cam","start_time":1,"severity":"alert",
      "data":{"detections":["a","b"],"objects":["car"],"sub_labels":["Robin"],"zones":["z"]}}})");
  CHECK(event.references_size() == 2);
  CHECK(event.references(1).relation() == v1::RELATION_RELATED);
  CHECK(event.camera_detection().review_severity() == "alert");
  CHECK(event.kind_codes(0).scheme() == "frigate:review");
  CHECK(event.SerializeAsString().find("Robin") == std::string::npos);
}

TEST_CASE("an update to a tracked object is an event of its own that points at it",
          "[camera][frigate]") {
  const auto plate = only(
      R"({"topic":"frigate/tracked_object_update","payload":{"type":"lpr","id":"1.5-x","plate":"A1","score":0.9,"camera":"c","timestamp":2.5,"name":"Robin's"}})");
  CHECK(plate.source_event_id() == "1.5-x/lpr");
  CHECK(plate.references(0).source_event_id() == "1.5-x");
  CHECK(plate.references(0).relation() == v1::RELATION_UPDATES);
  CHECK(plate.SerializeAsString().find("Robin") == std::string::npos);
  const auto text = only(R"({"type":"description","id":"1.5-x","description":"A van."})");
  CHECK(text.times().occurred().seconds() == 1);
  CHECK(text.flags(0) == "time_from_id");
}

TEST_CASE("what is no detection is skipped by its reason, what is broken refused",
          "[camera][bad]") {
  CHECK(reason(R"({"topic":"frigate/available","payload":"online"})") == "skip heartbeat");
  CHECK(reason(R"({"topic":"frigate/cam/motion","payload":"ON"})") == "skip other_topic");
  CHECK(reason(R"({"topic":"frigate/events","payload":"{\"type\":"})") == "bad_json");
  CHECK(reason(R"({"topic":"frigate/events","payload":5})") == "wrong_type");
  CHECK(reason(R"({"after":[]})") == "wrong_type");
  CHECK(reason(R"({"after":{"camera":"c","label":"x","start_time":1}})") == "no_id");
  CHECK(reason(R"({"after":{"id":"i","label":"x","start_time":1}})") == "no_device");
  CHECK(reason(R"({"after":{"id":"i","camera":"c","label":"x","start_time":"soon"}})") ==
        "bad_time");
  CHECK(reason(R"({"after":{"id":"i","camera":"c","label":{},"start_time":1}})") == "wrong_type");
  CHECK(reason(R"({"hello":1})") == "unknown_message");
  CHECK(reason(R"({"topic":"frigate/events","payload":{"type":"new")") == "truncated");
}

TEST_CASE("an update holds only what changed and is added to what came before", "[camera][unifi]") {
  const auto out = parsed(
      R"([{"type":"add","item":{"id":"e","modelKey":"event","type":"smartDetectZone","start":1000,"device":"d","smartDetectTypes":["person"]}},
      {"type":"update","item":{"id":"e","modelKey":"event","smartDetectTypes":["person","vehicle"]}},
      {"type":"update","item":{"id":"e","modelKey":"event","end":9000}},{"type":"update","item":{"id":"other","modelKey":"event","end":9000}}])");
  REQUIRE(out.events.size() == 3);
  CHECK(out.events[1].event.lifecycle() == v1::LIFECYCLE_UPDATE);
  const auto& end = out.events[2].event;
  CHECK(end.lifecycle() == v1::LIFECYCLE_END);
  CHECK(end.location().device_ref() == "d");
  CHECK(end.kind_codes_size() == 3);
  CHECK(end.times().occurred_end().seconds() == 9);
  REQUIRE(out.rejects.size() == 1);
  CHECK(out.rejects[0].reason == "sparse_update");
}

TEST_CASE("only so many events are remembered", "[camera][unifi]") {
  const auto out = parsed(
      R"([{"type":"add","item":{"id":"a","type":"ring","start":1,"device":"d"}},{"type":"add","item":{"id":"b","type":"ring","start":1,"device":"d"}},
      {"type":"update","item":{"id":"a","end":2}},{"type":"update","item":{"id":"b","end":2}}])",
      R"({"remember_events":1})");
  CHECK(out.events.size() == 3);
  CHECK(out.rejects.size() == 1);
}

TEST_CASE("a sensor's row takes its device from the metadata", "[camera][unifi]") {
  const auto event = only(
      R"({"id":"e","type":"sensorOpened","start":1000,"end":1000,"score":0,"camera":null,"metadata":{"sensorId":{"text":"s1"}},"modelKey":"event"})");
  CHECK(event.location().device_ref() == "s1");
  CHECK_FALSE(event.has_confidence());
  CHECK(reason(R"({"id":"e","type":"motion","start":1000,"camera":null,"modelKey":"event"})") ==
        "no_device");
}

TEST_CASE("wrong settings are named all at once", "[camera][settings]") {
  const auto options = read_options(
      R"({"min_score":2,"keep_names":"no","speed_unit":"knots","frame_width_px":640,"label":"x"})");
  REQUIRE_FALSE(options.has_value());
  CHECK(options.error() ==
        "/min_score: must be from 0.000000 to 1.000000, is 2.000000\n"
        "/keep_names: must be true or false, is a text\n"
        "/speed_unit: must be kph or mph, is knots\n"
        "/frame_width_px: frame_width_px and frame_height_px go together\n"
        "/label: unknown key; did you mean labels?");
}

}  // namespace
}  // namespace fusiond::camera
