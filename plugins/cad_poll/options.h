// The settings of one open-data CAD feed: which column holds what, and what its words mean.
// README.md lists them.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/civil_time.h"

namespace fusiond::cad_poll {

// Where a value may stand: column names, or JSON pointers into the row; the first that holds
// something counts.
using Paths = std::vector<std::string>;

enum class Column : std::uint8_t {
  id,
  cad_number,
  type_code,
  type_text,
  type_code_original,
  type_text_original,
  priority,
  priority_original,
  status,
  disposition,
  address,
  cross_streets,
  lat,
  lon,
  geometry,
  beat,
  agency,
  unit,
  call_source,
  parent,
  duplicate_of,
  caller,
  caller_count,
  sensitive,
};
inline constexpr std::array<std::string_view, 24> kColumnNames = {"id",
                                                                  "cad_number",
                                                                  "type_code",
                                                                  "type_text",
                                                                  "type_code_original",
                                                                  "type_text_original",
                                                                  "priority",
                                                                  "priority_original",
                                                                  "status",
                                                                  "disposition",
                                                                  "address",
                                                                  "cross_streets",
                                                                  "lat",
                                                                  "lon",
                                                                  "geometry",
                                                                  "beat",
                                                                  "agency",
                                                                  "unit",
                                                                  "call_source",
                                                                  "parent",
                                                                  "duplicate_of",
                                                                  "caller",
                                                                  "caller_count",
                                                                  "sensitive"};

enum class TimeColumn : std::uint8_t {
  occurred,
  received,
  entry,
  queued,
  dispatched,
  enroute,
  onscene,
  closed,
  updated
};
inline constexpr std::array<std::string_view, 9> kTimeColumnNames = {
    "occurred", "received", "entry",  "queued", "dispatched",
    "enroute",  "onscene",  "closed", "updated"};

struct TimePaths {
  Paths paths;
  sdk::TimeFormat format = sdk::TimeFormat::text;
};

struct Options {
  std::array<Paths, kColumnNames.size()> columns;
  std::array<TimePaths, kTimeColumnNames.size()> times;
  sdk::Zone zone;
  std::string scheme = "cad";
  std::string agency;
  std::string type_separator;  // splits "38 - Meet Complainant" into code and text
  std::vector<std::string> rows;
  std::map<std::string, std::uint32_t> priorities;
  std::vector<std::string> closed_statuses;
  std::vector<std::string> cancelled_statuses;
  std::vector<std::string> cancelled_dispositions;
  std::vector<std::string> duplicate_dispositions;
  std::vector<std::string> sensitive_types;
  std::vector<std::string> test_types;
  std::vector<std::string> redacted_words;
  std::vector<std::string> block_words;
  std::vector<std::string> intersection_marks;
  std::string point_precision = "address";
  double address_radius_m = 0;  // 0 = left to the host
  double block_radius_m = 100;
  double intersection_radius_m = 50;
  double rounded_radius_m = 55;
  std::string caller_key;
  std::size_t max_part_bytes = 1U << 20U;

  [[nodiscard]] const Paths& of(Column column) const {
    return columns[static_cast<std::size_t>(column)];
  }
  [[nodiscard]] const TimePaths& of(TimeColumn column) const {
    return times[static_cast<std::size_t>(column)];
  }
};

// Errors: every fault of the settings, a line each.
[[nodiscard]] std::expected<Options, std::string> read_options(std::string_view settings_json);

}  // namespace fusiond::cad_poll
