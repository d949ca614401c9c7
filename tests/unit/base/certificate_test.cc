#include "daemon/base/certificate.h"

#include <catch2/catch.hpp>

#include "tests/support/made_certificate.h"

using namespace fusiond;

TEST_CASE("a certificate says whose it is and from when until when it is good", "[base]") {
  const auto from = *parse_rfc3339("2024-02-29T01:02:03Z");
  const auto until = *parse_rfc3339("2051-12-31T23:59:59Z");  // from 2050 on another kind of time
  const auto made = test::make_certificate("intake", from, until);
  const auto read = read_certificate("a line before it\n" + made.certificate + made.key);
  REQUIRE(read);
  CHECK(read->subject == "CN=intake");
  CHECK(read->not_before == from);
  CHECK(read->not_after == until);
}

TEST_CASE("what is no certificate is bad_config", "[base]") {
  const auto made = test::make_certificate("x", wall_time(0), wall_time(1'000'000));
  for (const std::string& text : {std::string(), std::string("PEM"), made.key,
                                  made.certificate.substr(0, made.certificate.size() / 2)}) {
    const auto read = read_certificate(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().fault == Fault::bad_config);
  }
}
