// The seeds of a test over generated cities, and the line that replays one of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fusiond {

// `usual` seeds from `fixed` on, after those that once failed: `kept` stays for ever. With
// FUSIOND_SEED other seeds from there on and nothing kept; with FUSIOND_CITIES as many.
std::vector<std::uint64_t> seeds(std::uint64_t fixed, std::uint64_t usual,
                                 std::vector<std::uint64_t> kept = {});

// Is a single city replayed? Then a test may look closer.
bool replays_one();

// The line that replays the running test with one seed.
std::string replay(std::uint64_t seed);

}  // namespace fusiond
