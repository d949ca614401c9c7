#include "daemon/base/uuid.h"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

namespace fusiond {

TEST_CASE("a UUID is two numbers, in the order of its text", "[base]") {
  const std::string text = "0123abcd-4567-89ef-fedc-ba9876543210";
  const auto uuid = uuid_from(text);
  REQUIRE(uuid.has_value());
  CHECK(uuid->high == 0x0123abcd456789efULL);
  CHECK(uuid->low == 0xfedcba9876543210ULL);
  CHECK(text_of(*uuid) == text);
  CHECK(uuid_from("0123abcd-4567-89ef-fedc-ba9876543211") > uuid);
}

TEST_CASE("of each letter only sixteen make a UUID", "[base]") {
  const std::string text = "0123abcd-4567-89ef-fedc-ba9876543210";
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '-') {
      continue;
    }
    for (int letter = 0; letter < 256; ++letter) {
      std::string other = text;
      other[at] = static_cast<char>(letter);
      const auto uuid = uuid_from(other);
      REQUIRE(uuid.has_value() == (kDigits.find(other[at]) != std::string_view::npos));
      REQUIRE((!uuid || text_of(*uuid) == other));
    }
  }
}

TEST_CASE("what is no UUID in canonical form is none", "[base]") {
  for (const char* text :
       {"", "0123abcd", "0123ABCD-4567-89ef-fedc-ba9876543210",
        "0123abcd-4567-89ef-fedc-ba987654321", "0123abcd-4567-89ef-fedc-ba98765432100",
        "0123abcd+4567-89ef-fedc-ba9876543210", "0123abcg-4567-89ef-fedc-ba9876543210",
        "0123abcd-4567-89ef-fedc-ba9876-43210"}) {
    CHECK_FALSE(uuid_from(text).has_value());
  }
}

}  // namespace fusiond
