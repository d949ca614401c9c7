#include "daemon/wire/place_wire.h"

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "fusiond/v1/event.pb.h"
#include "tests/support/random_model.h"

namespace fusiond::wire {
namespace {

v1::Location point(double lat, double lon, double radius_m = 50) {
  v1::Location l;
  l.mutable_point()->set_lat(lat);
  l.mutable_point()->set_lon(lon);
  l.set_radius_m(radius_m);
  return l;
}

void add_corner(v1::Polygon& polygon, double lat, double lon) {
  auto& corner = *polygon.add_points();
  corner.set_lat(lat);
  corner.set_lon(lon);
}

}  // namespace

TEST_CASE("a place is read back from its message exactly", "[wire][place]") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    INFO("seed " << seed);
    const Place place = test::RandomModel(seed).place();
    v1::Location message;
    write_place(place, message);
    const auto back = place_from(message);
    REQUIRE(back.has_value());
    REQUIRE(*back == place);
  }
}

TEST_CASE("a point becomes integers", "[wire][place]") {
  const auto place = place_from(point(37.8044, -122.2712, 55));
  REQUIRE(place.has_value());
  REQUIRE(place->has_value());
  CHECK((*place)->lat_e7 == 378'044'000);
  CHECK((*place)->lon_e7 == -1'222'712'000);
  CHECK((*place)->radius_cm == 5500);
  CHECK((*place)->confidence_permille == 950);
}

TEST_CASE("0/0 and no shape are no place", "[wire][place]") {
  CHECK_FALSE(place_from(point(0, 0))->has_value());
  CHECK_FALSE(place_from(point(1e-9, -1e-9))->has_value());
  CHECK_FALSE(place_from(v1::Location())->has_value());
}

TEST_CASE("coordinates that cannot be are bad input", "[wire][place]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  for (const auto& bad : {point(90, 10), point(-90, 10), point(91, 0), point(10, 180.1),
                          point(nan, 1), point(1, nan), point(inf, 1), point(89.99999999, 1),
                          point(1, 1, -1), point(1, 1, nan), point(1, 1, 3e7)}) {
    const auto place = place_from(bad);
    REQUIRE_FALSE(place.has_value());
    CHECK(place.error().fault == Fault::bad_input);
  }
  CHECK(place_from(point(1, 180)).has_value());
}

TEST_CASE("a point without a radius is bad input that says so", "[wire][place]") {
  auto message = point(1, 1);
  message.clear_radius_m();
  CHECK(place_from(message).error().message == "location.radius_m is missing");
}

TEST_CASE("a confidence of none or all is refused", "[wire][place]") {
  auto message = point(1, 1);
  for (const double level : {0.0, 1.0, -0.5, 2.0}) {
    message.set_confidence_level(level);
    CHECK_FALSE(place_from(message).has_value());
  }
  message.set_confidence_level(0.9999);
  CHECK((*place_from(message))->confidence_permille == 999);
}

TEST_CASE("circle and ellipse are covered by their own radius", "[wire][place]") {
  v1::Location circle;
  *circle.mutable_circle()->mutable_center() = point(1, 2).point();
  circle.mutable_circle()->set_radius_m(120.5);
  CHECK((*place_from(circle))->radius_cm == 12'050);
  v1::Location ellipse;
  *ellipse.mutable_ellipse()->mutable_center() = point(1, 2).point();
  ellipse.mutable_ellipse()->set_semi_major_m(300);
  ellipse.mutable_ellipse()->set_semi_minor_m(100);
  CHECK((*place_from(ellipse))->radius_cm == 30'000);
}

TEST_CASE("a polygon is covered from the middle of its box", "[wire][place]") {
  v1::Location square;
  for (const auto& [lat, lon] :
       {std::pair{37.80, -122.30}, {37.80, -122.28}, {37.82, -122.28}, {37.82, -122.30}}) {
    add_corner(*square.mutable_polygon(), lat, lon);
  }
  const auto place = place_from(square);
  REQUIRE(place.has_value());
  CHECK((*place)->lat_e7 == 378'100'000);
  CHECK((*place)->lon_e7 == -1'222'900'000);
  CHECK((*place)->radius_cm ==
        Approx(141'700).margin(2'000));  // half the diagonal of 2.22 km x 1.76 km
  square.set_radius_m(2000);
  CHECK((*place_from(square))->radius_cm == 200'000);
}

TEST_CASE("a polygon over the 180th meridian is small", "[wire][place]") {
  v1::Location strip;
  add_corner(*strip.mutable_polygon(), -17.0, 179.99);
  add_corner(*strip.mutable_polygon(), -17.0, -179.99);
  const auto place = place_from(strip);
  REQUIRE(place.has_value());
  CHECK(std::abs((*place)->lon_e7) == 1'800'000'000);
  CHECK((*place)->radius_cm < 120'000);
}

TEST_CASE("an empty polygon is bad input", "[wire][place]") {
  v1::Location empty;
  empty.mutable_polygon();
  CHECK_FALSE(place_from(empty).has_value());
}

TEST_CASE("a narrow arc band is centred on itself, a wide one on its device", "[wire][place]") {
  v1::Location location;
  auto& band = *location.mutable_arc_band();
  *band.mutable_center() = point(37.8, -122.3).point();
  band.set_inner_radius_m(1000);
  band.set_outer_radius_m(1200);
  band.set_opening_angle_deg(20);
  CHECK((*place_from(location))->radius_cm < 30'000);
  CHECK((*place_from(location))->lat_e7 > 378'080'000);
  band.set_opening_angle_deg(360);
  CHECK((*place_from(location))->radius_cm == 120'000);
  CHECK((*place_from(location))->lat_e7 == 378'000'000);
}

}  // namespace fusiond::wire
