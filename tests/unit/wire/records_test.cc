#include "daemon/wire/records.h"

#include <catch2/catch.hpp>

#include "daemon/wire/incident_wire.h"
#include "daemon/wire/tick_wire.h"
#include "tests/support/random_model.h"

namespace fusiond::wire {

TEST_CASE("an incident goes out as a change, then as the latest state, the same bytes",
          "[wire][records]") {
  test::RandomModel random(5);
  IncidentRevision revision = random.revision();
  revision.epoch = 12;
  revision.revision = 3;
  revision.updated = wall_time(1'687'111'200'000'000);
  const auto records =
      incident_records({"p.incidents.v1", "p.incident-changes.v1"},
                       {revision.content.id, 12, 3, revision.updated}, encode_incident(revision));
  const std::string id = revision.content.id.str();
  CHECK(records[0].topic == "p.incident-changes.v1");
  CHECK(records[1].topic == "p.incidents.v1");
  for (const auto& record : records) {
    CHECK(record.key == id);
    CHECK(record.value == encode_incident(revision));
    CHECK(header_of(record.headers, "ce_id") == id + "/12/3");
    CHECK(header_of(record.headers, "ce_type") == kIncidentType);
    CHECK(header_of(record.headers, "ce_specversion") == "1.0");
    CHECK(header_of(record.headers, "ce_time") == "2023-06-18T18:00:00Z");
    CHECK(header_of(record.headers, "ce_partitionkey") == id);
    CHECK(header_of(record.headers, "content-type") == "application/protobuf");
    CHECK(header_of(record.headers, "ce_sequence") == "00000000000000000012.00000000000000000003");
  }
}

TEST_CASE("an event's key is its id, a copy's is its root's", "[wire][records]") {
  Event event = test::RandomModel(1).event();
  event.copy_of.reset();
  event.revision = 4;
  auto record = event_record("p.events.v1", event, "bytes");
  CHECK(record.key == event.id.str());
  CHECK(record.value == "bytes");
  CHECK(header_of(record.headers, "ce_id") == event.id.str() + "-4");
  CHECK(header_of(record.headers, "ce_source") == event.source.str());
  CHECK_FALSE(header_of(record.headers, "ce_none").has_value());
  event.copy_of = EventId{"root"};
  CHECK(event_record("t", event, "").key == "root");
}

TEST_CASE("a tick goes to the partition it is made for", "[wire][records]") {
  const auto record = tick_record("t", 3, Tick{wall_time(1'000'000), {}});
  CHECK(record.partition == 3);
  CHECK(header_of(record.headers, "ce_type") == kTickType);
  CHECK(decode_tick(*record.value).has_value());
}

TEST_CASE("a dead letter says where it came from", "[wire][records]") {
  DeadLetter letter;
  letter.reason = "r";
  letter.position = "t/0@7";
  letter = sealed(letter, 10);
  const auto record = dead_letter_record("d", letter);
  CHECK(header_of(record.headers, "ce_type") == kDeadLetterType);
  CHECK(header_of(record.headers, "ce_source") == kOwnSource);
  CHECK(decode_dead_letter(*record.value)->position == "t/0@7");
}

}  // namespace fusiond::wire
