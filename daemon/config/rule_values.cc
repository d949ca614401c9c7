#include "daemon/config/rule_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

#include <date/tz.h>

#include "daemon/config/time_zones.h"

namespace fusiond::config {
namespace {

// A decimal number in 1e-9, exactly. Nothing for anything else, or for more digits than fit.
std::optional<std::int64_t> nano_of(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, dot);
  std::string fraction(text.substr(std::min(dot + 1, text.size())));
  if (whole.empty() || whole.size() > 9 || fraction.size() > 9 ||
      (dot < text.size() && fraction.empty())) {
    return std::nullopt;
  }
  fraction.resize(9, '0');
  std::int64_t value = 0;
  for (const char digit : std::string(whole) + fraction) {
    if (digit < '0' || digit > '9') {
      return std::nullopt;
    }
    value = value * 10 + (digit - '0');
  }
  return negative ? -value : value;
}

struct Unit {
  std::string_view name;
  std::int64_t num;  // one of it = num / den of the base unit
  std::int64_t den = 1;
};

// The number and the unit of "400 m"; a space between them or none.
std::pair<std::string_view, std::string_view> parts_of(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (std::string_view("+-.").find(text[end]) != std::string_view::npos ||
                               (text[end] >= '0' && text[end] <= '9'))) {
    ++end;
  }
  std::string_view unit = text.substr(end);
  while (unit.starts_with(' ')) {
    unit.remove_prefix(1);
  }
  return {text.substr(0, end), unit};
}

// What a quantity is called, which units it takes, and an example.
struct Quantity {
  std::string_view name;
  std::span<const Unit> units;
  std::string_view example;
};

std::string units_of(const Quantity& quantity) {
  std::string all;
  for (std::size_t i = 0; i < quantity.units.size(); ++i) {
    all += i == 0 ? "" : i + 1 == quantity.units.size() ? " or " : ", ";
    all += quantity.units[i].name;
  }
  return all;
}

std::unexpected<Error> wrong(std::string_view text, const std::string& what) {
  return fail(Fault::bad_config, "`" + std::string(text) + "` " + what);
}

