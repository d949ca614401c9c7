#include "daemon/route/areas.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace fusiond::route {
namespace {

constexpr std::int64_t kDegree = 10'000'000;
constexpr std::int64_t kRound = 360 * kDegree;
constexpr std::int64_t kPole = 90 * kDegree;
// A metre of latitude is 89.5 (at the poles) to 90.5 (at the equator) of 1e-7 degrees.
constexpr std::int64_t kPerMetre = 90;
constexpr std::int64_t kPerMetreAtMost = 91;

// Cosines of whole degrees, rounded down, parts per million.
constexpr std::array<std::int64_t, 91> kCosine = {
    1000000, 999847, 999390, 998629, 997564, 996194, 994521, 992546, 990268, 987688, 984807, 981627,
    978147,  974370, 970295, 965925, 961261, 956304, 951056, 945518, 939692, 933580, 927183, 920504,
    913545,  906307, 898794, 891006, 882947, 874619, 866025, 857167, 848048, 838670, 829037, 819152,
    809016,  798635, 788010, 777145, 766044, 754709, 743144, 731353, 719339, 707106, 694658, 681998,
    669130,  656059, 642787, 629320, 615661, 601815, 587785, 573576, 559192, 544639, 529919, 515038,
    500000,  484809, 469471, 453990, 438371, 422618, 406736, 390731, 374606, 358367, 342020, 325568,
    309016,  292371, 275637, 258819, 241921, 224951, 207911, 190808, 173648, 156434, 139173, 121869,
    104528,  87155,  69756,  52335,  34899,  17452,  0,
};

// Units of longitude that are as long as `units` of latitude, at a latitude that is rounded to the
// degree; the whole round where a degree has no length.
std::int64_t stretched(std::int64_t units, std::int64_t degree) {
  const std::int64_t cosine = kCosine[static_cast<std::size_t>(std::min<std::int64_t>(degree, 90))];
  return cosine == 0 ? kRound : std::min(kRound, units * 1'000'000 / cosine + 1);
}

std::int64_t round_of(std::int64_t lon) {
  const std::int64_t from = (lon + kRound / 2) % kRound;
  return from < 0 ? from + kRound : from;
}

std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 33U;
  value *= 0xff51afd7ed558ccdULL;
  value ^= value >> 33U;
  value *= 0xc4ceb9fe1a85ec53ULL;
  return value ^ value >> 33U;
}

}  // namespace

std::string text_of(const Area& area) {
  if (area.row < 0) {
    return "unplaced/" + std::to_string(area.column);
  }
  return std::to_string(area.row) + "/" + std::to_string(area.column);
}

std::uint32_t owner_of(const Area& area, std::uint32_t shards) {
  const auto number = static_cast<std::uint64_t>(static_cast<std::uint32_t>(area.row)) << 32U |
                      static_cast<std::uint32_t>(area.column);
  return static_cast<std::uint32_t>(mixed(number + 1) % shards);
}

AreaGrid::AreaGrid(std::uint32_t cell_m)
    : height_(std::min<std::int64_t>(std::int64_t{cell_m} * kPerMetre, kPole)) {}

// As wide as it is high in metres, where it is widest.
std::int64_t AreaGrid::width_of(std::int32_t row) const {
  const std::int64_t south = row * height_ - kPole;
  const std::int64_t north = south + height_;
  const std::int64_t least = south > 0 ? south : std::max<std::int64_t>(-north, 0);
  return stretched(height_, least / kDegree);
}

Area AreaGrid::at(std::int64_t lat, std::int64_t lon) const {
  const auto row = static_cast<std::int32_t>((std::clamp(lat, -kPole, kPole) + kPole) / height_);
  return {row, static_cast<std::int32_t>(round_of(lon) / width_of(row))};
}

Area AreaGrid::area_of(const Event& event) const {
  if (height_ == 0) {
    return {};
  }
  if (event.place) {
    return at(event.place->lat_e7, event.place->lon_e7);
  }
  std::uint64_t number = 0;
  for (const char letter : event.source.str()) {
    number = mixed(number + static_cast<unsigned char>(letter) + 1);
  }
  return {-1, static_cast<std::int32_t>(number & 0x7fffffffU)};
}

void AreaGrid::within(const Place& place, std::uint32_t metres, std::vector<Area>& areas) const {
  areas.clear();
  if (height_ == 0) {
    areas.push_back({});
    return;
  }
  const std::int64_t reach = metres * kPerMetreAtMost;
  const std::int64_t lat = std::clamp<std::int64_t>(place.lat_e7, -kPole, kPole);
  const std::int64_t farthest = std::min(kPole, std::abs(lat) + reach);
  const std::int64_t aside = stretched(reach, (farthest + kDegree - 1) / kDegree);
  const Area first = at(lat - reach, 0);
  const Area last = at(lat + reach, 0);
  for (std::int32_t row = first.row; row <= last.row; ++row) {
    const std::int64_t width = width_of(row);
    const std::int64_t columns = (kRound + width - 1) / width;
    if (2 * aside >= kRound - width) {
      for (std::int64_t column = 0; column < columns; ++column) {
        areas.push_back({row, static_cast<std::int32_t>(column)});
      }
      continue;
    }
    const std::int64_t from = round_of(place.lon_e7 - aside) / width;
    const std::int64_t to = round_of(place.lon_e7 + aside) / width;
    for (std::int64_t column = from;; column = (column + 1) % columns) {
      areas.push_back({row, static_cast<std::int32_t>(column)});
      if (column == to) {
        break;
      }
    }
  }
}

}  // namespace fusiond::route
