#include "tests/property/seeds.h"

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <catch2/catch.hpp>

#include "tests/support/seeded_rng.h"

namespace fusiond {
namespace {

std::uint64_t city_count(std::uint64_t usual) {
  const char* given = std::getenv("FUSIOND_CITIES");  // NOLINT(concurrency-mt-unsafe): one thread
  return given == nullptr ? usual : std::strtoull(given, nullptr, 10);
}

}  // namespace

std::vector<std::uint64_t> seeds(std::uint64_t fixed, std::uint64_t usual,
                                 std::vector<std::uint64_t> kept) {
  const char* given = std::getenv("FUSIOND_SEED");  // NOLINT(concurrency-mt-unsafe): one thread
  std::vector<std::uint64_t> list =
      given == nullptr ? std::move(kept) : std::vector<std::uint64_t>{};
  const std::uint64_t first = support::test_seed(fixed);
  for (std::uint64_t seed = first; seed < first + city_count(usual); ++seed) {
    list.push_back(seed);
  }
  return list;
}

bool replays_one() {
  return city_count(0) == 1;
}

std::string replay(std::uint64_t seed) {
  std::string name;
  for (const char letter : Catch::getResultCapture().getCurrentTestName()) {
    name += letter == ',' ? "\\," : std::string(1, letter);  // a bare one would part two names
  }
  return "replay: FUSIOND_SEED=" + std::to_string(seed) + " FUSIOND_CITIES=1 build/dev/bin/" +
         program_invocation_short_name + " \"" + name + "\"";
}

}  // namespace fusiond
