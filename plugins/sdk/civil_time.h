// Reads the times that feeds write: with an offset, without one, as a count since 1970, as a wall
// clock dressed up as UTC.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace fusiond::sdk {

enum class TimeFormat : std::uint8_t {
  text,     // "2031-05-04T22:14:05.120-07:00", "5/4/2031 10:14 PM", "4-May-31 22:14:05"; without an
            // offset: local
  epoch_s,  // seconds since 1970 UTC, fractions allowed
  epoch_ms,             // milliseconds since 1970 UTC
  epoch_us,             // microseconds since 1970 UTC
  epoch_ms_local_wall,  // milliseconds whose date and hour, read as UTC, are the local wall clock
};
[[nodiscard]] std::optional<TimeFormat> time_format_of(std::string_view name);
inline constexpr std::string_view kTimeFormatNames =
    "text, epoch_s, epoch_ms, epoch_us, epoch_ms_local_wall";

struct CivilInstant {
  std::int64_t us = 0;                 // since 1970 UTC
  bool zone_assumed = false;           // local wall time: the zone of the settings was used
  std::uint32_t rounding_seconds = 0;  // 60 = written to the minute, 86400 = to the day, 0 = finer
  bool ambiguous = false;              // the hour that a zone has twice: the earlier one is taken
  bool missing = false;  // the hour that a zone skips: read with the offset from before it
};

// An IANA zone of the machine's time zone data.
class Zone {
 public:
  Zone() = default;  // UTC
  // Errors: what is wrong with the name.
  [[nodiscard]] static std::expected<Zone, std::string> find(const std::string& name);
  // `wall_us` counts the wall clock as if it were UTC.
  [[nodiscard]] CivilInstant to_utc(std::int64_t wall_us) const;

 private:
  const void* zone_ = nullptr;  // date::time_zone, which lives as long as the process
};

// Nothing when `text` is no time of that format, or lies outside the years 1900 to 9998.
[[nodiscard]] std::optional<CivilInstant> read_time(std::string_view text, TimeFormat format,
                                                    const Zone& zone);

}  // namespace fusiond::sdk
