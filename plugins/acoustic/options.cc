#include "plugins/acoustic/options.h"

#include <algorithm>
#include <utility>

#include "plugins/sdk/settings.h"

namespace fusiond::acoustic {
namespace {

using Names = std::vector<std::string>;

// The names of our own documented shape first, then those of published exports.
const std::array<Names, kFieldNames.size()>& default_fields() {
  static const std::array<Names, kFieldNames.size()> fields = {
      Names{"alert_id", "id", "respond id", "incident_id"},
      Names{"revision"},
      Names{"occurred_at", "timestamp", "datetime"},
      Names{"occurred_end_at"},
      Names{"date"},
      Names{"time"},
      Names{"time range"},
      Names{"type", "incident type"},
      Names{"original_type"},
      Names{"rounds", "rnds"},
      Names{"sensors"},
      Names{"lat", "latitude"},
      Names{"lon", "longitude"},
      Names{"radius_m"},
      Names{"confidence"},
      Names{"area", "zone"},
      Names{"beat", "district"},
      Names{"address", "returned address"},
      Names{"state"},
      Names{"reviewed_at"},
      Names{"published_at"},
      Names{"updated_at"},
      Names{"audio_uri"},
      Names{"test"},
      Names{"shots"},
  };
  return fields;
}

const std::map<std::string, v1::GunshotType>& type_words() {
  static const std::map<std::string, v1::GunshotType> words = {
      {"single", v1::GUNSHOT_TYPE_SINGLE},
      {"single gunshot", v1::GUNSHOT_TYPE_SINGLE},
      {"single gunshots", v1::GUNSHOT_TYPE_SINGLE},
      {"single gunfire", v1::GUNSHOT_TYPE_SINGLE},
      {"single round", v1::GUNSHOT_TYPE_SINGLE},
      {"sg", v1::GUNSHOT_TYPE_SINGLE},
      {"multiple", v1::GUNSHOT_TYPE_MULTIPLE},
      {"multiple gunshots", v1::GUNSHOT_TYPE_MULTIPLE},
      {"multiple gunfire", v1::GUNSHOT_TYPE_MULTIPLE},
      {"multiple rounds", v1::GUNSHOT_TYPE_MULTIPLE},
      {"mg", v1::GUNSHOT_TYPE_MULTIPLE},
      {"probable", v1::GUNSHOT_TYPE_PROBABLE},
      {"probable gunfire", v1::GUNSHOT_TYPE_PROBABLE},
      {"possible gunfire", v1::GUNSHOT_TYPE_PROBABLE},
      {"probable gunshot", v1::GUNSHOT_TYPE_PROBABLE},
      {"possible gunshot", v1::GUNSHOT_TYPE_PROBABLE},
      {"gunshot or firecracker", v1::GUNSHOT_TYPE_PROBABLE},
      {"pg", v1::GUNSHOT_TYPE_PROBABLE},
      {"fireworks", v1::GUNSHOT_TYPE_FIREWORKS},
      {"firecracker", v1::GUNSHOT_TYPE_FIREWORKS},
      {"firecrackers", v1::GUNSHOT_TYPE_FIREWORKS},
      {"other", v1::GUNSHOT_TYPE_OTHER},
      {"backfire", v1::GUNSHOT_TYPE_OTHER},
      {"vehicle backfire", v1::GUNSHOT_TYPE_OTHER},
      {"construction", v1::GUNSHOT_TYPE_OTHER},
      {"helicopter", v1::GUNSHOT_TYPE_OTHER},
  };
  return words;
}

const std::map<std::string, v1::Review>& state_words() {
  static const std::map<std::string, v1::Review> words = {
      {"raw", v1::REVIEW_RAW},
      {"new", v1::REVIEW_RAW},
      {"detected", v1::REVIEW_RAW},
      {"pending", v1::REVIEW_RAW},
      {"machine", v1::REVIEW_MACHINE_VERIFIED},
      {"machine verified", v1::REVIEW_MACHINE_VERIFIED},
      {"confirmed", v1::REVIEW_HUMAN_CONFIRMED},
      {"published", v1::REVIEW_HUMAN_CONFIRMED},
      {"reclassified", v1::REVIEW_HUMAN_CONFIRMED},
      {"dismissed", v1::REVIEW_HUMAN_DISMISSED},
      {"false positive", v1::REVIEW_HUMAN_DISMISSED},
      {"rejected", v1::REVIEW_HUMAN_DISMISSED},
  };
  return words;
}

// A setting's word for one of `values`; a fault lists them.
template <class T, std::size_t N>
std::optional<T> choose(sdk::Settings& in, const std::string& key, std::string_view word,
                        const std::array<std::pair<std::string_view, T>, N>& values) {
  std::string known;
  for (const auto& [name, value] : values) {
    if (name == word) {
      return value;
    }
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  in.fault(key, "must be one of " + known + ", is " + std::string(word));
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, v1::GunshotType>, 5> kTypes = {
    {{"single", v1::GUNSHOT_TYPE_SINGLE},
     {"multiple", v1::GUNSHOT_TYPE_MULTIPLE},
     {"probable", v1::GUNSHOT_TYPE_PROBABLE},
     {"fireworks", v1::GUNSHOT_TYPE_FIREWORKS},
     {"other", v1::GUNSHOT_TYPE_OTHER}}};
constexpr std::array<std::pair<std::string_view, v1::Review>, 5> kStates = {
    {{"raw", v1::REVIEW_RAW},
     {"machine", v1::REVIEW_MACHINE_VERIFIED},
     {"confirmed", v1::REVIEW_HUMAN_CONFIRMED},
     {"dismissed", v1::REVIEW_HUMAN_DISMISSED},
     {"unknown", v1::REVIEW_UNKNOWN}}};
constexpr std::array<std::pair<std::string_view, double>, 2> kScales = {
    {{"0-1", 1.0}, {"0-100", 100.0}}};

void read_fields(sdk::Settings& in, Options& out) {
  out.fields = default_fields();
  auto fields = in.object("fields");
  for (std::size_t i = 0; i < kFieldNames.size(); ++i) {
    out.fields[i] = fields.texts(kFieldNames[i], std::move(out.fields[i]));
    for (auto& name : out.fields[i]) {
      name = name.starts_with('/') ? name : plain_name(name);
    }
  }
  fields.finish();
  const auto parts = in.texts("id_parts", {"id"});
  out.id_parts.clear();
  for (const auto& part : parts) {
    const auto found = std::ranges::find(kFieldNames, part);
    if (found == kFieldNames.end()) {
      in.fault("id_parts", "not a field: " + part);
    } else {
      out.id_parts.push_back(static_cast<Field>(found - kFieldNames.begin()));
    }
  }
}

void read_words(sdk::Settings& in, Options& out) {
  out.types = type_words();
  for (const auto& [word, name] : in.table("types")) {
    if (const auto type = choose(in, "types/" + word, name, kTypes)) {
      out.types[plain_word(word)] = *type;
    }
  }
  out.states = state_words();
  for (const auto& [word, name] : in.table("states")) {
    if (const auto state = choose(in, "states/" + word, name, kStates)) {
      out.states[plain_word(word)] = *state;
    }
  }
  out.default_state = choose(in, "default_state", in.text("default_state", "unknown"), kStates)
                          .value_or(out.default_state);
  const auto unknown = in.text("unknown_type", "keep");
  out.reject_unknown_types = unknown == "reject";
  if (unknown != "keep" && unknown != "reject") {
    in.fault("unknown_type", "must be keep or reject, is " + unknown);
  }
}

void read_all(sdk::Settings& in, Options& out) {
  if (const auto zone = in.required_text("time_zone"); !zone.empty()) {
    if (auto found = sdk::Zone::find(zone)) {
      out.zone = *found;
    } else {
      in.fault("time_zone", found.error());
    }
  }
  const auto format = in.text("time_format", "text");
  if (const auto found = sdk::time_format_of(format)) {
    out.time_format = *found;
  } else {
    in.fault("time_format",
             "must be one of " + std::string(sdk::kTimeFormatNames) + ", is " + format);
  }
  read_fields(in, out);
  read_words(in, out);
  out.scheme = in.text("scheme", out.scheme);
  out.radius_m = in.number("radius_m", out.radius_m, 0, 10'000);
  out.rounded_radius_m = in.number("rounded_radius_m", out.rounded_radius_m, 1, 10'000);
  out.confidence_full =
      choose(in, "confidence_scale", in.text("confidence_scale", "0-1"), kScales).value_or(1.0);
  out.format = in.text("format", out.format);
  if (out.format != "auto" && out.format != "json" && out.format != "csv") {
    in.fault("format", "must be auto, json or csv, is " + out.format);
  }
  out.rows = in.texts("rows", {"alerts", "rows", "data", "features"});
  out.max_part_bytes = static_cast<std::size_t>(
      in.number("max_part_bytes", static_cast<double>(out.max_part_bytes), 1024, 1U << 28U));
}

}  // namespace

std::string plain_word(std::string_view text) {
  std::string out;
  for (const char c : sdk::lower_ascii(text)) {
    const bool blank = c == ' ' || c == '_' || c == '-' || c == '\t';
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) {
    out.pop_back();
  }
  return out;
}

std::string plain_name(std::string_view text) {
  auto out = sdk::lower_ascii(text);
  std::erase_if(out,
                [](char c) { return c == ' ' || c == '_' || c == '-' || c == '.' || c == '\t'; });
  return out;
}

std::string_view name_of(v1::GunshotType type) {
  for (const auto& [name, value] : kTypes) {
    if (value == type) {
      return name;
    }
  }
  return "";
}

std::expected<Options, std::string> read_options(std::string_view settings_json) {
  Options out;
  auto faults = sdk::read_settings(settings_json, [&](sdk::Settings& in) { read_all(in, out); });
  if (!faults.empty()) {
    return std::unexpected(std::move(faults));
  }
  return out;
}

}  // namespace fusiond::acoustic
