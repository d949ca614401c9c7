#include "daemon/fit/association_text.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "daemon/base/sha256.h"
#include "daemon/fit/blocks.h"
#include "daemon/fit/constants.h"

namespace fusiond::fit {
namespace {

constexpr std::size_t kHashDigits = 10;

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

std::string line_of(const std::string& name, std::int64_t value, const std::string& note) {
  return "  " + padded(name + ": " + std::to_string(value), 24) + "# " + note + "\n";
}

std::string delays(const Estimates& estimates, const fusion::AssociationConfig& config) {
  std::string text = "delay_mean_s:\n";
  for (const auto& [source, mean] : config.delay_mean) {
    const auto i = static_cast<std::size_t>(source);
    text += line_of(name_of_source(i), mean.count() / 1'000'000, note_of(estimates.delay[i]));
  }
  return text;
}

std::string device_stand_offs(const History& history, const Estimates& estimates,
                              const fusion::AssociationConfig& config) {
  std::string text = "stand_off_m:\n";
  for (const auto& [source, metres] : config.stand_off_m) {
    const auto i = static_cast<std::size_t>(source);
    const std::string unit = source == SourceKind::cad ? "units on scene; " : "";
    text += line_of(name_of_source(i), metres,
                    unit + note_of(estimates.stand_off[history.families.size() + i]));
  }
  return text;
}

std::string caller_stand_offs(const History& history, const Estimates& estimates,
                              const fusion::AssociationConfig& config) {
  std::string text = "caller_stand_off_m:\n";
  for (std::size_t f = 0; f < history.families.size(); ++f) {
    text +=
        line_of(history.families[f], config.caller_stand_off_m[f], note_of(estimates.stand_off[f]));
  }
  return text;
}

std::string callers_afar(const History& history, const fusion::AssociationConfig& config) {
  std::string text = "caller_afar:  # as given, stretched like the stand-off of the family\n";
  for (std::size_t f = 0; f < config.caller_afar.size(); ++f) {
    const auto& far = config.caller_afar[f];
    if (far.permille > 0) {
      text += "  " + history.families[f] + ": {permille: " + std::to_string(far.permille) +
              ", m: " + std::to_string(far.metres) + "}\n";
    }
  }
  return text;
}

std::string kind_shares(const History& history, const fusion::AssociationConfig& config) {
  std::string text = "kind_share_ppm:\n";
  for (const auto& [name, share] : config.kind_share_ppm) {
    const auto at = std::find(history.kinds.begin(), history.kinds.end(), name);
    const auto kind = static_cast<std::size_t>(at - history.kinds.begin());
    const std::string seen = at == history.kinds.end()
                                 ? "no reports"
                                 : number(history.reports_of_kind[kind], 0) + " reports";
    text += line_of(name, share, seen);
  }
  return text;
}

std::string row_text(const History& history, const std::vector<std::uint32_t>& row) {
  std::string text = "{";
  for (std::size_t f = 0; f < row.size(); ++f) {
    text += (f == 0 ? "" : ", ") + history.families[f] + ": " + std::to_string(row[f]);
  }
  return text + "}";
}

// The rows that are not as the file has them, each with its remark, by kind.
std::map<std::string, std::string> new_rows(const AssociationFile& file, const History& history,
                                            const Estimates& estimates,
                                            const fusion::AssociationConfig& config) {
  std::map<std::string, std::string> rows;
  for (const auto& [name, row] : config.kinds) {
    const auto written = file.config.kinds.find(name);
    if (written != file.config.kinds.end() && written->second == row) {
      continue;
    }
    const auto kind = static_cast<std::size_t>(
        std::find(history.kinds.begin(), history.kinds.end(), name) - history.kinds.begin());
    const bool estimated = estimates.row.at(kind).verdict == Verdict::estimated;
    rows[name] = "  # " + (estimated ? "" : std::string("from the table of types; ")) +
                 note_of(estimates.row[kind], 1, 3) + "\n  " + name + ": " +
                 row_text(history, row) + "\n";
  }
  return rows;
}

// Rows that did not change stay as they are written. When a new one has no line of its own there,
// all are written anew.
std::string kinds(const std::string& given, const std::map<std::string, std::string>& rows,
                  const History& history, const fusion::AssociationConfig& config) {
  std::size_t replaced = 0;
  std::string text;
  for (std::size_t at = 0; at < given.size();) {
    const auto end = given.find('\n', at);
    const std::string line = given.substr(at, end - at);
    at = end + 1;
    const auto from = line.find_first_not_of(' ');
    const auto name =
        from == std::string::npos ? std::string{} : line.substr(from, line.find(':', from) - from);
    const auto row = line.find('}') == std::string::npos ? rows.end() : rows.find(name);
    replaced += row == rows.end() ? 0 : 1;
    text += row == rows.end() ? line + "\n" : row->second;
  }
  if (replaced == rows.size()) {
    return text;
  }
  text = "kinds:\n";
  for (const auto& [name, row] : config.kinds) {
    const auto changed = rows.find(name);
    text += changed != rows.end() ? changed->second
                                  : "  " + name + ": " + row_text(history, row) + "\n";
  }
  return text;
}

std::string family_prior(const History& history, const Estimates& estimates,
                         const fusion::AssociationConfig& config) {
  const std::string note = estimates.prior_estimated
                               ? "estimated from " + number(estimates.background.reports, 0) +
                                     " reports and the table below"
                               : std::string("kept: too few reports");
  std::string text = "family_prior_ppm:  # " + note + "\n";
  for (std::size_t f = 0; f < history.families.size(); ++f) {
    text += "  " + history.families[f] + ": " + std::to_string(config.family_prior_ppm[f]) + "\n";
  }
  return text;
}

std::string background(const Estimates& estimates, const fusion::AssociationConfig& config) {
  const Background& seen = estimates.background;
  const std::string of = number(seen.reports, 0) + " reports in " + number(seen.hours, 1) +
                         " h on " + number(seen.area_km2, 0) + " km^2";
  const std::string note = estimates.lambda.verdict == Verdict::estimated ? "estimated from " + of
                                                                          : "kept: too few, " + of;
  return "background_ln_mn: " + std::to_string(config.background_ln_mn) + "  # " + note + "\n";
}

}  // namespace

std::string association_text(const AssociationFile& file, const History& history,
                             const Estimates& estimates, const fusion::AssociationConfig& fitted) {
  const std::map<std::string, std::string> replaced{
      {"family_prior_ppm", family_prior(history, estimates, fitted)},
      {"delay_mean_s", delays(estimates, fitted)},
      {"stand_off_m", device_stand_offs(history, estimates, fitted)},
      {"caller_stand_off_m", caller_stand_offs(history, estimates, fitted)},
      {"caller_afar", callers_afar(history, fitted)},
      {"kind_share_ppm", kind_shares(history, fitted)},
      {"background_ln_mn", background(estimates, fitted)},
      {"default_stand_off_m", "default_stand_off_m: " + std::to_string(fitted.default_stand_off_m) +
                                  "  # a source kind without a row above\n"},
  };
  const auto rows = new_rows(file, history, estimates, fitted);
  std::string before;
  std::string after;
  bool versioned = false;
  for (const Block& block : blocks_of(file.text)) {
    if (block.key == "version") {
      versioned = true;
      continue;
    }
    const auto found = replaced.find(block.key);
    std::string& text = versioned ? after : before;
    if (block.key == "kinds") {
      text += kinds(block.text, rows, history, fitted);
    } else {
      text += found == replaced.end() ? block.text : found->second;
    }
  }
  const std::string days =
      estimates.from.empty() ? "nothing" : estimates.from + "_" + estimates.until;
  const std::string hash = hex_of(sha256(before + after)).substr(0, kHashDigits);
  return before + "# Fitted by `fusiond fit` to " + days + ", starting from " + fitted.version +
         ". What was estimated says so; a row of\n# `kinds` without a remark was kept.\n" +
         "version: \"fit-" + days + "-" + hash + "\"\n" + after;
}

std::string version_of(const std::string& text) {
  const std::string mark = "\nversion: \"";
  const auto at = text.find(mark);
  if (at == std::string::npos) {
    return {};
  }
  const auto from = at + mark.size();
  return text.substr(from, text.find('"', from) - from);
}

}  // namespace fusiond::fit
