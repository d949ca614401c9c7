// Real messages of real feeds, read in place: how many become events, and why the others do not.
// The folder is FUSIOND_SHARED, or ../shared beside the repository; without it these tests fail.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <zlib.h>

#include <catch2/catch.hpp>

#include "fusiond/v1/event.pb.h"
#include "tests/contract/plugin_loaded.h"

namespace fusiond::test {
namespace {

using Counts = std::map<std::string, int>;

std::filesystem::path shared() {
  const char* given = std::getenv("FUSIOND_SHARED");  // NOLINT: one thread
  return given != nullptr ? std::filesystem::path(given)
                          : std::filesystem::path(FUSIOND_SOURCE_DIR) / ".." / "shared";
}

std::string contents_of(const std::string& name) {
  const auto file = shared() / name;
  INFO("needs the shared data (FUSIOND_SHARED): " << file.string());
  REQUIRE(std::filesystem::exists(file));
  if (file.extension() != ".gz") {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  const auto in = gzopen(file.c_str(), "rb");
  REQUIRE(in != nullptr);
  std::string out;
  std::string buffer(1U << 16U, '\0');
  for (int got = 0; (got = gzread(in, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0;) {
    out.append(buffer, 0, static_cast<std::size_t>(got));
  }
  gzclose(in);
  return out;
}

PluginAnswer parsed(const std::string& kind, const std::string& settings, const std::string& body) {
  static std::map<std::string, LoadedPlugin> loaded;
  auto found = loaded.find(kind);
  if (found == loaded.end()) {
    found = loaded
                .emplace(kind,
                         LoadedPlugin(std::string(FUSIOND_PLUGIN_DIR) + "/fusiond_" + kind + ".so"))
                .first;
  }
  INFO(found->second.error());
  REQUIRE(found->second.loaded());
  const PluginInstance instance(found->second, settings);
  INFO(instance.error());
  REQUIRE(instance.made());
  return instance.parse(body);
}

std::vector<v1::Event> events_of(const PluginAnswer& answer) {
  std::vector<v1::Event> out;
  for (const auto& part : answer.events) {
    out.emplace_back();
    REQUIRE(out.back().ParseFromString(part.bytes));
  }
  return out;
}

const std::string kOakland =
    R"({"time_zone":"America/Los_Angeles","scheme":"oakland","agency":"Oakland PD","time_format":"epoch_ms_local_wall",
  "closed_statuses":["C"],"columns":{"id":"I_EVENTNUMBER","occurred":"CALL_DATE","updated":"TIMEUPDATE","type_code":"CALL_ID",
  "type_text":"CALL_DESC","address":"LOCATION","status":"I_STATUSID","beat":"ILO_BEAT"}})";

TEST_CASE("Oakland: 1,200 calls and 4 null features in one snapshot", "[plugin][real]") {
  const auto answer =
      parsed("cad_poll", kOakland, contents_of("data/payloads/oakland_raw_2023-01-20.json.gz"));
  CHECK(answer.events.size() == 1200);
  CHECK(answer.skips == Counts{{"null_row", 4}});
  CHECK(answer.rejects.empty());
  const auto events = events_of(answer);
  const auto& first = events.front();
  CHECK(first.source_event_id() == "LOP230118000942");
  CHECK(first.times().occurred().seconds() ==
        1674069018 + 8 * 3600);  // 19:10:18 on the wall in winter
  CHECK(first.revision() == (1674087301ULL + 8 * 3600) * 1'000'000);
  CHECK(first.kind_codes(0).code() == "933R");
  CHECK(first.lifecycle() == v1::LIFECYCLE_END);
  CHECK(first.location().precision_note() == v1::PRECISION_NOTE_BLOCK);
  std::size_t placed = 0;
  Counts notes;
  for (const auto& event : events) {
    placed += event.location().has_point() ? 1U : 0U;
    ++notes[v1::PrecisionNote_Name(event.location().precision_note())];
    CHECK(event.flags().empty());
  }
  CHECK(placed == 1200);
  CHECK(notes["PRECISION_NOTE_BLOCK"] > 900);
  CHECK(notes["PRECISION_NOTE_INTERSECTION"] > 50);
}

TEST_CASE("Oakland: a snapshot that breaks off keeps its first half", "[plugin][real][bad]") {
  const auto body = contents_of("data/payloads/oakland_raw_2023-01-20.json.gz");
  const auto answer = parsed("cad_poll", kOakland, body.substr(0, body.size() / 2));
  CHECK(answer.events.size() > 500);
  CHECK(answer.reject_reasons() == Counts{{"truncated", 1}});
}

TEST_CASE("San Francisco and Seattle: open-data rows as documented", "[plugin][real]") {
  const auto city = events_of(parsed(
      "cad_poll",
      R"({"time_zone":"America/Los_Angeles","scheme":"san_francisco","agency":"San Francisco",
      "priorities":{"A":9,"B":6,"C":3},"point_precision":"intersection","columns":{"id":"cad_number","occurred":"received_datetime",
      "received":"received_datetime","dispatched":"dispatch_datetime","onscene":"onscene_datetime","closed":"close_datetime",
      "updated":"call_last_updated_at","type_code":["call_type_final","call_type_original"],
      "type_text":["call_type_final_desc","call_type_original_desc"],"type_code_original":"call_type_original",
      "priority":["priority_final","priority_original"],"address":"intersection_name","geometry":"intersection_point",
      "beat":"police_district","disposition":"disposition","sensitive":"sensitive_call"}})",
      contents_of("feeds/socrata_cad/san_francisco_gnap-fj3t.json")));
  REQUIRE(city.size() == 2);
  CHECK(city[0].lifecycle() == v1::LIFECYCLE_END);
  CHECK(city[1].lifecycle() == v1::LIFECYCLE_UPDATE);
  CHECK(city[1].priority() == 9);
  CHECK(city[1].location().point().lon() == Approx(-122.4194));
  const auto fire = events_of(parsed(
      "cad_poll",
      R"({"time_zone":"America/Los_Angeles","scheme":"seattle_fire","columns":{"id":"incident_number",
      "occurred":"datetime","type_text":"type","address":"address","lat":"latitude","lon":"longitude","geometry":"report_location"}})",
      contents_of("feeds/socrata_cad/seattle_fire_911_kzjm-xkqj.json")));
  REQUIRE(fire.size() == 2);
  CHECK(fire[0].location().precision_note() == v1::PRECISION_NOTE_BLOCK);
  CHECK(fire[1].location().precision_note() == v1::PRECISION_NOTE_INTERSECTION);
  CHECK(fire[1].location().point().lat() == Approx(47.668653));
}

