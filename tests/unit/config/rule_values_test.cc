#include "daemon/config/rule_values.h"

#include <catch2/catch.hpp>

using namespace fusiond;
using namespace fusiond::config;

namespace {

WallTime at(const char* text) {
  return *parse_rfc3339(text);
}

}  // namespace

TEST_CASE("quantities are read exactly, in every unit", "[config][rules]") {
  CHECK(*read_distance_cm("400 m") == 40'000);
  CHECK(*read_distance_cm("400m") == 40'000);
  CHECK(*read_distance_cm("1.2 km") == 120'000);
  CHECK(*read_distance_cm("1300 ft") == 39'624);
  CHECK(*read_distance_cm("0.5 mi") == 80'467);
  CHECK(*read_length_of_time("-30 s") == -std::chrono::seconds{30});
  CHECK(*read_length_of_time("1.5 min") == std::chrono::seconds{90});
  CHECK(*read_length_of_time("24 h") == std::chrono::hours{24});
  CHECK(*read_length_of_time("30 d") == std::chrono::hours{720});
  CHECK(*read_speed_mm_per_s("200 km/h") == 55'556);
  CHECK(*read_speed_mm_per_s("at most 60 mph") == 26'822);
  CHECK(*read_speed_mm_per_s("20 m/s") == 20'000);
  CHECK(*read_factor_mn("4x") == 1386);
  CHECK(*read_factor_mn("0.4x") == -916);
  CHECK(*read_factor_mn("1x") == 0);
  CHECK(*read_permille("0.6") == 600);
  CHECK(*read_odds_mn("0.5") == 0);
  CHECK(*read_odds_mn("0.55") == 201);
  CHECK(*read_degrees("-87.63", 180) == -876'300'000);
  CHECK(*read_degrees("41.88001234", 90) == 418'800'123);
}

TEST_CASE("what is no quantity says what is accepted", "[config][rules]") {
  for (const char* text : {"", "m", "400", "400 yards", "4OO m", "1.2.3 m", "-5 m", "0 m", "1e3 m",
                           "400 m!", "999999999999 m", "200 km", "nan m"}) {
    INFO(text);
    CHECK(!read_distance_cm(text));
  }
  CHECK(read_distance_cm("400").error().message ==
        "`400` has no unit; write a distance in m, km, ft or mi, such as 400 m");
  CHECK(read_distance_cm("400 yards").error().message ==
        "`400 yards` has a unit that is not known here; write a distance in m, km, ft or mi, such "
        "as 400 m");
  for (const char* text : {"5", "5 minutes", "soon", "5 m", "99999 d"}) {
    INFO(text);
    CHECK(!read_length_of_time(text));
  }
  for (const char* text : {"4", "x", "4 x", "-4x", "0x", "2000x"}) {
    INFO(text);
    CHECK(!read_factor_mn(text));
  }
  for (const char* text : {"55", "1.1", "-0.1", "50%", "half"}) {
    INFO(text);
    CHECK(!read_permille(text));
    CHECK(!read_odds_mn(text));
  }
  CHECK(!read_odds_mn("1"));
  CHECK(!read_odds_mn("0"));
  CHECK(!read_date("30.11.2026"));
  CHECK(!read_date("2026-02-30"));
}

TEST_CASE("daily hours follow their zone's clock over a change of clocks", "[config][rules]") {
  const auto night = read_hours("18:00-02:00 America/Chicago");
  REQUIRE(night);
  // Clocks went back on 1 November 2026 at 2:00: that night ends at the later two o'clock.
  const auto spans = spans_of(*night, at("2026-10-31T12:00:00Z"), at("2026-11-02T12:00:00Z"));
  REQUIRE(spans.size() == 2);
  CHECK(spans[0].from == at("2026-10-31T23:00:00Z"));
  CHECK(spans[0].to == at("2026-11-01T08:00:00Z"));
  CHECK(spans[1].from == at("2026-11-02T00:00:00Z"));
  CHECK(spans[1].to == at("2026-11-02T08:00:00Z"));
  // They went forward on 8 March 2026: half past two was not.
  const auto gap = read_hours("02:30-03:30 America/Chicago");
  REQUIRE(gap);
  const auto spring = spans_of(*gap, at("2026-03-08T00:00:00Z"), at("2026-03-08T23:00:00Z"));
  REQUIRE(spring.size() == 1);
  CHECK(spring[0].from == at("2026-03-08T08:00:00Z"));
  CHECK(spring[0].to == at("2026-03-08T08:30:00Z"));
  CHECK(!read_hours("18:00-02:00"));
  CHECK(!read_hours("18:00-02:00 Chicago"));
  CHECK(!read_hours("25:00-02:00 America/Chicago"));
  CHECK(!read_hours("6pm-2am America/Chicago"));
}
