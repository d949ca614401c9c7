#include "daemon/fusion/earth_grid.h"

#include <algorithm>
#include <cstdlib>

#include "daemon/fusion/log_table.h"
#include "daemon/fusion/tables.h"

namespace fusiond::fusion {
namespace {

constexpr int kBits = 40;  // of the sines
constexpr std::int64_t kOne = std::int64_t{1} << kBits;
constexpr std::int64_t kRow = 3515625;               // 90 degrees / 256, in 1e-7 degrees: exact
constexpr std::int64_t kRadians = 32195642036;       // 1e-7 degrees in radians, 2^-64
constexpr std::int64_t kEccentricity2 = 7360548640;  // of WGS 84, squared, 2^-40
constexpr std::int64_t kEquator = 6378137 * kUnitsPerMetre;

struct Turn {
  std::int64_t sine;
  std::int64_t cosine;
};

std::int64_t times(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>((static_cast<Wide>(a) * b + kOne / 2) >> kBits);
}

// Requires: 0 <= angle <= 90 degrees. From the nearest row below by the addition theorem; the rest
// is below 0.0062, so its fourth power is dropped.
Turn turn_of(std::int64_t angle_e7) {
  const auto row = static_cast<std::size_t>(angle_e7 / kRow);
  const std::int64_t rest =
      static_cast<std::int64_t>((static_cast<Wide>(angle_e7 % kRow) * kRadians) >> (64 - kBits));
  const std::int64_t square = times(rest, rest);
  const std::int64_t rest_sine = rest - times(rest, square) / 6;
  const std::int64_t rest_cosine = kOne - square / 2;
  const std::int64_t sine = kSine[row];
  const std::int64_t cosine = kSine[256 - row];
  return {times(sine, rest_cosine) + times(cosine, rest_sine),
          times(cosine, rest_cosine) - times(sine, rest_sine)};
}

std::uint64_t root_of_wide(UWide n) {
  // n < 2^80 here: take the root of the upper part, then one step of Newton makes it good to 2^-40.
  const std::uint64_t high = root(static_cast<std::uint64_t>(n >> 20)) << 10;
  return static_cast<std::uint64_t>((high + n / high) / 2);
}

}  // namespace

GridPoint to_grid(std::int32_t lat_e7, std::int32_t lon_e7) {
  const std::int64_t lat = std::clamp<std::int64_t>(lat_e7, -900000000, 900000000);
  std::int64_t lon = lon_e7;
  if (lon > 1800000000) {
    lon -= 3600000000;
  }
  if (lon < -1800000000) {
    lon += 3600000000;
  }
  const bool behind = std::abs(lon) > 900000000;
  const Turn up = turn_of(std::abs(lat));
  Turn round = turn_of(behind ? 1800000000 - std::abs(lon) : std::abs(lon));
  if (behind) {
    round.cosine = -round.cosine;
  }
  // N = a / sqrt(1 - e^2 sin^2), with 12 more bits.
  const std::int64_t under = kOne - times(kEccentricity2, times(up.sine, up.sine));
  const std::uint64_t divisor = root_of_wide(static_cast<UWide>(under) << kBits);
  const auto normal =
      static_cast<std::int64_t>((static_cast<UWide>(kEquator) << (kBits + 12)) / divisor);
  const auto whole = [](std::int64_t value) { return (value + 2048) >> 12; };
  const std::int64_t flat = times(normal, up.cosine);
  const std::int64_t z = whole(times(normal - times(normal, kEccentricity2), up.sine));
  const std::int64_t y = whole(times(flat, round.sine));
  return {whole(times(flat, round.cosine)), lon < 0 ? -y : y, lat < 0 ? -z : z};
}

}  // namespace fusiond::fusion
