#include "daemon/fusion/log_table.h"

#include <cmath>

#include "daemon/base/check.h"
#include "daemon/fusion/tables.h"

namespace fusiond::fusion {
std::int64_t ln_micro(UWide n) {
  FUSIOND_CHECK(n > 0, "only numbers above 0 have a logarithm");
  int shift = 0;
  while ((n >> 64) != 0) {
    n >>= 1;
    ++shift;
  }
  return ln_micro_of(static_cast<std::uint64_t>(n), shift);
}

std::int64_t exp_q30(std::int64_t x_micro) {
  FUSIOND_CHECK(x_micro >= 0, "only powers below one are tabled");
  const std::int64_t whole = x_micro / 1000000;
  if (whole >= 32) {
    return 0;
  }
  const std::int64_t part = (x_micro % 1000000) * 1024;  // in 1e-6 / 1024
  const auto row = static_cast<std::size_t>(part / 1000000);
  const std::int64_t rest = ((part % 1000000) << 20) / 1000000;  // of a row, 2^-20; 2^-30 of a nat
  const Wide product =
      static_cast<Wide>(kExpWhole[static_cast<std::size_t>(whole)]) * kExpPart[row];
  const Wide slope = (Wide{1} << 30) - rest + ((static_cast<Wide>(rest) * rest) >> 31);
  return static_cast<std::int64_t>((product * slope) >> 71);
}

std::uint64_t root(std::uint64_t n) {
  constexpr std::uint64_t kLargest = 0xFFFFFFFF;  // of all roots
  // A double's root is off by one at most; which way, the integers say. Dividing until nothing
  // falls any more costs ten times as much.
  auto x = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(n)));
  while (x > kLargest || x * x > n) {
    --x;
  }
  while (x < kLargest && (x + 1) * (x + 1) <= n) {
    ++x;
  }
  return x;
}

}  // namespace fusiond::fusion
