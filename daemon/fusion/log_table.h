// Logarithms, exponentials and roots in integers: the same last digit on every machine. Errors are
// bounded in tests/unit/fusion/log_table_test.cc.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "daemon/base/check.h"
#include "daemon/fusion/tables.h"

namespace fusiond::fusion {

__extension__ using Wide = __int128;
__extension__ using UWide = unsigned __int128;

// ln(n) in micro-nats, within 1. Requires: n > 0.
[[nodiscard]] std::int64_t ln_micro(UWide n);
// The same for numbers of 64 bits, cheaper.
[[nodiscard]] inline std::int64_t ln_micro_64(std::uint64_t n);

// exp(-x) in 2^-30, x in micro-nats; 0 beyond 31 nats. Requires: x >= 0.
[[nodiscard]] std::int64_t exp_q30(std::int64_t x_micro);

// The largest r with r * r <= n.
[[nodiscard]] std::uint64_t root(std::uint64_t n);

// The nearest whole number to a / b, halves away from zero. Requires: b > 0.
template <class T>
[[nodiscard]] constexpr T divided(T a, T b) {
  return a >= 0 ? (a + b / 2) / b : -((-a + b / 2) / b);
}

// Micro-nats as milli-nats.
[[nodiscard]] constexpr std::int64_t milli(std::int64_t micro) {
  return divided<std::int64_t>(micro, 1000);
}

constexpr std::int64_t kLnTwoPiMicro = 1837877;     // ln(2 pi)
constexpr std::int64_t kLnMillionMicro = 13815511;  // ln(1e6)

// ln(low * 2^shift). Requires: low > 0.
[[nodiscard]] inline std::int64_t ln_micro_of(std::uint64_t low, int shift) {
  constexpr std::int64_t kLnTwoNano = 693147181;
  const auto top = static_cast<int>(std::bit_width(low)) - 1;
  // The digits behind the leading one: ten bits find the row, the rest goes on a line between two
  // rows.
  const std::uint64_t digits = top == 0 ? 0 : low << (64 - top);
  const auto row = static_cast<std::size_t>(digits >> 54);
  const auto rest = static_cast<std::int64_t>((digits << 10) >> 34);  // 30 bits
  const std::int64_t step = kLnTable[row + 1] - kLnTable[row];
  const std::int64_t nano = kLnTable[row] + ((step * rest) >> 30) + (top + shift) * kLnTwoNano;
  return (nano + 500) / 1000;
}

inline std::int64_t ln_micro_64(std::uint64_t n) {
  FUSIOND_CHECK(n > 0, "only numbers above 0 have a logarithm");
  return ln_micro_of(n, 0);
}

}  // namespace fusiond::fusion
