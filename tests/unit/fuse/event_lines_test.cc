#include "daemon/fuse/event_lines.h"

#include <catch2/catch.hpp>

#include "daemon/base/ids.h"

using namespace fusiond;

namespace {

std::string flat(const std::string& change_from = "", const std::string& change_to = "") {
  std::string line =
      R"({"event_id":"cad-1","rev":2,"op":"upsert","source":"cad","type":"assault","severity":2,)"
      R"("t_event_ms":1782864000000,"t_ingest_ms":1782864060000,"lat_e7":378000000,)"
      R"("lon_e7":-1222700000,"err_m":45.5,"err_conf_pct":90,"loc_method":"phone",)"
      R"("keys":{"cad":"C1","caller":"p1","text":"x"}})";
  if (!change_from.empty()) {
    line.replace(line.find(change_from), change_from.size(), change_to);
  }
  return line;
}

const std::string kProto =
    R"({"source":"acoustic/north","sourceEventId":"s-1","revision":"1","sourceKind":)"
    R"("SOURCE_KIND_ACOUSTIC","lifecycle":"LIFECYCLE_NEW","status":"STATUS_ACTUAL","times":)"
    R"({"occurred":"2026-07-01T00:00:00Z","received":"2026-07-01T00:00:05Z"},"location":{"point":)"
    R"({"lat":37.8,"lon":-122.27},"radiusM":25},"kindCodes":[{"scheme":"fusiond","code":"gunshot"}]})";

std::string fault_of(const std::string& line) {
  fuse::EventLines lines({});
  const auto event = lines.read(line);
  return event ? "" : event.error().message;
}

}  // namespace

TEST_CASE("a flat line becomes an event with our words for source, place and revision", "[fuse]") {
  fuse::EventLines lines({std::chrono::minutes{15}, std::chrono::seconds{30}});
  const auto event = lines.read(flat());
  REQUIRE(event);
  CHECK(event->name == "cad-1");
  CHECK(event->event->id == event_id_of(SourceId{"flat"}, "cad-1"));
  CHECK(event->event->source_kind == SourceKind::cad);
  CHECK(event->event->revision == 3);
  CHECK(event->event->lifecycle == Lifecycle::update);
  CHECK(event->event->kind == "assault");
  CHECK(micros_of(event->event->occurred) == 1'782'864'000'000'000);
  CHECK(event->event->lateness == std::chrono::minutes{15});
  REQUIRE(event->event->place);
  CHECK(*event->event->place == Place{378'000'000, -1'222'700'000, 4550, 900, LocationMethod::gps});
  CHECK(event->event->keys.cad_number == "C1");
  CHECK(event->event->provenance == "caller:p1");
  CHECK(event->event->content_hash != 0);
}

TEST_CASE("what officers found is read from either form, in the city's code", "[fuse]") {
  fuse::EventLines lines({});
  std::string line = flat();
  CHECK(lines.read(line)->disposition.empty());
  line.insert(1, R"("disposition":"UNF",)");
  CHECK(lines.read(line)->disposition == "UNF");
  line = kProto;
  CHECK(lines.read(line)->disposition.empty());
  line.insert(1, R"("cadCall":{"cadNumber":"7","disposition":"RTF"},)");
  CHECK(lines.read(line)->disposition == "RTF");
}

TEST_CASE("an event as JSON is read as from the topic, and what intake stamps may be missing",
          "[fuse]") {
  fuse::EventLines lines({});
  const auto event = lines.read(kProto);
  REQUIRE(event);
  CHECK(event->event->id == event_id_of(SourceId{"acoustic/north"}, "s-1"));
  CHECK(event->event->source_kind == SourceKind::acoustic);
  CHECK(event->event->kind == "gunshot");
  CHECK(event->event->lateness == std::chrono::hours{1});
  CHECK(event->event->content_hash != 0);
}

TEST_CASE("a repeat has the same hash, a newer revision and a retraction another", "[fuse]") {
  fuse::EventLines lines({});
  const auto first = lines.read(flat());
  const auto again =
      lines.read(flat("\"t_ingest_ms\":1782864060000", "\"t_ingest_ms\":1782864090000"));
  const auto newer = lines.read(flat("\"rev\":2", "\"rev\":3"));
  const auto gone = lines.read(flat("upsert", "retract"));
  REQUIRE((first && again && newer && gone));
  CHECK(first->event->content_hash == again->event->content_hash);
  CHECK(first->event->content_hash != newer->event->content_hash);
  CHECK(first->event->content_hash != gone->event->content_hash);
}

TEST_CASE("an event from the future is clamped to its ingest time and the skew", "[fuse]") {
  fuse::EventLines lines({});
  const auto event =
      lines.read(flat("\"t_ingest_ms\":1782864060000", "\"t_ingest_ms\":1782863000000"));
  REQUIRE(event);
  CHECK(micros_of(event->event->occurred) == micros_of(event->event->received) + 30'000'000);
  CHECK(event->event->flags == std::vector<std::string>{"time_clamped"});
}

TEST_CASE("what is wrong with a line is said with its field and value", "[fuse]") {
  CHECK(fault_of("{").starts_with("no JSON: "));
  CHECK(fault_of("7") == "must be a JSON object");
  CHECK(fault_of("{\"a\":1}") ==
        "neither an event as JSON (it has no times) nor a flat line (it has no t_event_ms)");
  CHECK(fault_of(flat("\"event_id\":\"cad-1\",", "")) == "event_id is missing");
  CHECK(fault_of(flat("\"t_ingest_ms\":1782864060000", "\"t_ingest_ms\":\"soon\"")) ==
        "t_ingest_ms must be a whole number from -7258118400000 to 7258118400000, got: \"soon\"");
  CHECK(fault_of(flat("\"lat_e7\":378000000", "\"lat_e7\":950000000")) ==
        "lat_e7 must be a whole number from -850500000 to 850500000, got: 950000000");
  CHECK(fault_of(flat("\"lat_e7\":378000000,", "")) == "lat_e7 is missing");
  CHECK(fault_of(flat("upsert", "delete")) == "op must be upsert or retract, got: delete");
  CHECK(fault_of(flat("\"caller\":\"p1\"", "\"caller\":7")) ==
        "keys.caller must be a text, got: 7");
  CHECK(fault_of(R"({"times":{},"colour":"red"})").starts_with("not an event in JSON: "));
  CHECK(fault_of(R"({"times":{},"source":"a"})").starts_with("event_id is missing"));
}

TEST_CASE("a person's word is a line, too, and may name flat events", "[fuse]") {
  fuse::EventLines lines({});
  const auto said = lines.read(
      R"({"wordId":"0b2c1f0a-93a1-4ffb-9d43-2f5b1e6f7a10","revision":"1","kind":"WORD_KIND_SAME",)"
      R"("eventId":"cad-1","otherEventId":"cad-2","author":"Ann","reason":"one car","saidUs":"1782864000000000"})");
  REQUIRE(said);
  REQUIRE(said->word);
  CHECK_FALSE(said->event);
  CHECK(said->word->event == fuse::id_of_name("cad-1"));
  CHECK(said->word->kind == WordKind::same);
  CHECK(fault_of(R"({"wordId":"w"})") == "word_id is not a UUID");
}
