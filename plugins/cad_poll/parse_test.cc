// What one poll of a city's calls becomes.
#include "plugins/cad_poll/parse.h"

#include <string>

#include <catch2/catch.hpp>

#include "plugins/sdk/collected.h"

namespace fusiond::cad_poll {
namespace {

constexpr std::string_view kRows =
    R"({"time_zone":"America/Los_Angeles","scheme":"city","agency":"PD","priorities":{"A":9},
  "closed_statuses":["C"],"cancelled_statuses":["X"],"test_types":["TEST"],"type_separator":" - ","duplicate_dispositions":["DUP"],
  "caller_key":"0123456789abcdef",
  "columns":{"id":"id","occurred":"at","updated":"changed","closed":"closed","type_code":"code","type_text":"text","priority":"level",
    "status":"status","address":"place","lat":"lat","lon":"lon","geometry":"point","disposition":"outcome","parent":"parent",
    "caller":"caller","sensitive":"private","beat":"beat"}})";

sdk::Collected parsed(std::string_view body, std::string_view settings = kRows) {
  const auto options = read_options(settings);
  INFO((options ? std::string() : options.error()));
  REQUIRE(options.has_value());
  simdjson::dom::parser parser;
  sdk::Collected out;
  parse(*options, parser, {body, "application/json", 0}, out);
  return out;
}

v1::Event only(std::string_view body) {
  const auto out = parsed(body);
  REQUIRE(out.events.size() == 1);
  return out.events.front().event;
}

std::string row(std::string_view more) {
  return R"([{"id":"c1","at":"2031-05-04T22:00:00.000")" + std::string(more.empty() ? "" : ",") +
         std::string(more) + "}]";
}

TEST_CASE("a row becomes a call with its native code first", "[cad_poll]") {
  const auto event =
      only(row(R"("code":"415","text":"SHOTS","level":"A","beat":"12","status":"O")"));
  CHECK(event.source_event_id() == "c1");
  CHECK(event.type() == "gov.rtcc.cad.call.v1");
  CHECK(event.kind_codes(0).scheme() == "city");
  CHECK(event.kind_codes(0).code() == "415");
  CHECK(event.kind_codes(1).scheme() == "city:priority");
  CHECK(event.priority() == 9);
  CHECK(event.cad_call().agency() == "PD");
  CHECK(event.location().geocodes().at("beat") == "12");
  CHECK(event.lifecycle() == v1::LIFECYCLE_NEW);
  CHECK(event.revision() == 0);
}

TEST_CASE("a local time takes the zone of the settings, summer and winter", "[cad_poll][time]") {
  CHECK(only(row("")).times().occurred().seconds() == 1935723600);  // 05:00 UTC next day
  const auto winter = only(R"([{"id":"c1","at":"2031-01-04T22:00:00.000"}])");
  CHECK(winter.times().occurred().seconds() == 1925359200);  // 06:00 UTC next day
  CHECK(winter.times().quality() == v1::TIME_QUALITY_LOCAL_ZONE_ASSUMED);
}

TEST_CASE("the hour that comes twice is the first one, and flagged", "[cad_poll][time]") {
  const auto event = only(R"([{"id":"c1","at":"2031-11-02T01:30:00"}])");
  CHECK(event.times().occurred().seconds() == 1951374600);  // still summer time
  REQUIRE(event.flags_size() == 1);
  CHECK(event.flags(0) == "ambiguous_local_time");
}

TEST_CASE("the hour that does not exist is read with the offset before it, and flagged",
          "[cad_poll][time]") {
  const auto event = only(R"([{"id":"c1","at":"2031-03-09T02:30:00"}])");
  CHECK(event.times().occurred().seconds() == 1930818600);  // 03:30 summer time
  REQUIRE(event.flags_size() == 1);
  CHECK(event.flags(0) == "missing_local_time");
}

TEST_CASE("a later change is the revision, and closes, cancels or updates the call", "[cad_poll]") {
  const auto update = only(row(R"("changed":"2031-05-04T22:00:01.000")"));
  CHECK(update.lifecycle() == v1::LIFECYCLE_UPDATE);
  CHECK(update.revision() == 1935723601000000);
  CHECK(only(row(R"("status":"C")")).lifecycle() == v1::LIFECYCLE_END);
  CHECK(only(row(R"("closed":"2031-05-04T23:00:00")")).lifecycle() == v1::LIFECYCLE_END);
  CHECK(only(row(R"("status":"X")")).lifecycle() == v1::LIFECYCLE_CANCEL);
}

TEST_CASE("how an address is written decides how exact its point is", "[cad_poll][place]") {
  const auto at = [](std::string_view address, std::string_view point) {
    return only(row(R"("place":")" + std::string(address) + R"(",)" + std::string(point)))
        .location();
  };
  constexpr std::string_view kExact = R"("lat":37.80056,"lon":"-122.21600")";
  CHECK(at("1200 BLK SEMINARY AV", kExact).precision_note() == v1::PRECISION_NOTE_BLOCK);
  CHECK(at("1200 BLK SEMINARY AV", kExact).radius_m() == 100);
  CHECK(at("24XX W COMMODORE WAY", kExact).precision_note() == v1::PRECISION_NOTE_BLOCK);
  CHECK(at("A ST&B ST", kExact).precision_note() == v1::PRECISION_NOTE_INTERSECTION);
  CHECK(at("MARKET ST \\\\ 6TH ST", kExact).radius_m() == 50);
  CHECK(at("12 1/2 OAK ST", kExact).precision_note() == v1::PRECISION_NOTE_UNSPECIFIED);
  CHECK(at("12 OAK ST", R"("lat":37.801,"lon":-122.216)").precision_note() ==
        v1::PRECISION_NOTE_ROUNDED_3_DECIMALS);
  CHECK(at("MAXX AV", kExact).precision_note() == v1::PRECISION_NOTE_UNSPECIFIED);
}

