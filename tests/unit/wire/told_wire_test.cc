#include "daemon/wire/told_wire.h"

#include <string>

#include <catch2/catch.hpp>

#include "daemon/base/digest.h"
#include "daemon/wire/incident_bytes.h"
#include "daemon/wire/incident_wire.h"
#include "fusiond/v1/internal.pb.h"
#include "tests/support/random_model.h"

namespace fusiond::wire {

TEST_CASE("what was told is read back exactly, but for its confirmation", "[wire][state]") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    IncidentRevision revision = test::RandomModel(seed).revision();
    revision.content.state = seed % 3 == 0 ? IncidentState::withdrawn : IncidentState::open;
    ToldIncident told = told_of(revision);
    CHECK(told.members.size() ==
          revision.content.members.size() + revision.content.members_left_out.size());
    CHECK(told.last_words.empty() == (seed % 3 != 0));
    std::string bytes;
    append_told(told, bytes);
    const auto back = decode_told(bytes);
    REQUIRE(back.has_value());
    CHECK(*back == told);
    told.confirmed = false;
    std::string same;
    append_told(told, same);
    CHECK(same == bytes);
  }
}

TEST_CASE("the digest of what was told is that of the record's body", "[wire][state]") {
  const IncidentRevision revision = test::RandomModel(7).revision();
  std::string head;
  IncidentBytes().head(revision, head);
  const std::string record = encode_incident(revision);
  REQUIRE(record.starts_with(head));
  CHECK(told_of(revision).body == digest_of(std::string_view(record).substr(head.size())));
}

TEST_CASE("a row of what was told that makes no sense is corrupt", "[wire][state]") {
  const auto row = [](const auto& change) {
    v1::ToldIncident message;
    message.set_id(std::string(16, 'i'));
    message.set_revision(1);
    message.set_state(v1::INCIDENT_STATE_OPEN);
    change(message);
    return decode_told(message.SerializeAsString());
  };
  const auto is_refused = [&](const auto& change) {
    const auto told = row(change);
    return !told && told.error().fault == Fault::corrupt;
  };
  CHECK(row([](auto&) {}).has_value());
  CHECK(is_refused([](auto& m) { m.set_id("short"); }));
  CHECK(is_refused([](auto& m) { m.set_members(std::string(17, 'm')); }));
  CHECK(is_refused([](auto& m) { m.set_supersedes("x"); }));
  CHECK(is_refused([](auto& m) { m.set_merged_into("x"); }));
  CHECK(is_refused([](auto& m) { m.set_revision(0); }));
  CHECK(is_refused([](auto& m) { m.set_priority(11); }));
  CHECK(is_refused([](auto& m) { m.clear_state(); }));
  CHECK_FALSE(decode_told("\xff").has_value());
}

}  // namespace fusiond::wire
