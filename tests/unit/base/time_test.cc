#include "daemon/base/time.h"

#include <catch2/catch.hpp>

using namespace fusiond;

TEST_CASE("times are written with as many digits as they need", "[base]") {
  CHECK(to_rfc3339(0) == "1970-01-01T00:00:00Z");
  CHECK(to_rfc3339(1'687'111'200'000'000) == "2023-06-18T18:00:00Z");
  CHECK(to_rfc3339(1'687'111'200'500'000) == "2023-06-18T18:00:00.500Z");
  CHECK(to_rfc3339(1'687'111'200'000'001) == "2023-06-18T18:00:00.000001Z");
  CHECK(to_rfc3339(-1) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("times are read with offsets and fractions", "[base]") {
  const auto us = [](std::string_view text) {
    const auto time = parse_rfc3339(text);
    REQUIRE(time);
    return micros_of(*time);
  };
  CHECK(us("2023-06-18T18:00:00Z") == 1'687'111'200'000'000);
  CHECK(us("2023-06-18T11:00:00-07:00") == 1'687'111'200'000'000);
  CHECK(us("2023-06-18T23:30:00+0530") == 1'687'111'200'000'000);
  CHECK(us("2023-06-18t18:00:00.5z") == 1'687'111'200'500'000);
  CHECK(us("2023-06-18T18:00:00.1234567Z") == 1'687'111'200'123'456);
}

TEST_CASE("what is no time is refused with the text", "[base]") {
  for (const char* text :
       {"", "yesterday", "2023-06-18", "2023-06-18T18:00:00", "2023-13-18T18:00:00Z",
        "2023-02-30T18:00:00Z", "2023-06-18T24:00:00Z", "2023-06-18T18:60:00Z",
        "2023-06-18T18:00:00.Z", "2023-06-18T18:00:00+99:00", "2023-06-18T18:00:00Zx"}) {
    INFO(text);
    const auto time = parse_rfc3339(text);
    REQUIRE_FALSE(time);
    CHECK(time.error().fault == Fault::bad_input);
    CHECK(time.error().message.ends_with(text));
  }
}

TEST_CASE("what is written is read back", "[base]") {
  for (std::int64_t us = -5'000'000'000'000'007; us < 5'000'000'000'000'000;
       us += 123'456'789'012'345) {
    const auto time = parse_rfc3339(to_rfc3339(us));
    REQUIRE(time);
    CHECK(micros_of(*time) == us);
  }
}
