#include "daemon/wire/incident_head.h"

#include <catch2/catch.hpp>

#include "daemon/wire/incident_wire.h"
#include "tests/support/random_model.h"

namespace fusiond::wire {

TEST_CASE("whose record it is is found without reading the rest", "[wire][incident]") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    const IncidentRevision revision = test::RandomModel(seed).revision();
    const auto head = incident_head(encode_incident(revision));
    REQUIRE(head.has_value());
    CHECK(head->id == revision.content.id);
    CHECK(head->epoch == revision.epoch);
    CHECK(head->revision == revision.revision);
  }
}

TEST_CASE("bytes that are no record have no head", "[wire][incident]") {
  CHECK(incident_head("").error().message == "incident_id is missing");
  CHECK_FALSE(incident_head("\x0a\xff").has_value());
}

}  // namespace fusiond::wire
