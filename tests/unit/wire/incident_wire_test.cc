#include "daemon/wire/incident_wire.h"

#include <catch2/catch.hpp>

#include "fusiond/v1/incident.pb.h"
#include "tests/support/random_model.h"

namespace fusiond::wire {

TEST_CASE("a revision is read back from its bytes, and its bytes never change",
          "[wire][incident]") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    INFO("seed " << seed);
    const IncidentRevision revision = test::RandomModel(seed).revision();
    const std::string bytes = encode_incident(revision);
    const auto back = decode_incident(bytes);
    REQUIRE(back.has_value());
    REQUIRE(back->content == revision.content);
    REQUIRE(back->epoch == revision.epoch);
    REQUIRE(back->cause.input == revision.cause.input);
    REQUIRE(back->supersedes == revision.supersedes);
    REQUIRE(encode_incident(*back) == bytes);
  }
}

TEST_CASE("an incident that lacks its id, revision or state is refused by name",
          "[wire][incident]") {
  v1::Incident message;
  const auto fault = [&] { return decode_incident(message.SerializeAsString()).error().message; };
  CHECK(fault() == "incident_id is missing");
  message.set_incident_id("i");
  CHECK(fault() == "revision is missing");
  message.set_revision(1);
  CHECK(fault() == "state is missing");
  message.set_state(v1::INCIDENT_STATE_OPEN);
  CHECK(fault() == "change is missing");
  message.set_change(static_cast<v1::IncidentChange>(99));
  CHECK(fault() == "change is not known: 99");
  message.set_change(v1::INCIDENT_CHANGE_OPEN);
  CHECK(decode_incident(message.SerializeAsString()).has_value());
  message.set_priority(11);
  CHECK(fault() == "priority must be 0 to 10, got: 11");
}

TEST_CASE("JSON has the names of the proto and takes one line", "[wire][incident]") {
  IncidentRevision revision;
  revision.content.id = IncidentId{"i1"};
  revision.revision = 3;
  revision.content.place = Estimate{378'044'000, -1'222'712'000, 90};
  const std::string json = incident_json(revision);
  CHECK(json.find("\"incident_id\":\"i1\"") != std::string::npos);
  CHECK(json.find("\"lat_e7\":378044000") != std::string::npos);
  CHECK(json.find('\n') == std::string::npos);
  const auto from_bytes = incident_json(encode_incident(revision));
  REQUIRE(from_bytes.has_value());
  CHECK(*from_bytes == json);
  CHECK_FALSE(incident_json(std::string_view("\xff")).has_value());
}

}  // namespace fusiond::wire
