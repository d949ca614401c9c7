#include "daemon/wire/place_wire.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "daemon/wire/fields.h"
#include "fusiond/v1/event.pb.h"

namespace fusiond::wire {
namespace {

constexpr double kE7 = 1e7;
constexpr double kMetersInDegree = 111'194.93;  // of latitude, on the sphere of 6,371 km
constexpr double kMaxRadiusM = 20'000'000;      // half the way round the world
constexpr double kMaxLat = 90;
constexpr double kMaxLon = 180;
constexpr double kWholeTurn = 360;

double radians(double degrees) {
  return degrees * std::numbers::pi / (kWholeTurn / 2);
}

// A centre and the distance from it that covers the shape; the distance is absent for a point.
struct Cover {
  double lat = 0;
  double lon = 0;
  std::optional<double> radius_m;
};

// `part`: of the field, where the point is one. Names are put together only for a fault.
Result<void> check_point(const v1::Point& point, std::string_view field,
                         std::string_view part = {}) {
  const auto bad = [&](std::string_view what, double got) {
    return bad_field(std::string(field).append(part),
                     std::string(what).append(", got: ").append(std::to_string(got)));
  };
  // Written so that NaN fails too.
  if (!(point.lat() > -kMaxLat && point.lat() < kMaxLat)) {
    return bad("lat must lie between the poles", point.lat());
  }
  if (!(point.lon() >= -kMaxLon && point.lon() <= kMaxLon)) {
    return bad("lon must be -180 to 180", point.lon());
  }
  return {};
}

Result<void> check_length(double meters, std::string_view field) {
  if (!(meters >= 0 && meters <= kMaxRadiusM)) {
    return bad_field(field, "must be 0 to 20,000,000 m, got: " + std::to_string(meters));
  }
  return {};
}

Result<Cover> cover_of_circle(const v1::Point& center, double radius_m, std::string_view field) {
  if (auto good = check_point(center, field, ".center"); !good) {
    return fail(good.error());
  }
  if (auto good = check_length(radius_m, field); !good) {
    return fail(good.error());
  }
  return Cover{center.lat(), center.lon(), radius_m};
}

// The smaller of two circles that cover the band: one round its own middle, one round the device.
Result<Cover> cover_of_band(const v1::ArcBand& band) {
  const std::string field = "location.arc_band";
  auto whole = cover_of_circle(band.center(), band.outer_radius_m(), field + ".outer_radius_m");
  if (!whole) {
    return whole;
  }
  if (!(band.inner_radius_m() >= 0 && band.inner_radius_m() <= band.outer_radius_m())) {
    return bad_field(field + ".inner_radius_m", "must be 0 to outer_radius_m");
  }
  if (!(band.opening_angle_deg() >= 0 && band.opening_angle_deg() <= kWholeTurn) ||
      !(band.start_angle_deg() >= -kWholeTurn && band.start_angle_deg() <= kWholeTurn)) {
    return bad_field(field, "has an angle out of range");
  }
  const double half = radians(band.opening_angle_deg()) / 2;
  const double middle = (band.inner_radius_m() + band.outer_radius_m()) / 2;
  const auto corner = [&](double r) {
    return std::sqrt(std::max(0.0, r * r + middle * middle - 2 * r * middle * std::cos(half)));
  };
  const double radius = std::max(corner(band.inner_radius_m()), corner(band.outer_radius_m()));
  const double lat_scale = kMetersInDegree * std::cos(radians(band.center().lat()));
  if (radius >= band.outer_radius_m() || lat_scale < 1) {
    return whole;
  }
  const double bearing = radians(band.start_angle_deg()) + half;
  v1::Point center;
  center.set_lat(band.center().lat() + middle * std::cos(bearing) / kMetersInDegree);
  center.set_lon(band.center().lon() + middle * std::sin(bearing) / lat_scale);
  return cover_of_circle(center, radius, field);
}

// Gathers points; the cover is centred on the middle of their box. Points on both sides of the
// 180th meridian are taken as near.
class Box {
 public:
  Result<void> add(const v1::Point& point, const std::string& field) {
    if (auto good = check_point(point, field); !good) {
      return good;
    }
    const double lon = empty_ ? point.lon() : near(point.lon());
    south_ = empty_ ? point.lat() : std::min(south_, point.lat());
    north_ = empty_ ? point.lat() : std::max(north_, point.lat());
    west_ = empty_ ? lon : std::min(west_, lon);
    east_ = empty_ ? lon : std::max(east_, lon);
    empty_ = false;
    return {};
  }

  [[nodiscard]] Result<Cover> cover(const std::string& field, bool with_radius) const {
    if (empty_) {
      return bad_field(field, "has no points");
    }
    Cover cover{(south_ + north_) / 2, (west_ + east_) / 2, std::nullopt};
    if (with_radius) {
      const double narrowest = std::min(std::abs(south_), std::abs(north_));
      const double widest_cos = south_ < 0 && north_ > 0 ? 1 : std::cos(radians(narrowest));
      const double dy = (north_ - south_) / 2 * kMetersInDegree;
      const double dx = (east_ - west_) / 2 * kMetersInDegree * widest_cos;
      cover.radius_m = std::sqrt(dx * dx + dy * dy);
    }
    cover.lon = wrapped(cover.lon);
    return cover;
  }

