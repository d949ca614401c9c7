// maybe_same_as: how often two incidents turned out to be one, by how much evidence they lacked.
#pragma once

#include <cstdint>
#include <vector>

namespace fusiond::fusion {

// Tables by the nats that are missing: [0] none (another limit kept them apart), [1] less than one,
// [2] one to two, … Beyond the end it is never worth saying. Permille. Between two callers a
// dispatcher may still write the one matter into the other, so they become one much more often.
struct MaybeConfig {
  std::vector<std::uint32_t> calls_permille = {300, 580, 420, 340, 270, 160, 110, 74, 52};
  std::vector<std::uint32_t> others_permille = {100, 100, 66};
  std::uint32_t late_permille = 900;  // a report too late to be grouped that would have joined
  std::uint32_t least_permille = 50;  // what is less likely is not said
  friend bool operator==(const MaybeConfig&, const MaybeConfig&) = default;
};

}  // namespace fusiond::fusion
