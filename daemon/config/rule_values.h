// What people write for a quantity in a rule file, as whole numbers. A fault says what was written
// and what to write instead.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/time.h"

namespace fusiond::config {

[[nodiscard]] Result<std::int64_t> read_distance_cm(std::string_view text);  // "400 m", above 0
[[nodiscard]] Result<Micros> read_length_of_time(std::string_view text);     // "-30 s"
[[nodiscard]] Result<std::int64_t> read_speed_mm_per_s(std::string_view text);
// "4x": its natural logarithm in thousandths.
[[nodiscard]] Result<std::int64_t> read_factor_mn(std::string_view text);
// A share of 1 in thousandths; and ln(p / (1 - p)) of one above 0 and below 1.
[[nodiscard]] Result<std::uint16_t> read_permille(std::string_view text);
[[nodiscard]] Result<std::int64_t> read_odds_mn(std::string_view text);
// "at least 0.60" → "0.60"; "at most 24 h" → "24 h".
[[nodiscard]] Result<std::string> after_at_least(std::string_view text, std::string_view example);
[[nodiscard]] Result<std::string> after_at_most(std::string_view text, std::string_view example);
[[nodiscard]] Result<WallTime> read_date(std::string_view text);  // its first moment, UTC
// Degrees in 1e-7.
[[nodiscard]] Result<std::int32_t> read_degrees(std::string_view text, int most);

// "18:00-02:00 America/Los_Angeles": what is within it on the days of a span, by that zone's
// clock. An hour that a change of clocks leaves out is none; one that it repeats counts twice.
struct DailyHours {
  int from_minute = 0;
  int to_minute = 0;  // at or before from_minute: of the next day
  std::string zone;
};
[[nodiscard]] Result<DailyHours> read_hours(std::string_view text);
struct HoursSpan {
  WallTime from;
  WallTime to;
};
[[nodiscard]] std::vector<HoursSpan> spans_of(const DailyHours& hours, WallTime from, WallTime to);

}  // namespace fusiond::config
