#include "daemon/base/digest.h"

#include <set>
#include <string>

#include <catch2/catch.hpp>

namespace fusiond {

TEST_CASE("a digest tells texts apart, whatever byte differs and however long they are", "[base]") {
  std::set<std::uint64_t> seen;
  std::string text;
  std::size_t texts = 0;
  for (int length = 0; length < 130; ++length) {
    seen.insert(digest_of(text));
    ++texts;
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (int bit = 0; bit < 8; bit += 3) {
        std::string changed = text;
        changed[at] = static_cast<char>(changed[at] ^ 1 << bit);
        seen.insert(digest_of(changed));
        ++texts;
      }
    }
    text.push_back('\0');
  }
  CHECK(seen.size() == texts);
}

TEST_CASE("a digest is the same wherever the text lies, and in every build", "[base]") {
  const std::string text = "a text of more than thirty-two bytes, so that both lanes are used";
  const std::string moved = "x" + text;
  CHECK(digest_of(text) == digest_of(std::string_view(moved).substr(1)));
  CHECK(digest_of("") == 0x841c1c5e1806b734);
  CHECK(digest_of(text) == 0x3e1699a97dc4a36e);
}

}  // namespace fusiond
