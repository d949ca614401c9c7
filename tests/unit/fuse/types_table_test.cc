#include "daemon/fuse/types_table.h"

#include <catch2/catch.hpp>

#include "tests/support/small_association.h"

using namespace fusiond;
using support::small_association;

TEST_CASE("a table of types replaces the rows that it names and leaves the rest", "[fuse]") {
  const auto config = fuse::with_types(
      small_association(),
      R"({"p_family_given_type":{"crash":{"crash":0.9,"fire":0.1},"bang":{"shots":1}},)"
      R"("delay_mean_s":{"acoustic":7.5,"weather":1},"standoff_m":{"avl":20,"device":55,"lpr":80},)"
      R"("caller_standoff_m":{"fire":99}})");
  REQUIRE(config);
  CHECK(config->kinds.at("crash") == std::vector<std::uint32_t>{0, 900000, 100000, 0, 0});
  CHECK(config->kinds.at("bang") == std::vector<std::uint32_t>{1000000, 0, 0, 0, 0});
  CHECK(config->kinds.at("fight") == small_association().kinds.at("fight"));
  CHECK(config->delay_mean.at(SourceKind::acoustic) == std::chrono::milliseconds{7500});
  CHECK(config->delay_mean.at(SourceKind::cad) == std::chrono::seconds{170});
  CHECK(config->stand_off_m.at(SourceKind::cad) == 20);
  CHECK(config->stand_off_m.at(SourceKind::plate) == 80);
  CHECK(config->default_stand_off_m == 55);
  CHECK(config->caller_stand_off_m == std::vector<std::uint32_t>{230, 45, 99, 45, 60});
  CHECK(config->theta_mn == small_association().theta_mn);
}

TEST_CASE("the version tells which table lay over the association", "[fuse]") {
  const auto one = fuse::with_types(small_association(), "{}");
  const auto other = fuse::with_types(small_association(), R"({"delay_mean_s":{"cad":171}})");
  REQUIRE((one && other));
  CHECK(one->version.starts_with("small-1+types."));
  CHECK(one->version != other->version);
}

TEST_CASE("a table that cannot be is refused with what is wrong in it", "[fuse]") {
  const auto fault = [](const char* json) {
    const auto config = fuse::with_types(small_association(), json);
    return config ? std::string() : config.error().message;
  };
  CHECK(fault("[").starts_with("table of types: no JSON: "));
  CHECK(fault(R"({"p_family_given_type":{"bang":{"noise":1}}})") ==
        "table of types: p_family_given_type.bang.noise must be a family of the association and a "
        "number from 0 to 1, got: 1");
  CHECK(fault(R"({"caller_standoff_m":{"noise":1}})") ==
        "table of types: caller_standoff_m: no such family: noise");
  CHECK(fault(R"({"delay_mean_s":{"cad":-1}})") ==
        "table of types: delay_mean_s.cad must be a number from 0 to 86400, got: -1");
}

TEST_CASE("a table knows one stand-off a family; where there are two scales, both stretch alike",
          "[fuse]") {
  auto two = support::small_association();
  two.caller_afar = {{500, 350}, {}, {}, {}, {}};
  two.caller_stand_off_m[0] = 120;  // as one: 275 m
  const auto config = fuse::with_types(two, R"({"caller_standoff_m":{"shots":230,"crash":50}})");
  REQUIRE(config);
  CHECK(config->caller_stand_off_m[0] == 100);
  CHECK(config->caller_afar[0] == fusion::AssociationConfig::Afar{500, 293});
  CHECK(config->caller_stand_off_m[1] == 50);
  CHECK(config->caller_afar[1] == fusion::AssociationConfig::Afar{});
}