TEST_CASE("acoustic exports: Kansas City, San Francisco, Springfield", "[plugin][real]") {
  const auto kansas =
      parsed("acoustic", R"({"time_zone":"America/Chicago","default_state":"confirmed"})",
             contents_of("data/kansas_city_shotspotter_2016-2019.csv.gz"));
  CHECK(kansas.events.size() + kansas.rejects.size() == 6743);
  CHECK(kansas.events.size() == 6743);
  const auto francisco = parsed("acoustic", R"({"time_zone":"America/Los_Angeles"})",
                                contents_of("feeds/gunshot/san_francisco_shotspotter_a.csv"));
  CHECK(francisco.events.size() == 22);
  CHECK(francisco.rejects.empty());
  CHECK(events_of(francisco).front().gunshot_alert().rounds() == 6);
  const auto springfield = parsed(
      "acoustic",
      R"({"time_zone":"America/New_York","id_parts":["date","time_range","lat","lon","type"]})",
      contents_of("feeds/gunshot/springfield_ma_hour_ranges_a.csv"));
  CHECK(springfield.events.size() == 24);
  for (const auto& event : events_of(springfield)) {
    CHECK(event.times().rounding_seconds() == 3600);
    CHECK(event.flags().empty());
  }
}

TEST_CASE("Frigate: the documented messages", "[plugin][real]") {
  const auto answer =
      parsed("camera", "", contents_of("data/payloads/frigate_mqtt_doc_examples.jsonl"));
  CHECK(answer.events.size() == 7);
  CHECK(answer.skips == Counts{{"trigger", 1}});
  CHECK(answer.rejects.empty());
  for (const auto& part : answer.events) {
    CHECK(part.bytes.find("John") == std::string::npos);
  }
  for (const auto* name : {"mqtt_events_update.json", "mqtt_reviews_update.json",
                           "rest_events_front_door.json", "mqtt_tracked_object_update_lpr.json"}) {
    const auto bare = parsed("camera", "", contents_of(std::string("feeds/frigate/") + name));
    INFO(name);
    CHECK_FALSE(bare.events.empty());
    CHECK(bare.rejects.empty());
  }
}

