#include "daemon/base/sha1.h"

#include <string>

#include <catch2/catch.hpp>

using namespace fusiond;

namespace {

using Sixteen = std::pair<std::uint64_t, std::uint64_t>;

Sixteen sha1_of(std::string_view bytes, Sha1::Way way = Sha1::Way::best) {
  Sha1 digest(way);
  digest.add(bytes);
  return digest.first_sixteen();
}

}  // namespace

// FIPS 180-4's own examples, and lengths at which the padding needs a block of its own, from
// sha1sum.
TEST_CASE("SHA-1 gives the digests of its standard", "[base]") {
  CHECK(sha1_of("abc") == Sixteen{0xa9993e364706816a, 0xba3e25717850c26c});
  CHECK(sha1_of("") == Sixteen{0xda39a3ee5e6b4b0d, 0x3255bfef95601890});
  CHECK(sha1_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        Sixteen{0x84983e441c3bd26e, 0xbaae4aa1f95129e5});
  CHECK(sha1_of(std::string(1'000'000, 'a')) == Sixteen{0x34aa973cd4c4daa4, 0xf61eeb2bdbad2731});
}

TEST_CASE("SHA-1 does not depend on how its bytes come in", "[base]") {
  std::string bytes;
  for (std::size_t size = 0; size < 200; ++size) {
    Sha1 digest;
    digest.add(std::string_view(bytes).substr(0, size / 3));
    digest.add(std::string_view(bytes).substr(size / 3));
    INFO("bytes: " << size);
    CHECK(digest.first_sixteen() == sha1_of(bytes));
    CHECK(sha1_of(bytes, Sha1::Way::plain) == sha1_of(bytes));
    bytes.push_back(static_cast<char>(size * 37));
  }
  Sha1 number;
  number.add(std::uint64_t{0x6162636465666768});
  CHECK(number.first_sixteen() == sha1_of("abcdefgh"));
}
