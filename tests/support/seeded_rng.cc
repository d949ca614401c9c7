#include "tests/support/seeded_rng.h"

#include <cstdlib>

namespace fusiond::support {

std::uint64_t SeededRng::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::int64_t SeededRng::between(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
}

std::uint64_t test_seed(std::uint64_t fixed) {
  const char* given =
      std::getenv("FUSIOND_SEED");  // NOLINT(concurrency-mt-unsafe): before any thread
  return given == nullptr ? fixed : std::strtoull(given, nullptr, 10);
}

}  // namespace fusiond::support
