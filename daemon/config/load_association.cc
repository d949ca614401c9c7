#include <algorithm>

#include "daemon/config/load_parts.h"

namespace fusiond::config {
namespace {

constexpr std::int64_t kPpm = 1'000'000;
constexpr std::size_t kMaxFamilies = 16;

const std::vector<std::string>& source_kind_names() {
  // In the order of SourceKind.
  static const std::vector<std::string> names = {"unspecified", "camera", "cad",     "alarm",
                                                 "acoustic",    "plate",  "social",  "public_alert",
                                                 "traffic",     "track",  "operator"};
  return names;
}

std::optional<SourceKind> source_kind_of(const std::string& name) {
  const auto& names = source_kind_names();
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) {
    return std::nullopt;
  }
  return static_cast<SourceKind>(it - names.begin());
}

// A whole number from `low` to `high`, or a fault at `value`.
std::optional<std::int64_t> whole(Section& section, const YAML::Node& value,
                                  const std::string& name, std::int64_t low, std::int64_t high) {
  std::int64_t number = 0;
  if (!value.IsScalar() || !YAML::convert<std::int64_t>::decode(value, number) || number < low ||
      number > high) {
    section.fault(value, name + " must be a whole number from " + std::to_string(low) + " to " +
                             std::to_string(high) +
                             (value.IsScalar() ? ", got: " + value.Scalar() : ""));
    return std::nullopt;
  }
  return number;
}

// The index of a family, or a fault with the nearest name.
std::optional<std::size_t> family_index(Section& section, const YAML::Node& at,
                                        const std::string& name,
                                        const std::vector<std::string>& families) {
  const auto it = std::find(families.begin(), families.end(), name);
  if (it != families.end()) {
    return static_cast<std::size_t>(it - families.begin());
  }
  const std::string close = nearest(name, families);
  section.fault(at,
                "unknown family " + name + (close.empty() ? "" : "; did you mean " + close + "?"));
  return std::nullopt;
}

// Reads {family: number}. `seen` says which families were named.
void read_by_family(Section& section, const YAML::Node& node, const std::string& name,
                    const std::vector<std::string>& families, std::int64_t high,
                    std::vector<std::uint32_t>& values, std::vector<bool>& seen) {
  values.assign(families.size(), 0);
  seen.assign(families.size(), false);
  if (!node.IsMap()) {
    section.fault(node, name + " must be a mapping of families");
    return;
  }
  for (const auto& pair : node) {
    const auto index = family_index(section, pair.first, pair.first.Scalar(), families);
    const auto value = whole(section, pair.second, name + "." + pair.first.Scalar(), 0, high);
    if (!index || !value) {
      continue;
    }
    values[*index] = static_cast<std::uint32_t>(*value);
    seen[*index] = true;
  }
}

// What a row leaves over is spread evenly over the families it does not name; the last of them
// takes the remainder.
void spread_rest(Section& section, const YAML::Node& node, const std::string& name,
                 std::vector<std::uint32_t>& row, const std::vector<bool>& seen) {
  std::int64_t named = 0;
  for (const auto value : row) {
    named += value;
  }
  if (named > kPpm) {
    section.fault(
        node, name + " adds up to more than 1000000 parts per million: " + std::to_string(named));
    return;
  }
  const auto open = std::count(seen.begin(), seen.end(), false);
  std::int64_t rest = kPpm - named;
  if (open == 0 && rest != 0) {
    section.fault(
        node, name + " must add up to 1000000 parts per million, got: " + std::to_string(named));
  }
  auto left = open;
  for (std::size_t i = 0; i < row.size() && left > 0; ++i) {
    if (seen[i]) {
      continue;
    }
    const std::int64_t share = rest / left;
    row[i] = static_cast<std::uint32_t>(share);
    rest -= share;
    --left;
  }
}

void read_families(Section& top, fusion::AssociationConfig& config) {
  top.require("families");
  top.texts("families", config.families);
  if (config.families.empty() || config.families.size() > kMaxFamilies) {
    top.fault_at("families",
                 "families must be from 1 to 16, got: " + std::to_string(config.families.size()));
  }
  std::vector<bool> seen;
  const YAML::Node prior = top.take("family_prior_ppm");
  if (!top.require("family_prior_ppm")) {
    return;
  }
  read_by_family(top, prior, "family_prior_ppm", config.families, kPpm, config.family_prior_ppm,
                 seen);
  std::int64_t sum = 0;
  for (const auto value : config.family_prior_ppm) {
    sum += value;
  }
  if (sum != kPpm ||
      std::count(config.family_prior_ppm.begin(), config.family_prior_ppm.end(), 0u) > 0) {
    top.fault(prior,
              "family_prior_ppm must name every family with a share above 0 and add up to 1000000, "
              "got: " +
                  std::to_string(sum));
  }
}

void read_kind_table(Section& top, fusion::AssociationConfig& config) {
  top.require("kinds");
  top.mapping("kinds", [&](const std::string& kind, const YAML::Node& node) {
    std::vector<std::uint32_t> row;
    std::vector<bool> seen;
    read_by_family(top, node, "kinds." + kind, config.families, kPpm, row, seen);
    if (node.IsMap()) {
      spread_rest(top, node, "kinds." + kind, row, seen);
    }
    config.kinds[kind] = std::move(row);
  });
  if (!config.kinds.contains("unclassified")) {
    top.fault_at("kinds",
                 "kinds must have a row unclassified: it stands for every kind without one");
  }
}

// Shares of the kinds among all reports; only of those in the table.
void read_kind_shares(Section& top, fusion::AssociationConfig& config) {
  top.mapping("kind_share_ppm", [&](const std::string& kind, const YAML::Node& node) {
    const auto value = whole(top, node, "kind_share_ppm." + kind, 1, kPpm);
    if (kind == "unclassified" || !config.kinds.contains(kind)) {
      std::vector<std::string> names;
      for (const auto& [name, row] : config.kinds) {
        names.push_back(name);
      }
      const std::string close = nearest(kind, names);
      top.fault(node, kind == "unclassified"
                          ? "unclassified is no kind that two reports can share"
                          : "kind_share_ppm: no such kind: " + kind +
                                (close.empty() ? "" : "; did you mean " + close + "?"));
    } else if (value) {
      config.kind_share_ppm[kind] = static_cast<std::uint32_t>(*value);
    }
  });
  top.integer("like_permille", config.like_permille, 0, 900);
  top.integer("like_least_ppm", config.like_least_ppm, 100, kPpm);
}

// By source kind, and "unit" for the calls of units on scene.
void read_alone(Section& top, fusion::AssociationConfig& config) {
  top.mapping("alone_permille", [&](const std::string& name, const YAML::Node& node) {
    const auto kind = source_kind_of(name);
    const auto value = whole(top, node, "alone_permille." + name, 0, 999);
    if (!value) {
      return;
    }
    const auto permille = static_cast<std::uint32_t>(*value);
    if (name == "unit") {
      config.alone_unit_permille = permille;
    } else if (kind) {
      config.alone_permille[*kind] = permille;
    } else {
      const std::string close = nearest(name, source_kind_names());
      top.fault(node, "unknown source kind " + name +
                          (close.empty() ? "" : "; did you mean " + close + "?"));
    }
  });
}

// {family: {permille, m}}; families that are not named are never further off.
void read_caller_afar(Section& top, fusion::AssociationConfig& config) {
  top.mapping("caller_afar", [&](const std::string& name, const YAML::Node& node) {
    config.caller_afar.resize(config.families.size());
    const auto index = family_index(top, node, name, config.families);
    if (!node.IsMap()) {
      top.fault(node, "caller_afar." + name + " must be a mapping of keys");
    } else if (index) {
      Section row(top.file(), node, "caller_afar." + name, top.faults());
      row.integer("permille", config.caller_afar[*index].permille, 0, 999);
      row.integer("m", config.caller_afar[*index].metres, 0, 5'000);
    }
  });
}

void read_by_source_kind(Section& top, const char* key, std::int64_t high,
                         const std::function<void(SourceKind, std::int64_t)>& put) {
  top.require(key);
  top.mapping(key, [&](const std::string& name, const YAML::Node& node) {
    const auto kind = source_kind_of(name);
    const auto value = whole(top, node, std::string(key) + "." + name, 1, high);
    if (!kind) {
      const std::string close = nearest(name, source_kind_names());
      top.fault(node, "unknown source kind " + name +
                          (close.empty() ? "" : "; did you mean " + close + "?"));
    } else if (value) {
      put(*kind, *value);
    }
  });
}

void read_keys(Section& keys, fusion::AssociationConfig::KeyWeights& weights) {
  constexpr std::int64_t kMax = 1'000'000;
  keys.integer("cad_mn", weights.cad_mn, 0, kMax);
  keys.integer("plate_mn", weights.plate_mn, 0, kMax);
  keys.integer("duplicate_of_mn", weights.duplicate_of_mn, 0, kMax);
  keys.integer("caller_mn", weights.caller_mn, 0, kMax);
  keys.integer("device_mn", weights.device_mn, 0, kMax);
  const auto seconds = [&](const char* key, Micros& value) {
    auto s = std::chrono::duration_cast<std::chrono::seconds>(value);
    read_duration(keys, key, s, 0, 86'400);
    value = s;
  };
  seconds("device_window_s", weights.device_window);
  seconds("case_window_s", weights.case_window);
  keys.integer("case_reach_m", weights.case_reach_m, 0, 100'000);
  keys.integer("case_speed_m_per_s", weights.case_speed_m_per_s, 0, 1'000);
}

void read_limits(Section& top, fusion::AssociationConfig& config) {
  const auto seconds = [&](const char* key, Micros& value, std::int64_t low, std::int64_t high) {
    auto s = std::chrono::duration_cast<std::chrono::seconds>(value);
    read_duration(top, key, s, low, high);
    value = s;
  };
  top.integer("reach_m", config.reach_m, 10, 5'000);
  seconds("window_s", config.window, 10, 86'400);
  top.integer("spread_tenths", config.spread_tenths, 1, 10'000);
  top.integer("theta_mn", config.theta_mn, -100'000, 100'000);
  top.integer("case_margin_mn", config.case_margin_mn, 0, 100'000);
  top.integer("case_reach_m", config.case_reach_m, 10, 100'000);
  seconds("case_window_s", config.case_window, 10, 7 * 86'400);
  top.integer("floor_m", config.floor_m, 0, 1'000);
  top.integer("background_reach_m", config.background_reach_m, 10, 5'000);
  top.integer("background_ln_mn", config.background_ln_mn, -60'000, 0);
  top.integer("background_permille", config.background_permille, 1, 100'000);
  seconds("recent_s", config.recent, 1, 86'400);
  top.integer("recent_permille", config.recent_permille, 0, 10'000);
  top.integer("crowd_events", config.crowd_events, 10, 1'000'000);
  top.integer("crowd_anchors", config.crowd_anchors, 10, 1'000'000);
  top.integer("members_listed", config.members_listed, 2, 1'000);
  seconds("skew_s", config.skew, 0, 86'400);
  seconds("complete_after_s", config.complete_after, 0, 86'400);
  top.integer("related_reach_m", config.related_reach_m, 0, 100'000);
  seconds("related_window_s", config.related_window, 0, 86'400);
  top.integer("place_trust", config.place_trust, 1, 1000);
  top.integer("default_stand_off_m", config.default_stand_off_m, 1, 10'000);
  top.integer("heard_ppm", config.heard_ppm, 1, 1'000'000);
  top.integer("afar_m", config.afar_m, 0, 10'000);
  top.integer("address_stand_off_percent", config.address_stand_off_percent, 0, 100);
}

// In the order of WitnessKind.
const std::vector<std::string>& witness_kind_names() {
  static const std::vector<std::string> names = {
      "unspecified", "camera",       "caller",  "alarm", "acoustic", "plate",
      "social",      "public_alert", "traffic", "track", "operator", "unit"};
  return names;
}

void read_witness(Section& section, fusion::ConfidenceConfig::Entry& entry) {
  constexpr std::int64_t kMost = 20'000;
  section.integer("prior_mn", entry.prior_mn, -kMost, kMost);
  section.integer("likelier_mn", entry.likelier_mn, 0, kMost);
  section.integer("own_slope_mn", entry.own_slope_mn, 0, 100'000);
  section.integer("own_bound_mn", entry.own_bound_mn, 0, kMost);
  section.boolean("fits", entry.fits);
  section.boolean("repeats", entry.repeats);
}

void read_confidence(Section& section, fusion::ConfidenceConfig& config) {
  constexpr std::int64_t kMost = 20'000;
  section.mapping("witnesses", [&](const std::string& name, const YAML::Node& node) {
    const auto& names = witness_kind_names();
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end() || !node.IsMap()) {
      const std::string close = nearest(name, names);
      section.fault(node, at != names.end()
                              ? "witnesses." + name + " must be a mapping of keys"
                              : "unknown kind of witness " + name +
                                    (close.empty() ? "" : "; did you mean " + close + "?"));
      return;
    }
    Section row(section.file(), node, "confidence.witnesses." + name, section.faults());
    read_witness(row, config.witnesses[static_cast<std::size_t>(at - names.begin())]);
  });
  section.mapping("kinds_mn", [&](const std::string& kind, const YAML::Node& node) {
    if (const auto value = whole(section, node, "kinds_mn." + kind, -kMost, kMost)) {
      config.kinds_mn[kind] = *value;
    }
  });
  section.integer("share_permille", config.share_permille, 0, 1000);
  section.integer("fits_most_mn", config.fits_most_mn, 0, kMost);
  section.integer("alone_after", config.alone_after, 1, 1'000'000);
  section.integer("alone_mn", config.alone_mn, 0, kMost);
  section.integer("retracted_mn", config.retracted_mn, 0, kMost);
  section.integer("cancelled_mn", config.cancelled_mn, 0, kMost);
  section.integer("limit_mn", config.limit_mn, 100, 6'900);
}

void read_maybe(Section& section, fusion::MaybeConfig& config) {
  const auto table = [&](const char* key, std::vector<std::uint32_t>& values) {
    const YAML::Node node = section.take(key);
    if (!node.IsDefined()) {
      return;
    }
    if (!node.IsSequence() || node.size() < 1 || node.size() > 64) {
      section.fault(node, std::string(key) + " must be a list of 1 to 64 numbers");
      return;
    }
    values.clear();
    for (const auto& one : node) {
      if (const auto value = whole(section, one, key, 0, 999)) {
        values.push_back(static_cast<std::uint32_t>(*value));
      }
    }
  };
  table("calls_permille", config.calls_permille);
  table("others_permille", config.others_permille);
  section.integer("late_permille", config.late_permille, 0, 999);
  section.integer("least_permille", config.least_permille, 1, 1000);
}

void read_family_entry(Section& section, rules::FamilyEntry& entry) {
  section.text("type", entry.type);
  section.text("title", entry.title);
  section.integer("priority", entry.priority, 0, 10);
}

}  // namespace

void read_association(Section& top, fusion::AssociationConfig& config) {
  top.require("version");
  top.text("version", config.version);
  read_families(top, config);
  read_kind_table(top, config);
  read_kind_shares(top, config);
  read_alone(top, config);
  read_by_source_kind(top, "delay_mean_s", 86'400, [&](SourceKind kind, std::int64_t s) {
    config.delay_mean[kind] = std::chrono::seconds{s};
  });
  read_by_source_kind(top, "stand_off_m", 10'000, [&](SourceKind kind, std::int64_t m) {
    config.stand_off_m[kind] = static_cast<std::uint32_t>(m);
  });
  std::vector<bool> seen;
  const YAML::Node callers = top.take("caller_stand_off_m");
  if (top.require("caller_stand_off_m")) {
    read_by_family(top, callers, "caller_stand_off_m", config.families, 10'000,
                   config.caller_stand_off_m, seen);
    if (std::count(seen.begin(), seen.end(), false) > 0) {
      top.fault(callers, "caller_stand_off_m must name every family");
    }
  }
  read_caller_afar(top, config);
  read_limits(top, config);
  top.section("keys", [&](Section& s) { read_keys(s, config.keys); });
  top.section("confidence", [&](Section& s) { read_confidence(s, config.confidence); });
  top.section("maybe", [&](Section& s) { read_maybe(s, config.maybe); });
}

void read_rules(Section& top, rules::PriorityTable& table) {
  top.require("version");
  top.text("version", table.version);
  top.require("families");
  top.mapping("families", [&](const std::string& name, const YAML::Node& node) {
    if (!node.IsMap()) {
      top.fault(node, "families." + name + " must be a mapping of keys");
      return;
    }
    Section section(top.file(), node, "families." + name, top.faults());
    read_family_entry(section, table.families[name]);
  });
  top.section("unclassified", [&](Section& s) { read_family_entry(s, table.unclassified); });
}

}  // namespace fusiond::config
