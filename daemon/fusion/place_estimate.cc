#include "daemon/fusion/place_estimate.h"

#include <algorithm>
#include <array>

#include "daemon/fusion/log_table.h"

namespace fusiond::fusion {
namespace {

constexpr std::int64_t kLn20Micro = 2995732;
constexpr Wide kWeightOne = Wide{1} << 32;
constexpr Wide kMilli = 1000;
constexpr std::int64_t kMostMetres = 20'040'000;  // half way round the earth

std::int64_t around(std::int64_t lon_e7) {
  if (lon_e7 > 1800000000) {
    return lon_e7 - 3600000000;
  }
  return lon_e7 < -1800000000 ? lon_e7 + 3600000000 : lon_e7;
}

void keep_best_per_witness(std::vector<Fix>& fixes) {
  if (fixes.size() == 1) {
    return;
  }
  std::stable_sort(fixes.begin(), fixes.end(), [](const Fix& a, const Fix& b) {
    return a.witness != b.witness ? a.witness < b.witness : a.variance_m2 < b.variance_m2;
  });
  fixes.erase(std::unique(fixes.begin(), fixes.end(),
                          [](const Fix& a, const Fix& b) { return a.witness == b.witness; }),
              fixes.end());
}

// The squared radius, in units of the estimate's variance, that holds 95 % of a bivariate t:
// nu (20^(2 / nu) - 1), in thousandths.
Wide quantile_milli_of(std::int64_t nu) {
  const Wide e = exp_q30(divided<std::int64_t>(2 * kLn20Micro, nu));
  return divided<Wide>(kMilli * nu * (exp_q30(0) - e), e);
}

// The same from a table, for as many as mostly occur.
Wide quantile_milli(std::int64_t nu) {
  static const auto kTable = [] {
    std::array<Wide, 64> table{};
    for (std::size_t i = 1; i < table.size(); ++i) {
      table[i] = quantile_milli_of(static_cast<std::int64_t>(i));
    }
    return table;
  }();
  const auto row = static_cast<std::size_t>(nu);
  return row < kTable.size() ? kTable[row] : quantile_milli_of(nu);
}

// How far the fixes lie from their mean, squared and in units of what they allow, in thousandths.
Wide chi_square_milli(const std::vector<Fix>& fixes, const Spot& mean) {
  Wide sum = 0;
  for (const Fix& fix : fixes) {
    const Wide units = kUnitsPerMetre * kUnitsPerMetre;
    sum += divided<Wide>(kMilli * distance2(*fix.spot, *mean), units * fix.variance_m2);
  }
  return sum;
}

std::uint32_t radius_of(Wide square) {
  constexpr std::int64_t kMost2 = kMostMetres * kMostMetres;
  const auto known = static_cast<std::uint64_t>(std::min<Wide>(square, kMost2));
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(kMostMetres, static_cast<std::int64_t>(root(known)) + 1));
}

// What the sums below come to for a single fix, as most are, without dividing 128 bits.
Estimate estimate_of_one(const Fix& fix, std::uint32_t trust) {
  constexpr auto kOne = static_cast<std::int64_t>(kWeightOne);
  Estimate estimate;
  estimate.lat_e7 = fix.place.lat_e7;
  estimate.lon_e7 = static_cast<std::int32_t>(around(fix.place.lon_e7));
  const std::int64_t weight = kOne / fix.variance_m2;
  const std::int64_t variance = (kOne + weight - 1) / weight;
  const auto quantile = static_cast<std::int64_t>(quantile_milli(std::int64_t{trust}));
  estimate.radius_m = radius_of(variance * quantile / 1000);
  return estimate;
}

}  // namespace

std::optional<Estimate> estimate_place(std::vector<Fix>& fixes, std::uint32_t trust) {
  if (fixes.empty()) {
    return std::nullopt;
  }
  if (fixes.size() == 1) {
    return estimate_of_one(fixes.front(), trust);
  }
  const Place base = fixes.front().place;
  keep_best_per_witness(fixes);
  Wide weights = 0;
  Wide north = 0;
  Wide east = 0;
  for (const Fix& fix : fixes) {
    const Wide weight = kWeightOne / fix.variance_m2;
    weights += weight;
    north += weight * (static_cast<std::int64_t>(fix.place.lat_e7) - base.lat_e7);
    east += weight * around(static_cast<std::int64_t>(fix.place.lon_e7) - base.lon_e7);
  }
  Estimate estimate;
  estimate.lat_e7 = static_cast<std::int32_t>(base.lat_e7 + divided<Wide>(north, weights));
  estimate.lon_e7 = static_cast<std::int32_t>(
      around(static_cast<std::int64_t>(base.lon_e7 + divided<Wide>(east, weights))));
  const auto freedom =
      static_cast<std::int64_t>(trust) + 2 * (static_cast<std::int64_t>(fixes.size()) - 1);
  Wide stretch_milli = kMilli;
  if (fixes.size() > 1) {
    const Spot mean{true, to_grid(estimate.lat_e7, estimate.lon_e7)};
    stretch_milli = std::max<Wide>(
        kMilli, divided<Wide>(kMilli * trust + chi_square_milli(fixes, mean), freedom));
  }
  const Wide variance = (kWeightOne + weights - 1) / weights;
  const Wide square = variance * stretch_milli * quantile_milli(freedom) / (kMilli * kMilli);
  estimate.radius_m = radius_of(square);
  return estimate;
}

std::optional<Estimate> circle_around(const std::vector<Place>& places) {
  if (places.empty()) {
    return std::nullopt;
  }
  const Place& base = places.front();
  const auto n = static_cast<std::int64_t>(places.size());
  std::int64_t north = 0;
  std::int64_t east = 0;
  for (const Place& place : places) {
    north += std::int64_t{place.lat_e7} - base.lat_e7;
    east += around(std::int64_t{place.lon_e7} - base.lon_e7);
  }
  Estimate circle;
  circle.lat_e7 = static_cast<std::int32_t>(base.lat_e7 + divided<std::int64_t>(north, n));
  circle.lon_e7 = static_cast<std::int32_t>(around(base.lon_e7 + divided<std::int64_t>(east, n)));
  const GridPoint centre = to_grid(circle.lat_e7, circle.lon_e7);
  std::int64_t radius = 0;
  for (const Place& place : places) {
    const GridPoint at = to_grid(place.lat_e7, place.lon_e7);
    const auto units = root(static_cast<std::uint64_t>(distance2(centre, at)));
    const auto metres = static_cast<std::int64_t>(units) / kUnitsPerMetre + 1;
    radius = std::max(radius, metres + (std::int64_t{place.radius_cm} + 99) / 100);
  }
  circle.radius_m = static_cast<std::uint32_t>(std::min(radius, kMostMetres));
  return circle;
}

}  // namespace fusiond::fusion
