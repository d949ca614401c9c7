// A probability in words that a person can act on.
#pragma once

#include <cstdint>
#include <string>

namespace fusiond {

// "about 7 in 10"; near the ends by the hundred: "about 97 in 100", "more than 99 in 100".
[[nodiscard]] inline std::string chance_words(std::uint32_t permille) {
  if (permille < 10) {
    return "fewer than 1 in 100";
  }
  if (permille > 990) {
    return "more than 99 in 100";
  }
  if (permille < 95 || permille > 905) {
    return "about " + std::to_string((permille + 5) / 10) + " in 100";
  }
  return "about " + std::to_string((permille + 50) / 100) + " in 10";
}

}  // namespace fusiond
