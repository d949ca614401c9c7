#include "daemon/fusion/log_table.h"

#include <bit>

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
  if (n < 2) {
    return n;
  }
  std::uint64_t x = std::uint64_t{1} << ((std::bit_width(n) + 1) /
                                         2);  // at or above the root; Newton falls from there
  for (;;) {
    const std::uint64_t next = (x + n / x) / 2;
    if (next >= x) {
      return x;
    }
    x = next;
  }
}

}  // namespace fusiond::fusion
