#include "daemon/base/sha256.h"

#include <catch2/catch.hpp>

using namespace fusiond;

// The value for "abc" stands in FIPS 180-2, appendix B.
TEST_CASE("SHA-256 gives the standard's example, at once and piece by piece", "[base]") {
  constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  CHECK(hex_of(sha256("abc")) == kAbc);
  Sha256Stream stream;
  stream.add("a");
  stream.add("");
  stream.add("bc");
  CHECK(hex_of(stream.finish()) == kAbc);
  CHECK(first_eight_of(sha256("abc")) == 0xba7816bf8f01cfeaULL);
}

TEST_CASE("hex is lower case, two digits a byte", "[base]") {
  CHECK(hex_of(std::string_view("\x00\xaf", 2)) == "00af");
}