 private:
  static double wrapped(double lon) {
    if (lon > kMaxLon) {
      return lon - kWholeTurn;
    }
    return lon < -kMaxLon ? lon + kWholeTurn : lon;
  }
  [[nodiscard]] double near(double lon) const {
    if (lon - west_ > kMaxLon) {
      return lon - kWholeTurn;
    }
    return west_ - lon > kMaxLon ? lon + kWholeTurn : lon;
  }

  bool empty_ = true;
  double south_ = 0;
  double north_ = 0;
  double west_ = 0;
  double east_ = 0;
};

template <class Points>
Result<void> add_all(Box& box, const Points& points, const std::string& field) {
  for (const auto& point : points) {
    if (auto good = box.add(point, field); !good) {
      return good;
    }
  }
  return {};
}

Result<Cover> cover_of_points(const v1::Location& location) {
  Box box;
  const bool with_radius = !location.has_radius_m();
  if (location.has_polygon()) {
    const std::string field = "location.polygon";
    auto good = add_all(box, location.polygon().points(), field);
    return good ? box.cover(field, with_radius) : Result<Cover>(fail(good.error()));
  }
  if (location.has_line()) {
    const std::string field = "location.line";
    auto good = add_all(box, location.line().points(), field);
    return good ? box.cover(field, with_radius) : Result<Cover>(fail(good.error()));
  }
  const std::string field = "location.multi_polygon";
  for (const auto& polygon : location.multi_polygon().polygons()) {
    if (auto good = add_all(box, polygon.points(), field); !good) {
      return fail(good.error());
    }
  }
  return box.cover(field, with_radius);
}

Result<Cover> cover_of(const v1::Location& location) {
  switch (location.shape_case()) {
    case v1::Location::kPoint: {
      auto good = check_point(location.point(), "location.point");
      return good ? Result<Cover>(Cover{location.point().lat(), location.point().lon(), {}})
                  : Result<Cover>(fail(good.error()));
    }
    case v1::Location::kCircle:
      return cover_of_circle(location.circle().center(), location.circle().radius_m(),
                             "location.circle");
    case v1::Location::kEllipse:
      return cover_of_circle(
          location.ellipse().center(),
          std::max(location.ellipse().semi_major_m(), location.ellipse().semi_minor_m()),
          "location.ellipse");
    case v1::Location::kArcBand:
      return cover_of_band(location.arc_band());
    case v1::Location::kPolygon:
    case v1::Location::kMultiPolygon:
    case v1::Location::kLine:
      return cover_of_points(location);
    case v1::Location::SHAPE_NOT_SET:
      break;
  }
  return bad_field("location", "has no shape");
}

Result<std::uint32_t> radius_cm_of(const v1::Location& location, const Cover& cover) {
  if (!location.has_radius_m() && !cover.radius_m) {
    return bad_field("location.radius_m", "is missing");
  }
  const double radius_m =
      location.has_radius_m() ? location.radius_m() : cover.radius_m.value_or(0);
  if (auto good = check_length(radius_m, "location.radius_m"); !good) {
    return fail(good.error());
  }
  return static_cast<std::uint32_t>(std::llround(radius_m * 100));
}

Result<std::uint16_t> confidence_of(const v1::Location& location) {
  if (!location.has_confidence_level()) {
    return Place{}.confidence_permille;
  }
  const double level = location.confidence_level();
  if (!(level > 0 && level < 1)) {
    return bad_field("location.confidence_level",
                     "must be above 0 and below 1, got: " + std::to_string(level));
  }
  return static_cast<std::uint16_t>(std::clamp<long long>(std::llround(level * 1000), 1, 999));
}

}  // namespace

Result<std::optional<Place>> place_from(const v1::Location& location) {
  if (location.shape_case() == v1::Location::SHAPE_NOT_SET) {
    return std::nullopt;
  }
  const auto cover = cover_of(location);
  if (!cover) {
    return fail(cover.error());
  }
  Place place;
  place.lat_e7 = static_cast<std::int32_t>(std::llround(cover->lat * kE7));
  place.lon_e7 = static_cast<std::int32_t>(std::llround(cover->lon * kE7));
  if (place.lat_e7 == 0 && place.lon_e7 == 0) {
    return std::nullopt;
  }
  if (std::abs(place.lat_e7) >= static_cast<std::int32_t>(kMaxLat * kE7)) {
    return bad_field("location", "lies at a pole");
  }
  const auto radius_cm = radius_cm_of(location, *cover);
  if (!radius_cm) {
    return fail(radius_cm.error());
  }
  const auto confidence = confidence_of(location);
  if (!confidence) {
    return fail(confidence.error());
  }
  const auto method = optional_enum_from(static_cast<int>(location.method()), LocationMethod::text,
                                         "location.method");
  if (!method) {
    return fail(method.error());
  }
  place.radius_cm = *radius_cm;
  place.confidence_permille = *confidence;
  place.method = *method;
  return place;
}

void write_place(const Place& place, v1::Location& out) {
  auto& center = *out.mutable_circle()->mutable_center();
  center.set_lat(static_cast<double>(place.lat_e7) / kE7);
  center.set_lon(static_cast<double>(place.lon_e7) / kE7);
  const double radius_m = static_cast<double>(place.radius_cm) / 100;
  out.mutable_circle()->set_radius_m(radius_m);
  out.set_radius_m(radius_m);
  out.set_confidence_level(static_cast<double>(place.confidence_permille) / 1000);
  out.set_method(proto_enum<v1::LocationMethod>(place.method));
}

}  // namespace fusiond::wire