TEST_CASE("UniFi Protect: 1,323 rows of real recorders", "[plugin][real]") {
  const auto answer = parsed("camera", "", contents_of("data/payloads/unifi_protect_events.jsonl"));
  CHECK(answer.events.size() == 1317);
  CHECK(answer.skips == Counts{{"device_state", 6}});
  CHECK(answer.rejects.empty());
  const auto stream =
      parsed("camera", "", contents_of("feeds/uiprotect/smartdetect_lifecycle.json"));
  CHECK(stream.events.size() == 5);
  CHECK(stream.rejects.empty());
  CHECK(parsed("camera", "", contents_of("feeds/uiprotect/package_born_closed_update.json"))
            .events.size() == 1);
}

const std::string kPosts =
    R"({"author_key":"a key for tests only","gazetteer":[{"names":["Riverside Park"],"lat":41.0,"lon":-72.0},
  {"names":["Oak and 3rd"],"lat":41.01,"lon":-72.01}],"event_words":{"gunshots":"shots","silah sesleri":"shots","crash":"crash"}})";

TEST_CASE("Jetstream: a capture is skipped by its reasons, reports stand out", "[plugin][real]") {
  const auto capture =
      parsed("social", kPosts, contents_of("data/payloads/bluesky_jetstream_152.jsonl"));
  CHECK(capture.parts() == 152);
  CHECK(capture.rejects.empty());
  CHECK(capture.events.size() == 1);  // a deletion
  CHECK(capture.skips == Counts{{"other_collection", 117},
                                {"repost", 15},
                                {"no_event_word", 17},
                                {"identity", 1},
                                {"account", 1}});
  const auto reports = events_of(
      parsed("social", kPosts, contents_of("feeds/jetstream/constructed_incident_posts.jsonl")));
  REQUIRE(reports.size() == 3);  // heard at Oak and 3rd; a Turkish report; a deletion
  CHECK(reports[0].kind_codes(0).code() == "shots");
  CHECK(reports[1].location().address_text() == "Riverside Park");
  CHECK(reports[2].lifecycle() == v1::LIFECYCLE_RETRACT);
  CHECK(parsed("social", kPosts, contents_of("feeds/jetstream/v2_commit_create_example.json"))
            .skips == Counts{{"other_collection", 1}});
  CHECK(
      parsed("social", kPosts, contents_of("feeds/jetstream/v1_with_cursor_example.json")).skips ==
      Counts{{"other_collection", 1}});
}

TEST_CASE("Mastodon: streams and frames as recorded", "[plugin][real]") {
  const auto deletion =
      parsed("social", kPosts, contents_of("feeds/mastodon/sse_status_update_and_delete.txt"));
  CHECK(deletion.events.size() == 2);  // an edit without a report, and a deletion: both retract
  CHECK(deletion.skips == Counts{{"heartbeat", 1}});
  CHECK(parsed("social", kPosts, contents_of("feeds/mastodon/sse_update_public.txt")).skips ==
        Counts{{"no_event_word", 1}});
  CHECK(parsed("social", kPosts, contents_of("feeds/mastodon/sse_user_local.txt")).skips ==
        Counts{{"heartbeat", 1}, {"no_event_word", 1}});
  CHECK(parsed("social", kPosts, contents_of("feeds/mastodon/websocket_frame_update.json")).skips ==
        Counts{{"no_event_word", 1}});
}

}  // namespace
}  // namespace fusiond::test
