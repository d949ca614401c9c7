#include "plugins/cad_poll/options.h"

#include "plugins/sdk/settings.h"

namespace fusiond::cad_poll {
namespace {

sdk::TimeFormat read_format(sdk::Settings& in, std::string_view key, sdk::TimeFormat otherwise) {
  const auto name = in.text(key);
  if (name.empty()) {
    return otherwise;
  }
  const auto format = sdk::time_format_of(name);
  if (!format) {
    in.fault(key, "must be one of " + std::string(sdk::kTimeFormatNames) + ", is " + name);
  }
  return format.value_or(otherwise);
}

void read_time_column(sdk::Settings& in, std::string_view key, sdk::TimeFormat format,
                      TimePaths& out) {
  out.format = format;
  const auto value = in.value(key);
  if (value && value->is_object()) {
    auto object = in.object(key);
    out.paths = object.texts("column");
    out.format = read_format(object, "format", format);
    if (out.paths.empty()) {
      object.fault("column", "is required");
    }
    object.finish();
  } else {
    out.paths = in.texts(key);
  }
}

void read_columns(sdk::Settings& in, Options& out, sdk::TimeFormat format) {
  auto columns = in.object("columns");
  for (std::size_t i = 0; i < kColumnNames.size(); ++i) {
    out.columns[i] = columns.texts(kColumnNames[i]);
  }
  for (std::size_t i = 0; i < kTimeColumnNames.size(); ++i) {
    read_time_column(columns, kTimeColumnNames[i], format, out.times[i]);
  }
  if (out.of(Column::id).empty()) {
    columns.fault("id", "is required");
  }
  if (out.of(TimeColumn::occurred).paths.empty()) {
    columns.fault("occurred", "is required");
  }
  if (out.of(Column::lat).empty() != out.of(Column::lon).empty()) {
    columns.fault(out.of(Column::lat).empty() ? "lat" : "lon", "lat and lon go together");
  }
  columns.finish();
}

void read_priorities(sdk::Settings& in, Options& out) {
  for (const auto& [native, text] : in.table("priorities")) {
    const auto level = sdk::integer_of(text);
    if (!level || *level < 0 || *level > 10) {
      in.fault("priorities/" + native,
               "must be a whole number from 0 to 10, 10 the most urgent, is " + text);
    } else {
      out.priorities.emplace(native, static_cast<std::uint32_t>(*level));
    }
  }
}

void read_precision(sdk::Settings& in, Options& out) {
  out.block_words = in.texts("block_words", {"BLK", "BLOCK"});
  out.intersection_marks = in.texts("intersection_marks", {"&", "/", "\\", "@"});
  out.point_precision = in.text("point_precision", out.point_precision);
  if (out.point_precision != "address" && out.point_precision != "block" &&
      out.point_precision != "intersection") {
    in.fault("point_precision",
             "must be address, block or intersection, is " + out.point_precision);
  }
  auto radii = in.object("radius_m");
  out.address_radius_m = radii.number("address", out.address_radius_m, 0, 10'000);
  out.block_radius_m = radii.number("block", out.block_radius_m, 1, 10'000);
  out.intersection_radius_m = radii.number("intersection", out.intersection_radius_m, 1, 10'000);
  out.rounded_radius_m = radii.number("rounded", out.rounded_radius_m, 1, 10'000);
  radii.finish();
}

void read_all(sdk::Settings& in, Options& out) {
  if (const auto zone = in.required_text("time_zone"); !zone.empty()) {
    if (auto found = sdk::Zone::find(zone)) {
      out.zone = *found;
    } else {
      in.fault("time_zone", found.error());
    }
  }
  read_columns(in, out, read_format(in, "time_format", sdk::TimeFormat::text));
  read_priorities(in, out);
  read_precision(in, out);
  out.scheme = in.text("scheme", out.scheme);
  out.agency = in.text("agency");
  const auto separator = in.value("type_separator");
  if (separator && separator->is_string()) {
    out.type_separator = separator->get_string().value_unsafe();  // its blanks count
  } else if (separator) {
    in.fault("type_separator", "must be a text");
  }
  out.rows = in.texts("rows", {"features", "rows", "data", "results", "calls", "incidents"});
  out.closed_statuses = in.texts("closed_statuses");
  out.cancelled_statuses = in.texts("cancelled_statuses");
  out.cancelled_dispositions = in.texts("cancelled_dispositions");
  out.duplicate_dispositions = in.texts("duplicate_dispositions");
  out.sensitive_types = in.texts("sensitive_types");
  out.test_types = in.texts("test_types");
  out.redacted_words = in.texts("redacted_words", {"REDACTED"});
  out.caller_key = in.text("caller_key");
  if (!out.of(Column::caller).empty() && out.caller_key.size() < 16) {
    in.fault("caller_key", "is required with columns.caller, at least 16 characters");
  }
  out.max_part_bytes = static_cast<std::size_t>(
      in.number("max_part_bytes", static_cast<double>(out.max_part_bytes), 1024, 1U << 28U));
}

}  // namespace

std::expected<Options, std::string> read_options(std::string_view settings_json) {
  Options out;
  auto faults = sdk::read_settings(settings_json, [&](sdk::Settings& in) { read_all(in, out); });
  if (!faults.empty()) {
    return std::unexpected(std::move(faults));
  }
  return out;
}

}  // namespace fusiond::cad_poll
