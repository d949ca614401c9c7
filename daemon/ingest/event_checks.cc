#include "daemon/ingest/event_checks.h"

#include <algorithm>
#include <cmath>

#include "daemon/ingest/reasons.h"
#include "daemon/wire/event_wire.h"
#include "daemon/wire/place_wire.h"

namespace fusiond::ingest {
namespace {

constexpr double kMaxLat = 85.05;
constexpr double kMaxRadiusM = 100'000;
constexpr double kDefaultConfidenceLevel = 0.95;
constexpr int kMaxPoints = 10'000;
constexpr std::uint32_t kMaxPriority = 10;
constexpr std::int64_t kUsPerSecond = 1'000'000;
constexpr std::int64_t kYear1990Us = 631'152'000 * kUsPerSecond;
constexpr std::int64_t kYear2200Us = 7'258'118'400 * kUsPerSecond;
constexpr std::int64_t kMinSeconds = -62'135'596'800;  // of a Timestamp: years 1 to 9999
constexpr std::int64_t kMaxSeconds = 253'402'300'799;

using google::protobuf::Timestamp;

std::optional<std::int64_t> micros_of(const Timestamp& time) {
  if (time.seconds() < kMinSeconds || time.seconds() > kMaxSeconds || time.nanos() < 0 ||
      time.nanos() >= 1'000'000'000) {
    return std::nullopt;
  }
  return time.seconds() * kUsPerSecond + time.nanos() / 1000;
}

void write_micros(std::int64_t us, Timestamp& out) {
  const std::int64_t below = ((us % kUsPerSecond) + kUsPerSecond) % kUsPerSecond;
  out.set_seconds((us - below) / kUsPerSecond);
  out.set_nanos(static_cast<std::int32_t>(below * 1000));
}

bool believable(const Timestamp& time) {
  const auto us = micros_of(time);
  return us && *us >= kYear1990Us && *us <= kYear2200Us;
}

bool drop_other_times(v1::Times& times) {
  bool dropped = false;
  const auto judge = [&dropped](bool there, const Timestamp& time, auto clear) {
    if (there && !believable(time)) {
      clear();
      dropped = true;
    }
  };
  judge(times.has_occurred_end(), times.occurred_end(), [&] { times.clear_occurred_end(); });
  judge(times.has_detected(), times.detected(), [&] { times.clear_detected(); });
  judge(times.has_published(), times.published(), [&] { times.clear_published(); });
  judge(times.has_updated(), times.updated(), [&] { times.clear_updated(); });
  judge(times.has_expires(), times.expires(), [&] { times.clear_expires(); });
  return dropped;
}

// Adds to what the source's clock said, and tells whether there was anything.
bool add_to_times(v1::Times& times, Micros offset) {
  bool added = false;
  const auto add = [&added, offset](Timestamp& time) {
    if (const auto us = micros_of(time)) {
      write_micros(*us + offset.count(), time);
      added = true;
    }
  };
  if (times.has_occurred()) {
    add(*times.mutable_occurred());
  }
  if (times.has_occurred_end()) {
    add(*times.mutable_occurred_end());
  }
  if (times.has_detected()) {
    add(*times.mutable_detected());
  }
  if (times.has_published()) {
    add(*times.mutable_published());
  }
  if (times.has_updated()) {
    add(*times.mutable_updated());
  }
  if (times.has_expires()) {
    add(*times.mutable_expires());
  }
  return added;
}

double method_radius_m(v1::LocationMethod method, const RadiusDefaults& radius) {
  switch (method) {
    case v1::LOCATION_METHOD_GPS:
      return radius.gps_m;
    case v1::LOCATION_METHOD_CELL:
      return radius.cell_m;
    case v1::LOCATION_METHOD_MANUAL:
      return radius.manual_m;
    case v1::LOCATION_METHOD_DERIVED:
      return radius.derived_m;
    case v1::LOCATION_METHOD_GEOCODED:
      return radius.geocoded_m;
    case v1::LOCATION_METHOD_ACOUSTIC:
      return radius.acoustic_m;
    case v1::LOCATION_METHOD_DEVICE_REGISTRY:
      return radius.device_registry_m;
    case v1::LOCATION_METHOD_ZONE_CENTROID:
      return radius.zone_centroid_m;
    case v1::LOCATION_METHOD_TEXT:
      return radius.text_m;
    default:
      return radius.unknown_m;
  }
}

double default_radius_m(const v1::Location& location, const RadiusDefaults& radius) {
  switch (location.precision_note()) {
    case v1::PRECISION_NOTE_BLOCK:
      return radius.block_m;
    case v1::PRECISION_NOTE_INTERSECTION:
      return radius.intersection_m;
    case v1::PRECISION_NOTE_ROUNDED_3_DECIMALS:
      return radius.rounded_3_decimals_m;
    default:
      return method_radius_m(location.method(), radius);
  }
}

int points_of(const v1::Location& location) {
  int points = location.polygon().points_size() + location.line().points_size();
  for (const auto& polygon : location.multi_polygon().polygons()) {
    points += polygon.points_size();
  }
  return points;
}

bool has_own_extent(const v1::Location& location) {
  switch (location.shape_case()) {
    case v1::Location::SHAPE_NOT_SET:
    case v1::Location::kPoint:
      return false;
    case v1::Location::kCircle:
      return location.circle().radius_m() != 0;
    case v1::Location::kEllipse:
      return location.ellipse().semi_major_m() != 0;
    default:
      return true;
  }
}

void clean_numbers(v1::Event& event, v1::Location& location) {
  if (location.has_radius_m()) {
    const double radius_m = location.radius_m();
    if (!(radius_m > 0)) {
      location.clear_radius_m();
      add_flag(event, flag::kBadRadius);
    } else if (radius_m > kMaxRadiusM) {
      location.set_radius_m(kMaxRadiusM);
      add_flag(event, flag::kBadRadius);
    }
  }
  if (location.has_confidence_level()) {
    const double level = location.confidence_level();
    if (!(level > 0 && level < 1)) {
      location.clear_confidence_level();
      add_flag(event, flag::kBadConfidence);
    }
  }
  if (!v1::LocationMethod_IsValid(location.method())) {
    location.set_method(v1::LOCATION_METHOD_UNSPECIFIED);
  }
}

void place_from_registry(v1::Event& event, const IngestConfig& config) {
  const std::string& device = event.location().device_ref();
  if (device.empty()) {
    return;
  }
  const auto row = config.devices.find(device);
  if (row == config.devices.end()) {
    add_flag(event, flag::kUnknownDevice);
    return;
  }
  auto& location = *event.mutable_location();
  location.mutable_point()->set_lat(row->second.lat);
  location.mutable_point()->set_lon(row->second.lon);
  location.set_radius_m(row->second.radius_m);
  location.set_method(v1::LOCATION_METHOD_DEVICE_REGISTRY);
}

// Fills what the record must say of a place that is one.
void finish_place(const Place& place, v1::Location& location) {
  constexpr double kE7 = 1e7;
  if (location.has_arc_band()) {
    auto& circle = *location.mutable_circle();
    circle.mutable_center()->set_lat(place.lat_e7 / kE7);
    circle.mutable_center()->set_lon(place.lon_e7 / kE7);
    circle.set_radius_m(place.radius_cm / 100.0);
  }
  if (!location.has_radius_m()) {
    location.set_radius_m(std::min(kMaxRadiusM, place.radius_cm / 100.0));
  }
  if (!location.has_confidence_level()) {
    location.set_confidence_level(kDefaultConfidenceLevel);
  }
}

}  // namespace

void add_flag(v1::Event& event, std::string_view flag) {
  const auto& flags = event.flags();
  if (std::find(flags.begin(), flags.end(), flag) == flags.end()) {
    event.add_flags(std::string(flag));
  }
}

std::optional<WallTime> stamp_of(const v1::Event& event) {
  const auto& times = event.times();
  if (times.quality() == v1::TIME_QUALITY_CLIENT_CLAIMED ||
      times.quality() == v1::TIME_QUALITY_ROUNDED || times.quality() == v1::TIME_QUALITY_UNKNOWN) {
    return std::nullopt;
  }
  std::optional<std::int64_t> latest;
  const auto look = [&latest](bool there, const Timestamp& time) {
    if (there && believable(time)) {
      latest = std::max(latest.value_or(0), *micros_of(time));
    }
  };
  look(times.has_detected(), times.detected());
  look(times.has_published(), times.published());
  look(times.has_updated(), times.updated());
  if (!latest) {  // what is planned may lie ahead; what was detected or said does not
    look(times.has_occurred(), times.occurred());
  }
  return latest ? std::optional(wall_time(*latest)) : std::nullopt;
}

void check_times(v1::Event& event, WallTime received, const TimeLimits& limits,
                 const ClockEstimate& clock) {
  auto& times = *event.mutable_times();
  const std::int64_t received_us = fusiond::micros_of(received);
  write_micros(received_us, *times.mutable_received());
  const std::optional<Timestamp> claimed =
      times.has_occurred() ? std::optional(times.occurred()) : std::nullopt;
  if (drop_other_times(times)) {
    add_flag(event, flag::kTimeDropped);
  }
  if (clock.offset != Micros{0} && add_to_times(times, clock.offset)) {
    times.set_clock_offset_us(clock.offset.count());
    times.set_clock_offset_error_us(static_cast<std::uint64_t>(clock.error.count()));
    add_flag(event, flag::kClockCorrected);
  }
  if (!claimed) {
    write_micros(received_us, *times.mutable_occurred());
    times.set_quality(v1::TIME_QUALITY_UNKNOWN);
    add_flag(event, flag::kNoTime);
    return;
  }
  const auto occurred_us = micros_of(times.occurred());
  if (!occurred_us || *occurred_us < kYear1990Us ||
      *occurred_us - received_us >= limits.max_future.count()) {
    write_micros(received_us, *times.mutable_occurred());
    times.set_quality(v1::TIME_QUALITY_UNKNOWN);
    add_flag(event, flag::kTimeUnbelievable);
  } else if (*occurred_us > received_us + limits.skew.count()) {
    write_micros(received_us + limits.skew.count(), *times.mutable_occurred());
    times.set_quality(v1::TIME_QUALITY_CLAMPED);
    add_flag(event, flag::kTimeClamped);
  }
  if (times.occurred().seconds() != claimed->seconds() ||
      times.occurred().nanos() != claimed->nanos()) {
    *times.mutable_claimed() = *claimed;
  }
}

std::optional<Refusal> check_place(v1::Event& event, const IngestConfig& config) {
  if (event.location().shape_case() == v1::Location::SHAPE_NOT_SET) {
    place_from_registry(event, config);
  }
  if (event.location().shape_case() == v1::Location::SHAPE_NOT_SET) {
    add_flag(event, flag::kNoPlace);
    return std::nullopt;
  }
  auto& location = *event.mutable_location();
  if (points_of(location) > kMaxPoints) {
    return Refusal{reason::kBadPlace, "more points than " + std::to_string(kMaxPoints) +
                                          ", got: " + std::to_string(points_of(location))};
  }
  clean_numbers(event, location);
  if (!location.has_radius_m() && !has_own_extent(location)) {
    location.set_radius_m(default_radius_m(location, config.radius));
  }
  const auto place = wire::place_from(location);
  if (!place) {
    return Refusal{reason::kBadPlace, place.error().message};
  }
  if (!place->has_value()) {
    location.clear_shape();
    location.clear_radius_m();
    add_flag(event, flag::kZeroPlace);
    add_flag(event, flag::kNoPlace);
    return std::nullopt;
  }
  if (std::abs((*place)->lat_e7 / 1e7) > kMaxLat) {
    return Refusal{reason::kBadPlace, "latitude is beyond 85.05 degrees, got: " +
                                          std::to_string((*place)->lat_e7 / 1e7)};
  }
  finish_place(**place, location);
  return std::nullopt;
}

std::optional<Refusal> check_words(v1::Event& event) {
  if (!v1::Lifecycle_IsValid(event.lifecycle()) || !v1::Status_IsValid(event.status()) ||
      !v1::SourceKind_IsValid(event.source_kind())) {
    return Refusal{reason::kBadEvent,
                   "lifecycle, status or source_kind has a number that is not known"};
  }
  if (event.source_kind() == v1::SOURCE_KIND_UNSPECIFIED) {
    return Refusal{reason::kBadEvent, "source_kind is missing"};
  }
  if (event.lifecycle() == v1::LIFECYCLE_UNSPECIFIED) {
    event.set_lifecycle(v1::LIFECYCLE_NEW);
  }
  if (event.status() == v1::STATUS_UNSPECIFIED) {
    event.set_status(v1::STATUS_ACTUAL);
  }
  if (event.has_confidence()) {
    const double value = event.confidence().value();
    if (!(value >= 0 && value <= 1)) {
      event.clear_confidence();
      add_flag(event, flag::kBadConfidence);
    }
  }
  if (event.has_priority() && event.priority() > kMaxPriority) {
    event.clear_priority();
    add_flag(event, flag::kBadPriority);
  }
  return std::nullopt;
}

std::optional<std::string> set_kind(v1::Event& event, const KindTable& kinds,
                                    const std::string& default_kind) {
  auto& codes = *event.mutable_kind_codes();
  std::optional<std::string> kind;
  for (const auto& code : codes) {
    kind = kinds.find(code.scheme(), code.code());
    if (kind) {
      break;
    }
  }
  std::optional<std::string> unknown;
  if (!kind) {
    unknown = codes.empty() ? "none" : codes[0].scheme() + ":" + codes[0].code();
  }
  // Ours is said by intake alone.
  const auto is_ours = [](const v1::KindCode& code) { return code.scheme() == wire::kKindScheme; };
  codes.erase(std::remove_if(codes.begin(), codes.end(), is_ours), codes.end());
  auto& ours = *codes.Add();
  ours.set_scheme(std::string(wire::kKindScheme));
  ours.set_code(kind ? *kind : default_kind);
  return unknown;
}

void set_provenance(v1::Event& event) {
  if (!event.provenance().empty()) {
    return;
  }
  if (!event.cad_call().caller_hash().empty()) {
    event.set_provenance("caller:" + event.cad_call().caller_hash());
  } else if (!event.social_post().author_hash().empty()) {
    event.set_provenance("author:" + event.social_post().platform() + ":" +
                         event.social_post().author_hash());
  } else if (!event.location().device_ref().empty()) {
    event.set_provenance("device:" + event.location().device_ref());
  } else if (!event.camera_detection().camera_id().empty()) {
    event.set_provenance("device:" + event.source() + "/" + event.camera_detection().camera_id());
  }
}

}  // namespace fusiond::ingest
