#include "plugins/sdk/build_event.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace fusiond::sdk {

void set_timestamp(google::protobuf::Timestamp& out, std::int64_t us) {
  const std::int64_t seconds = us / 1'000'000 - (us % 1'000'000 < 0 ? 1 : 0);
  out.set_seconds(seconds);
  out.set_nanos(static_cast<std::int32_t>(us - seconds * 1'000'000) * 1000);
}

void set_occurred(v1::Event& event, const CivilInstant& instant) {
  auto& times = *event.mutable_times();
  set_timestamp(*times.mutable_occurred(), instant.us);
  times.set_quality(instant.rounding_seconds > 0 ? v1::TIME_QUALITY_ROUNDED
                    : instant.zone_assumed       ? v1::TIME_QUALITY_LOCAL_ZONE_ASSUMED
                                                 : v1::TIME_QUALITY_EXACT);
  times.set_rounding_seconds(instant.rounding_seconds);
  if (instant.ambiguous) {
    add_flag(event, "ambiguous_local_time");
  }
  if (instant.missing) {
    add_flag(event, "missing_local_time");
  }
}

bool set_point(v1::Event& event, double lat, double lon) {
  if (!(std::abs(lat) <= 90.0 && std::abs(lon) <= 180.0)) {
    add_flag(event, "coordinates_out_of_range");
    return false;
  }
  if (lat == 0.0 && lon == 0.0) {
    add_flag(event, "coordinates_zero");
    return false;
  }
  auto& point = *event.mutable_location()->mutable_point();
  point.set_lat(lat);
  point.set_lon(lon);
  return true;
}

void set_precision(v1::Location& location, v1::PrecisionNote note, double radius_m) {
  if (location.has_radius_m() && location.radius_m() >= radius_m) {
    return;
  }
  location.set_precision_note(note);
  location.set_radius_m(radius_m);
}

bool is_rounded_to_3_decimals(double lat, double lon) {
  const auto rounded = [](double value) {
    return std::abs(value * 1000.0 - std::round(value * 1000.0)) < 1e-6;
  };
  return rounded(lat) && rounded(lon);
}

void add_flag(v1::Event& event, std::string_view flag) {
  if (std::ranges::find(event.flags(), flag) == event.flags().end()) {
    event.add_flags(std::string(flag));
  }
}

void add_kind_code(v1::Event& event, std::string_view scheme, std::string_view code,
                   std::string_view text) {
  auto& out = *event.add_kind_codes();
  out.set_scheme(std::string(scheme));
  out.set_code(std::string(code));
  out.set_text(std::string(text));
}

void add_reference(v1::Event& event, std::string_view source_event_id, v1::Relation relation) {
  auto& out = *event.add_references();
  out.set_source_event_id(std::string(source_event_id));
  out.set_relation(relation);
}

}  // namespace fusiond::sdk