Result<std::int64_t> read(std::string_view text, const Quantity& quantity) {
  const auto [digits, name] = parts_of(text);
  const auto nano = nano_of(digits);
  const std::string wanted = "write " + std::string(quantity.name) + " in " + units_of(quantity) +
                             ", such as " + std::string(quantity.example);
  if (!nano) {
    return wrong(text, "is no " + std::string(quantity.name.substr(quantity.name.find(' ') + 1)) +
                           "; " + wanted);
  }
  if (name.empty()) {
    return wrong(text, "has no unit; " + wanted);
  }
  const auto unit = std::find_if(quantity.units.begin(), quantity.units.end(),
                                 [&, named = name](const Unit& one) { return one.name == named; });
  if (unit == quantity.units.end()) {
    return wrong(text, "has a unit that is not known here; " + wanted);
  }
  __extension__ using Wide = __int128;
  const Wide scaled = Wide{*nano} * unit->num;
  const Wide below = Wide{1'000'000'000} * unit->den;
  if (scaled % below != 0) {
    // Feet and miles have no whole number of centimetres: the nearest one.
    return static_cast<std::int64_t>((scaled * 2 + (scaled < 0 ? -below : below)) / (below * 2));
  }
  return static_cast<std::int64_t>(scaled / below);
}

constexpr std::array kDistances = {Unit{"m", 100}, Unit{"km", 100'000}, Unit{"ft", 3048, 100},
                                   Unit{"mi", 1'609'344, 10}};
constexpr Quantity kDistance{"a distance", kDistances, "400 m"};
constexpr std::array kTimes = {Unit{"s", 1'000'000}, Unit{"min", 60'000'000},
                               Unit{"h", 3'600'000'000}, Unit{"d", 86'400'000'000}};
constexpr Quantity kTime{"a time", kTimes, "5 min"};
constexpr std::array kSpeeds = {Unit{"km/h", 10'000, 36}, Unit{"mph", 44'704, 100},
                                Unit{"m/s", 1000}};
constexpr Quantity kSpeed{"a speed", kSpeeds, "200 km/h"};

std::optional<int> minute_of(std::string_view text) {
  int hour = 0;
  int minute = 0;
  if (text.size() != 5 || text[2] != ':' ||
      std::from_chars(text.data(), text.data() + 2, hour).ptr != text.data() + 2 ||
      std::from_chars(text.data() + 3, text.data() + 5, minute).ptr != text.data() + 5 ||
      hour < 0 || hour > 24 || minute < 0 || minute > 59 || hour * 60 + minute > 24 * 60) {
    return std::nullopt;
  }
  return hour * 60 + minute;
}

// A moment of that zone's clock. One that is left out is the moment of the change; of one that
// comes twice the earlier, or the later where a span ends.
WallTime moment_of(const date::time_zone& zone, date::local_days day, int minute, bool end) {
  const auto local = day + std::chrono::minutes{minute};
  return std::chrono::floor<Micros>(
      zone.to_sys(local, end ? date::choose::latest : date::choose::earliest));
}

}  // namespace

Result<std::int64_t> read_distance_cm(std::string_view text) {
  auto cm = read(text, kDistance);
  if (cm && *cm <= 0) {
    return wrong(text, "must be above 0");
  }
  if (cm && *cm > 100'000'00) {
    return wrong(text, "is beyond 100 km");
  }
  return cm;
}

Result<Micros> read_length_of_time(std::string_view text) {
  const auto us = read(text, kTime);
  if (!us) {
    return fail(us.error());
  }
  constexpr std::int64_t kMost = std::int64_t{3660} * 86'400 * 1'000'000;
  if (std::abs(*us) > kMost) {
    return wrong(text, "is beyond ten years");
  }
  return Micros{*us};
}

Result<std::int64_t> read_speed_mm_per_s(std::string_view text) {
  constexpr std::string_view kAtMost = "at most ";
  const auto speed = read(text.starts_with(kAtMost) ? text.substr(kAtMost.size()) : text, kSpeed);
  if (speed && (*speed <= 0 || *speed > 1'000'000)) {
    return wrong(text, "must be above 0 and at most 1000 m/s");
  }
  return speed;
}

Result<std::int64_t> read_factor_mn(std::string_view text) {
  const auto nano = text.ends_with('x') ? nano_of(text.substr(0, text.size() - 1)) : std::nullopt;
  if (!nano) {
    return wrong(text,
                 "is no factor; write how many times likelier, such as 4x, or 0.4x against it");
  }
  if (*nano < 1'000'000 || *nano > 1'000'000'000'000) {
    return wrong(text, "must be from 0.001x to 1000x");
  }
  return std::llround(1000 * std::log(static_cast<double>(*nano) / 1e9));
}

Result<std::uint16_t> read_permille(std::string_view text) {
  const auto nano = nano_of(text);
  if (!nano || *nano < 0 || *nano > 1'000'000'000) {
    return wrong(text, "is no share; write a number from 0 to 1, such as 0.60");
  }
  return static_cast<std::uint16_t>((*nano + 500'000) / 1'000'000);
}

Result<std::int64_t> read_odds_mn(std::string_view text) {
  const auto nano = nano_of(text);
  if (!nano || *nano < 1'000'000 || *nano > 999'000'000) {
    return wrong(text, "is no probability; write a number from 0.001 to 0.999, such as 0.55");
  }
  const double share = static_cast<double>(*nano) / 1e9;
  return std::llround(1000 * std::log(share / (1 - share)));
}

Result<std::string> after_at_least(std::string_view text, std::string_view example) {
  constexpr std::string_view kPhrase = "at least ";
  if (!text.starts_with(kPhrase)) {
    return wrong(text, "says no direction; write at least " + std::string(example));
  }
  return std::string(text.substr(kPhrase.size()));
}

Result<std::string> after_at_most(std::string_view text, std::string_view example) {
  constexpr std::string_view kPhrase = "at most ";
  if (!text.starts_with(kPhrase)) {
    return wrong(text, "says no direction; write at most " + std::string(example));
  }
  return std::string(text.substr(kPhrase.size()));
}

Result<WallTime> read_date(std::string_view text) {
  auto moment = text.size() == 10 ? parse_rfc3339(std::string(text) + "T00:00:00Z")
                                  : Result<WallTime>(fail(Fault::bad_config, ""));
  if (!moment) {
    return wrong(text, "is no date; write year, month and day, such as 2026-11-30");
  }
  return *moment;
}

Result<std::int32_t> read_degrees(std::string_view text, int most) {
  const auto nano = nano_of(text);
  if (!nano || std::abs(*nano) > std::int64_t{most} * 1'000'000'000) {
    return wrong(text, "is no number of degrees from -" + std::to_string(most) + " to " +
                           std::to_string(most));
  }
  return static_cast<std::int32_t>((*nano + (*nano < 0 ? -50 : 50)) / 100);
}

Result<DailyHours> read_hours(std::string_view text) {
  const std::string wanted = "; write such as 18:00-02:00 America/Los_Angeles";
  const std::size_t space = text.find(' ');
  const std::string_view clock = text.substr(0, space);
  const std::size_t dash = clock.find('-');
  if (space == std::string_view::npos || dash == std::string_view::npos) {
    return wrong(text, "is no span of hours with its time zone" + wanted);
  }
  const auto from = minute_of(clock.substr(0, dash));
  const auto to = minute_of(clock.substr(dash + 1));
  if (!from || !to) {
    return wrong(text, "has an hour that is none" + wanted);
  }
  DailyHours hours{*from, *to, std::string(text.substr(space + 1))};
  if (zone_named(hours.zone) == nullptr) {
    return wrong(text, "names a time zone that is not known: " + hours.zone + wanted);
  }
  return hours;
}

std::vector<HoursSpan> spans_of(const DailyHours& hours, WallTime from, WallTime to) {
  std::vector<HoursSpan> spans;
  const date::time_zone* zone = zone_named(hours.zone);
  if (zone == nullptr) {
    return spans;
  }
  const auto first = date::floor<date::days>(zone->to_local(from)) - date::days{1};
  for (auto day = first;; day += date::days{1}) {
    const WallTime begin = moment_of(*zone, day, hours.from_minute, false);
    if (begin >= to) {
      return spans;
    }
    const bool next_day = hours.to_minute <= hours.from_minute;
    const WallTime end =
        moment_of(*zone, next_day ? day + date::days{1} : day, hours.to_minute, true);
    const HoursSpan span{std::max(begin, from), std::min(end, to)};
    if (span.from < span.to) {
      spans.push_back(span);
    }
  }
}

}  // namespace fusiond::config
