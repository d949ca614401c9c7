#include "daemon/fusion/log_table.h"

#include <cmath>

#include <catch2/catch.hpp>

#include "tests/support/seeded_rng.h"

namespace fusiond::fusion {

TEST_CASE("logarithms are within a micro-nat of the true ones", "[fusion][log_table]") {
  CHECK(ln_micro(1) == 0);
  support::SeededRng rng{1};
  for (int i = 0; i < 200000; ++i) {
    const std::uint64_t n = (rng.next() >> rng.below(64)) | 1;
    const double error = static_cast<double>(ln_micro(n)) - 1e6 * std::log(static_cast<double>(n));
    REQUIRE(std::abs(error) <= 1.0);
  }
  CHECK(ln_micro(UWide{1} << 100) == 69314718);
}

TEST_CASE("logarithms never fall", "[fusion][log_table]") {
  for (std::uint64_t n = 1; n < 100000; ++n) {
    REQUIRE(ln_micro(n) <= ln_micro(n + 1));
  }
}

TEST_CASE("exponentials are within 3 parts in 2^30 of the true ones, and 0 far out",
          "[fusion][log_table]") {
  CHECK(exp_q30(0) == std::int64_t{1} << 30);
  for (std::int64_t x = 0; x < 31000000; x += 77) {
    const double error =
        static_cast<double>(exp_q30(x)) - std::ldexp(std::exp(-1e-6 * static_cast<double>(x)), 30);
    REQUIRE(std::abs(error) <= 3.0);
  }
  CHECK(exp_q30(std::int64_t{1} << 60) == 0);
}

TEST_CASE("roots are exact", "[fusion][log_table]") {
  support::SeededRng rng{2};
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t n = rng.next() >> rng.below(64);
    const auto r = static_cast<UWide>(root(n));
    REQUIRE((r * r <= n && (r + 1) * (r + 1) > n));
  }
  CHECK(root(~std::uint64_t{0}) == 4294967295);
}

TEST_CASE("division rounds to the nearest, halves away from zero", "[fusion][log_table]") {
  CHECK(divided(5, 2) == 3);
  CHECK(divided(-5, 2) == -3);
  CHECK(divided(-4, 3) == -1);
}

}  // namespace fusiond::fusion
