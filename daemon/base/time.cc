#include "daemon/base/time.h"

#include <array>
#include <optional>

namespace fusiond {
namespace {

// Reads exactly `count` digits at `at`; moves `at` behind them.
std::optional<int> digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (at + count > text.size()) {
    return std::nullopt;
  }
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char c = text[at + i];
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  at += count;
  return value;
}

bool literal(std::string_view text, std::size_t& at, std::string_view any_of) {
  if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) {
    return false;
  }
  ++at;
  return true;
}

std::optional<std::int64_t> fraction_us(std::string_view text, std::size_t& at) {
  if (at >= text.size() || text[at] != '.') {
    return 0;
  }
  ++at;
  std::int64_t us = 0;
  std::size_t seen = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    if (seen < 6) {
      us = us * 10 + (text[at] - '0');
    }
    ++seen;
    ++at;
  }
  if (seen == 0) {
    return std::nullopt;
  }
  for (; seen < 6; ++seen) {
    us *= 10;
  }
  return us;
}

std::optional<std::chrono::minutes> offset_of(std::string_view text, std::size_t& at) {
  if (literal(text, at, "Zz")) {
    return std::chrono::minutes{0};
  }
  if (at >= text.size() || (text[at] != '+' && text[at] != '-')) {
    return std::nullopt;
  }
  const int sign = text[at] == '-' ? -1 : 1;
  ++at;
  const auto hours = digits(text, at, 2);
  literal(text, at, ":");
  const auto minutes = digits(text, at, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

// With zeros in front up to `width`. By hand, since every record that goes out has a time in its
// headers and printf took half of what such a record costs.
void append_digits(std::uint64_t value, std::size_t width, std::string& text) {
  std::array<char, 20> digits{};
  std::size_t at = digits.size();
  for (; value != 0; value /= 10) {
    digits[--at] = static_cast<char>('0' + value % 10);
  }
  const std::size_t count = digits.size() - at;
  text.append(width > count ? width - count : 0, '0');
  text.append(digits.data() + at, count);
}

}  // namespace

std::string to_rfc3339(std::int64_t us) {
  const auto time = wall_time(us);
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  const int year = static_cast<int>(date.year());
  std::string text = year < 0 ? "-" : "";
  text.reserve(32);
  const auto put = [&](auto value, std::size_t width, std::string_view before) {
    text.append(before);
    append_digits(static_cast<std::uint64_t>(value), width, text);
  };
  put(year < 0 ? -year : year, year < 0 ? 3 : 4, "");
  put(static_cast<unsigned>(date.month()), 2, "-");
  put(static_cast<unsigned>(date.day()), 2, "-");
  put(clock.hours().count(), 2, "T");
  put(clock.minutes().count(), 2, ":");
  put(clock.seconds().count(), 2, ":");
  if (const auto part = clock.subseconds().count(); part % 1000 != 0) {
    put(part, 6, ".");
  } else if (part != 0) {
    put(part / 1000, 3, ".");
  }
  text.push_back('Z');
  return text;
}

Result<WallTime> parse_rfc3339(std::string_view text) {
  const auto bad = [&] {
    return fail(Fault::bad_input,
                "not an RFC 3339 time with an offset, got: " + std::string(text.substr(0, 64)));
  };
  std::size_t at = 0;
  const auto year = digits(text, at, 4);
  if (!year || !literal(text, at, "-")) {
    return bad();
  }
  const auto month = digits(text, at, 2);
  if (!month || !literal(text, at, "-")) {
    return bad();
  }
  const auto day = digits(text, at, 2);
  if (!day || !literal(text, at, "Tt ")) {
    return bad();
  }
  const auto hour = digits(text, at, 2);
  if (!hour || !literal(text, at, ":")) {
    return bad();
  }
  const auto minute = digits(text, at, 2);
  if (!minute || !literal(text, at, ":")) {
    return bad();
  }
  const auto second = digits(text, at, 2);
  const auto part = second ? fraction_us(text, at) : std::nullopt;
  const auto offset = part ? offset_of(text, at) : std::nullopt;
  if (!offset || at != text.size()) {
    return bad();
  }
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) {
    return bad();
  }
  return WallTime{std::chrono::sys_days{date}} + std::chrono::hours{*hour} +
         std::chrono::minutes{*minute} + std::chrono::seconds{*second} + Micros{*part} - *offset;
}

}  // namespace fusiond
