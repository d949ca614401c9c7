#include "daemon/wire/records.h"

#include <catch2/catch.hpp>

#include "daemon/wire/tick_wire.h"
#include "tests/support/random_model.h"

namespace fusiond::wire {

TEST_CASE("a revision's key is its incident's id, and its headers name it and nothing else",
          "[wire][records]") {
  RevisionHeaders headers;
  headers.set({IncidentId{"the one before"}, UINT64_MAX, UINT64_MAX, wall_time(-5)});
  headers.set({IncidentId{"id"}, 12, 3, wall_time(1'687'111'200'000'000)});
  CHECK(headers.key() == "id");
  const ports::Headers got(headers.headers().begin(), headers.headers().end());
  CHECK(got == ports::Headers{{"ce_specversion", "1.0"},
                              {"ce_id", "id/12/3"},
                              {"ce_source", "/fusiond"},
                              {"ce_type", "fusiond.incident.v1"},
                              {"ce_time", "2023-06-18T18:00:00Z"},
                              {"ce_sequence", "00000000000000000012.00000000000000000003"},
                              {"ce_partitionkey", "id"},
                              {"content-type", "application/protobuf"}});
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
