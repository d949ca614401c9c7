#include "plugins/sdk/civil_time.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <exception>

#include <date/tz.h>

#include "plugins/sdk/json_read.h"

namespace fusiond::sdk {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kEarliest = -2'208'988'800 * kSecond;  // 1900
constexpr std::int64_t kLatest = 253'370'764'800 * kSecond;   // 9999

// Takes tokens from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(char c) {
    if (peek() != c) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  void blanks() {
    while (take(' ')) {
    }
  }
  // Between `least` and `most` digits.
  std::optional<int> digits(std::size_t least, std::size_t most) {
    std::size_t n = 0;
    while (n < rest_.size() && n < most && rest_[n] >= '0' && rest_[n] <= '9') {
      ++n;
    }
    if (n < least) {
      return std::nullopt;
    }
    int value = 0;
    std::from_chars(rest_.data(), rest_.data() + n, value);
    taken_ = n;
    rest_.remove_prefix(n);
    return value;
  }
  [[nodiscard]] std::size_t taken() const { return taken_; }  // digits that the last digits() took
  std::string letters() {
    std::size_t n = 0;
    while (n < rest_.size() && ((rest_[n] | 0x20) >= 'a' && (rest_[n] | 0x20) <= 'z')) {
      ++n;
    }
    auto word = lower_ascii(rest_.substr(0, n));
    rest_.remove_prefix(n);
    return word;
  }

 private:
  std::string_view rest_;
  std::size_t taken_ = 0;
};

std::optional<int> month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (name.substr(0, 3) == kMonths[i]) {
      return static_cast<int>(i) + 1;
    }
  }
  return std::nullopt;
}

// 2031-05-04, 5/4/2031, 5/4/31, 4-May-31; microseconds of midnight.
std::optional<std::int64_t> take_date(Scanner& in) {
  const auto first = in.digits(1, 4);
  if (!first) {
    return std::nullopt;
  }
  const bool year_first = in.taken() == 4;
  const char sign = in.peek();
  if (!in.take('-') && !in.take('/')) {
    return std::nullopt;
  }
  const bool named = in.peek() > '9';
  const auto second = named ? month_of(in.letters()) : in.digits(1, 2);
  if (!second || !in.take(sign)) {
    return std::nullopt;
  }
  const auto third = in.digits(1, 4);
  if (!third || (!year_first && sign == '-' && !named)) {
    return std::nullopt;
  }
  const bool short_year = !year_first && in.taken() <= 2;
  const int year = year_first ? *first : *third + (short_year ? 2000 : 0);
  const int month = year_first || named ? *second : *first;
  const int day = year_first ? *third : named ? *first : *second;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) {
    return std::nullopt;
  }
  return microseconds(std::chrono::sys_days(date).time_since_epoch()).count();
}

// 22:14:05.120, 9:14, 9:14PM; adds to `us`, false when it is no time of day.
bool take_clock(Scanner& in, std::int64_t& us, std::uint32_t& rounding_seconds) {
  auto hour = in.digits(1, 2);
  if (!hour || !in.take(':')) {
    return false;
  }
  const auto minute = in.digits(2, 2);
  std::optional<int> second = 0;
  std::int64_t fraction = 0;
  rounding_seconds = 60;
  if (in.take(':')) {
    second = in.digits(2, 2);
    rounding_seconds = 0;
    if (in.take('.') || in.take(',')) {
      const auto part = in.digits(1, 6);
      fraction = part.value_or(0);
      for (std::size_t n = in.taken(); n < 6; ++n) {
        fraction *= 10;
      }
      while (in.peek() >= '0' && in.peek() <= '9') {
        in.digits(1, 1);
      }
      if (!part) {
        return false;
      }
    }
  }
  in.blanks();
  if ((in.peek() | 0x20) == 'a' || (in.peek() | 0x20) == 'p') {
    const auto half = in.letters();
    if ((half != "am" && half != "pm") || *hour < 1 || *hour > 12) {
      return false;
    }
    hour = *hour % 12 + (half == "pm" ? 12 : 0);
  }
  if (!minute || !second || *hour > 23 || *minute > 59 || *second > 60) {
    return false;
  }
  us += ((*hour * 60 + *minute) * std::int64_t{60} + *second) * kSecond + fraction;
  return true;
}