TEST_CASE("coordinates that cannot be are no place, and the call stays", "[cad_poll][place]") {
  CHECK_FALSE(only(row(R"("lat":0,"lon":0)")).location().has_point());
  CHECK(only(row(R"("lat":0,"lon":0)")).flags(0) == "coordinates_zero");
  CHECK(only(row(R"("lat":6065908,"lon":2118509)")).flags(0) == "coordinates_out_of_range");
  CHECK(only(row(R"("lat":"NaN","lon":"-122")")).flags(0) == "wrong_type_lat");
  CHECK_FALSE(only(row(R"("lat":"REDACTED","lon":"REDACTED")")).location().has_point());
  CHECK(only(row(R"("lat":"REDACTED","lon":"REDACTED")")).location().precision_note() ==
        v1::PRECISION_NOTE_REDACTED);
  CHECK(only(row(R"("lat":"REDACTED","lon":"REDACTED")")).handling().contains_personal_data());
}

TEST_CASE("a nested point is read as longitude, latitude", "[cad_poll][place]") {
  const auto event = only(row(R"("point":{"type":"Point","coordinates":[-122.41005,37.78201]})"));
  CHECK(event.location().point().lat() == Approx(37.78201));
  CHECK(event.location().method() == v1::LOCATION_METHOD_GEOCODED);
}

TEST_CASE("a caller is a keyed hash, never the number", "[cad_poll]") {
  const auto event = only(row(R"("caller":"555-0142")"));
  CHECK(event.cad_call().caller_hash().size() == 32);
  CHECK(event.SerializeAsString().find("555-0142") == std::string::npos);
  CHECK(event.provenance() == "caller:" + event.cad_call().caller_hash());
}

TEST_CASE("a parent with a duplicate's disposition is what the call duplicates", "[cad_poll]") {
  CHECK(only(row(R"("parent":"c0")")).references(0).relation() == v1::RELATION_PARENT);
  CHECK(only(row(R"("parent":"c0","outcome":"DUP")")).references(0).relation() ==
        v1::RELATION_DUPLICATE_OF);
}

TEST_CASE("a code and its text in one column are split", "[cad_poll]") {
  const auto event = only(row(R"("code":"38 - Meet Complainant")"));
  CHECK(event.kind_codes(0).code() == "38");
  CHECK(event.kind_codes(0).text() == "Meet Complainant");
  CHECK(only(row(R"("code":"TEST")")).status() == v1::STATUS_TEST);
}

TEST_CASE("a poll that breaks off keeps the rows before the break", "[cad_poll][bad]") {
  const auto out =
      parsed(R"([{"id":"a","at":"2031-05-04T22:00:00"},{"id":"b","at":"2031-05-04T22:)");
  CHECK(out.events.size() == 1);
  REQUIRE(out.rejects.size() == 1);
  CHECK(out.rejects[0].reason == "truncated");
  CHECK(out.rejects[0].position == "row 1, byte 39");
  CHECK(out.rejects[0].original == R"({"id":"b","at":"2031-05-04T22:)");
}

TEST_CASE("one bad row costs only itself", "[cad_poll][bad]") {
  const auto out = parsed(
      "[{\"id\":\"a\",\"at\":\"2031-05-04T22:00:00\"},{\"id\":\"b\xff\"},null,7,{\"id\":[1],\"at\":"
      "1},{\"at\":\"2031-05-04\"},"
      "{\"id\":\"c\",\"at\":\"soon\"},{\"id\":\"d\",\"at\":1e999},{},{\"id\":\"e\",\"at\":\"2031-"
      "05-04T22:00:00\",\"code\":{}}]");
  REQUIRE(out.events.size() == 2);
  CHECK(out.events[1].event.flags(0) == "wrong_type_type_code");
  std::string reasons;
  for (const auto& reject : out.rejects) {
    reasons += reject.reason + " ";
  }
  CHECK(reasons == "invalid_utf8 wrong_type wrong_type no_id bad_time bad_number ");
  CHECK(out.skips == std::vector<std::string>{"null_row", "null_row"});
}

TEST_CASE("wrong settings are named all at once, with the nearest key", "[cad_poll][settings]") {
  const auto options = read_options(
      R"({"time_zone":"Mars/Olympus","colums":{},"priorities":{"A":11},"columns":{"id":"x","occured":"t","lat":"y"}})");
  REQUIRE_FALSE(options.has_value());
  CHECK(options.error() ==
        "/time_zone: is not a time zone of this machine (package tzdata): Mars/Olympus\n"
        "/columns/occurred: is required\n"
        "/columns/lon: lat and lon go together\n"
        "/columns/occured: unknown key; did you mean occurred?\n"
        "/priorities/A: must be a whole number from 0 to 10, 10 the most urgent, is 11\n"
        "/colums: unknown key; did you mean columns?");
}

}  // namespace
}  // namespace fusiond::cad_poll
