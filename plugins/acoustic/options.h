// The settings of one acoustic source: where each value stands and what the words mean. README.md
// lists them.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fusiond/v1/event.pb.h"
#include "plugins/sdk/civil_time.h"

namespace fusiond::acoustic {

enum class Field : std::uint8_t {
  id,
  revision,
  occurred,
  occurred_end,
  date,
  clock,
  time_range,
  type,
  original_type,
  rounds,
  sensors,
  lat,
  lon,
  radius_m,
  confidence,
  area,
  beat,
  address,
  state,
  reviewed,
  published,
  updated,
  audio,
  test,
  shots,
};
inline constexpr std::array<std::string_view, 25> kFieldNames = {
    "id",         "revision",      "occurred", "occurred_end", "date",  "clock",    "time_range",
    "type",       "original_type", "rounds",   "sensors",      "lat",   "lon",      "radius_m",
    "confidence", "area",          "beat",     "address",      "state", "reviewed", "published",
    "updated",    "audio",         "test",     "shots"};

struct Options {
  // Names (compared without case and punctuation) or JSON pointers; the first that holds something
  // counts.
  std::array<std::vector<std::string>, kFieldNames.size()> fields;
  std::vector<Field> id_parts = {Field::id};
  std::map<std::string, v1::GunshotType> types;  // by plain word
  std::map<std::string, v1::Review> states;      // by plain word
  v1::Review default_state = v1::REVIEW_UNKNOWN;
  sdk::Zone zone;
  sdk::TimeFormat time_format = sdk::TimeFormat::text;
  std::string scheme = "acoustic";
  bool reject_unknown_types = false;
  double radius_m = 0;  // 0 = left to the host
  double rounded_radius_m = 55;
  double confidence_full = 1;  // what the source writes for certainty: 1 or 100
  std::string format = "auto";
  std::vector<std::string> rows;
  std::size_t max_part_bytes = 1U << 20U;

  [[nodiscard]] const std::vector<std::string>& of(Field field) const {
    return fields[static_cast<std::size_t>(field)];
  }
};

// Errors: every fault of the settings, a line each.
[[nodiscard]] std::expected<Options, std::string> read_options(std::string_view settings_json);

// "Multiple_Gunshots " -> "multiple gunshots": as words are compared.
[[nodiscard]] std::string plain_word(std::string_view text);
// "Respond ID" -> "respondid": as names are compared.
[[nodiscard]] std::string plain_name(std::string_view text);

[[nodiscard]] std::string_view name_of(v1::GunshotType type);

}  // namespace fusiond::acoustic