// Z, +07:00, -0700, +07; nothing is a fault only when there is something else.
bool take_offset(Scanner& in, std::optional<std::int64_t>& offset_us) {
  in.blanks();
  if (in.done()) {
    return true;
  }
  if (in.take('Z') || in.take('z')) {
    offset_us = 0;
    return true;
  }
  const bool west = in.peek() == '-';
  if (!in.take('+') && !in.take('-')) {
    return false;
  }
  const auto hours = in.digits(2, 2);
  in.take(':');
  const auto minutes = in.done() ? std::optional(0) : in.digits(2, 2);
  if (!hours || !minutes || *hours > 18 || *minutes > 59) {
    return false;
  }
  offset_us = (*hours * 60 + *minutes) * std::int64_t{60} * kSecond * (west ? -1 : 1);
  return true;
}

std::optional<CivilInstant> read_written(std::string_view text, const Zone& zone) {
  Scanner in(text);
  const auto midnight = take_date(in);
  if (!midnight) {
    return std::nullopt;
  }
  std::int64_t wall = *midnight;
  std::uint32_t rounding = 86400;
  in.take('T') || in.take('t');
  in.blanks();
  std::optional<std::int64_t> offset;
  if (!in.done() && (!take_clock(in, wall, rounding) || !take_offset(in, offset) || !in.done())) {
    return std::nullopt;
  }
  auto instant = offset ? CivilInstant{.us = wall - *offset} : zone.to_utc(wall);
  instant.rounding_seconds = rounding;
  return instant;
}

std::optional<CivilInstant> read_count(std::string_view text, TimeFormat format, const Zone& zone) {
  const std::int64_t unit = format == TimeFormat::epoch_s    ? kSecond
                            : format == TimeFormat::epoch_us ? 1
                                                             : 1000;
  std::int64_t us = 0;
  if (const auto whole = integer_of(text)) {
    if (*whole > kLatest / unit || *whole < kEarliest / unit) {
      return std::nullopt;
    }
    us = *whole * unit;
  } else {
    const auto number = number_of(text);
    if (!number || std::abs(*number) > static_cast<double>(kLatest / unit)) {
      return std::nullopt;
    }
    us = std::llround(*number * static_cast<double>(unit));
  }
  return format == TimeFormat::epoch_ms_local_wall ? zone.to_utc(us) : CivilInstant{.us = us};
}

}  // namespace

std::optional<TimeFormat> time_format_of(std::string_view name) {
  if (name == "text") {
    return TimeFormat::text;
  }
  if (name == "epoch_s") {
    return TimeFormat::epoch_s;
  }
  if (name == "epoch_ms") {
    return TimeFormat::epoch_ms;
  }
  if (name == "epoch_us") {
    return TimeFormat::epoch_us;
  }
  if (name == "epoch_ms_local_wall") {
    return TimeFormat::epoch_ms_local_wall;
  }
  return std::nullopt;
}

std::expected<Zone, std::string> Zone::find(const std::string& name) {
  try {
    Zone zone;
    zone.zone_ = date::locate_zone(name);
    return zone;
  } catch (const std::exception&) {
    return std::unexpected("is not a time zone of this machine (package tzdata): " + name);
  }
}

CivilInstant Zone::to_utc(std::int64_t wall_us) const {
  CivilInstant out{.us = wall_us, .zone_assumed = true};
  if (zone_ == nullptr) {
    return out;
  }
  const date::local_time<microseconds> wall{microseconds{wall_us}};
  const auto info = static_cast<const date::time_zone*>(zone_)->get_info(wall);
  // For a skipped hour `first` is the offset before it, for a double one the offset of its first
  // pass.
  out.us -= std::chrono::duration_cast<microseconds>(info.first.offset).count();
  out.ambiguous = info.result == date::local_info::ambiguous;
  out.missing = info.result == date::local_info::nonexistent;
  return out;
}

std::optional<CivilInstant> read_time(std::string_view text, TimeFormat format, const Zone& zone) {
  text = trimmed(text);
  if (text.empty() || text.size() > 64) {
    return std::nullopt;
  }
  auto instant =
      format == TimeFormat::text ? read_written(text, zone) : read_count(text, format, zone);
  if (instant && (instant->us < kEarliest || instant->us >= kLatest)) {
    return std::nullopt;
  }
  return instant;
}

}  // namespace fusiond::sdk
