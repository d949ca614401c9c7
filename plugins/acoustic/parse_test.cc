// What acoustic alerts and published exports become.
#include "plugins/acoustic/parse.h"

#include <string>

#include <catch2/catch.hpp>

#include "plugins/sdk/collected.h"

namespace fusiond::acoustic {
namespace {

sdk::Collected parsed(std::string_view body,
                      std::string_view settings = R"({"time_zone":"America/New_York"})") {
  const auto options = read_options(settings);
  INFO((options ? std::string() : options.error()));
  REQUIRE(options.has_value());
  simdjson::dom::parser parser;
  sdk::Collected out;
  parse(*options, parser, {body, "", 0}, out);
  return out;
}

v1::Event only(std::string_view body,
               std::string_view settings = R"({"time_zone":"America/New_York"})") {
  const auto out = parsed(body, settings);
  REQUIRE(out.events.size() == 1);
  return out.events.front().event;
}

TEST_CASE("an alert carries its place, rounds and shots", "[acoustic]") {
  const auto event = only(
      R"({"alert_id":"a1","occurred_at":"2031-05-04T22:00:00.5Z","type":"multiple","rounds":5,"sensors":"7","lat":44.12091,
      "lon":-38.51197,"radius_m":22,"confidence":0.9,"state":"machine","shots":[{"occurred_at":"2031-05-04T22:00:00.5Z","lat":1,"lon":2},{}]})");
  CHECK(event.source_event_id() == "a1");
  CHECK(event.gunshot_alert().alert_type() == v1::GUNSHOT_TYPE_MULTIPLE);
  CHECK(event.gunshot_alert().rounds() == 5);
  CHECK(event.gunshot_alert().sensors() == 7);
  CHECK(event.gunshot_alert().shots_size() == 2);
  CHECK(event.location().radius_m() == 22);
  CHECK(event.location().method() == v1::LOCATION_METHOD_ACOUSTIC);
  CHECK(event.confidence().value() == Approx(0.9));
  CHECK(event.review() == v1::REVIEW_MACHINE_VERIFIED);
  CHECK(event.kind_codes(0).scheme() == "acoustic");
  CHECK(event.kind_codes(1).scheme() == "gunshot");
  CHECK(event.kind_codes(1).code() == "multiple");
  CHECK(event.lifecycle() == v1::LIFECYCLE_NEW);
  CHECK(event.times().quality() == v1::TIME_QUALITY_EXACT);
}

TEST_CASE("a reclassified alert is an update that remembers its first type", "[acoustic]") {
  const auto event = only(
      R"({"alert_id":"a1","revision":2,"occurred_at":"2031-05-04T22:00:00Z","type":"fireworks","original_type":"multiple","state":"reclassified"})");
  CHECK(event.lifecycle() == v1::LIFECYCLE_UPDATE);
  CHECK(event.revision() == 2);
  CHECK(event.gunshot_alert().alert_type() == v1::GUNSHOT_TYPE_FIREWORKS);
  CHECK(event.gunshot_alert().original_alert_type() == v1::GUNSHOT_TYPE_MULTIPLE);
}

TEST_CASE("a dismissed alert is taken back", "[acoustic]") {
  const auto event = only(
      R"({"alert_id":"a1","occurred_at":"2031-05-04T22:00:00Z","type":"single","state":"dismissed"})");
  CHECK(event.lifecycle() == v1::LIFECYCLE_RETRACT);
  CHECK(event.review() == v1::REVIEW_HUMAN_DISMISSED);
}

TEST_CASE("a type that nobody listed is kept and flagged, or turned away when the settings say so",
          "[acoustic]") {
  constexpr std::string_view kBody =
      R"({"alert_id":"a1","occurred_at":"2031-05-04T22:00:00Z","type":"thunder"})";
  const auto event = only(kBody);
  CHECK(event.flags(0) == "unknown_type");
  CHECK(event.kind_codes_size() == 1);
  const auto out = parsed(kBody, R"({"time_zone":"America/New_York","unknown_type":"reject"})");
  REQUIRE(out.rejects.size() == 1);
  CHECK(out.rejects[0].reason == "unknown_type");
}

TEST_CASE("an export's date and time are local, its coordinates rounded", "[acoustic][csv]") {
  const auto event = only(
      "Type,Respond ID,Date,Time,Zone,District,Latitude,Longitude\nMultiple "
      "Gunshots,816-1,7/1/2016,0:08:22,KC,Metro,39.037,-94.559\n",
      R"({"time_zone":"America/Chicago"})");
  CHECK(event.source_event_id() == "816-1");
  CHECK(event.times().occurred().seconds() == 1467349702);
  CHECK(event.times().quality() == v1::TIME_QUALITY_LOCAL_ZONE_ASSUMED);
  CHECK(event.location().precision_note() == v1::PRECISION_NOTE_ROUNDED_3_DECIMALS);
  CHECK(event.location().radius_m() == 55);
  CHECK(event.gunshot_alert().area() == "KC");
}

TEST_CASE("a range of hours is a start, an end and a rounding", "[acoustic][csv]") {
  const auto event = only(
      "Date,Time Range,Latitude,Longitude,Incident Type\n5/31/2008,11:00PM - "
      "12:00AM,42.091,-72.57,SG\n",
      R"({"time_zone":"America/New_York","id_parts":["date","time_range","lat","lon","type"]})");
  CHECK(event.source_event_id() == "5/31/2008/11:00PM - 12:00AM/42.091/-72.57/SG");
  CHECK(event.times().occurred().seconds() == 1212289200);
  CHECK(event.times().occurred_end().seconds() == 1212289200 + 3600);
  CHECK(event.times().rounding_seconds() == 3600);
  CHECK(event.times().quality() == v1::TIME_QUALITY_ROUNDED);
}

TEST_CASE("a cut export keeps the rows before the cut", "[acoustic][bad]") {
  const auto out = parsed(
      "Type,ID,Date,Time,Latitude,Longitude\nSG,1,1-Jan-13,0:01:47,37.7,-122.3\nSG,2,1-Jan-13,0:"
      "02");
  CHECK(out.events.size() == 1);
  REQUIRE(out.rejects.size() == 1);
  CHECK(out.rejects[0].reason == "truncated");
  CHECK(out.rejects[0].position == "row 1, byte 71");
}

TEST_CASE("what is neither JSON nor a known export is one reject", "[acoustic][bad]") {
  const auto out = parsed("<html><body>502</body></html>");
  REQUIRE(out.rejects.size() == 1);
  CHECK(out.rejects[0].reason == "not_json");
  CHECK(parsed(" \n").skips == std::vector<std::string>{"empty_delivery"});
}

TEST_CASE("a gateway's own shape is a mapping in the settings", "[acoustic][settings]") {
  const auto event = only(
      R"([{"msg":{"ref":9001,"at":1935784683.12,"what":"GUN-M"},"phase":"VER"}])",
      R"({"time_zone":"UTC","time_format":"epoch_s","types":{"GUN-M":"multiple"},"states":{"VER":"confirmed"},
                              "fields":{"id":"/msg/ref","occurred":"/msg/at","type":"/msg/what","state":"/phase"}})");
  CHECK(event.source_event_id() == "9001");
  CHECK(event.gunshot_alert().alert_type() == v1::GUNSHOT_TYPE_MULTIPLE);
  CHECK(event.review() == v1::REVIEW_HUMAN_CONFIRMED);
}

TEST_CASE("wrong settings are named all at once", "[acoustic][settings]") {
  const auto options = read_options(
      R"({"types":{"x":"loud"},"id_parts":["idd"],"confidence_scale":"0-10","radius_m":-1,"feilds":{}})");
  REQUIRE_FALSE(options.has_value());
  CHECK(options.error() ==
        "/time_zone: is required\n"
        "/id_parts: not a field: idd\n"
        "/types/x: must be one of single, multiple, probable, fireworks, other, is loud\n"
        "/radius_m: must be from 0.000000 to 10000.000000, is -1.000000\n"
        "/confidence_scale: must be one of 0-1, 0-100, is 0-10\n"
        "/feilds: unknown key; did you mean fields?");
}

}  // namespace
}  // namespace fusiond::acoustic
