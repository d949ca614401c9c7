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

TEST_CASE("a brief says what the whole record says", "[wire][incident]") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    const IncidentRevision revision = test::RandomModel(seed).revision();
    const auto brief = incident_brief(encode_incident(revision));
    REQUIRE(brief.has_value());
    CHECK(brief->id == revision.content.id.str());
    CHECK(brief->epoch == revision.epoch);
    CHECK(brief->revision == revision.revision);
    CHECK(brief->state == revision.content.state);
    CHECK(brief->updated == revision.updated);
  }
}

TEST_CASE("what has a brief can be printed, however its bytes were damaged", "[wire][incident]") {
  std::size_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string whole = encode_incident(test::RandomModel(seed).revision());
    for (std::size_t i = 0; i < whole.size(); i += 3) {
      std::string bytes = whole;
      bytes[i] = static_cast<char>(bytes[i] + static_cast<char>(1 + (i + seed) % 250));
      for (const std::string_view damaged :
           {std::string_view(bytes), std::string_view(whole).substr(0, i)}) {
        INFO("seed " << seed << ", at " << i);
        if (incident_brief(damaged)) {
          CHECK(incident_json(damaged).has_value());
        } else {
          ++refused;
        }
      }
    }
  }
  CHECK(refused > 100);
}

}  // namespace fusiond::wire
