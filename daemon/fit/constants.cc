#include "daemon/fit/constants.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

namespace fusiond::fit {
namespace {

constexpr std::int64_t kPpm = 1'000'000;

std::uint32_t whole(double value) {
  return static_cast<std::uint32_t>(std::max(std::lround(value), 1L));
}

// Shares as parts per million, at least 1 each; the largest takes what rounding leaves.
std::vector<std::uint32_t> ppm_of(const std::vector<double>& shares) {
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  std::vector<std::uint32_t> ppm;
  std::int64_t all = 0;
  for (const double share : shares) {
    ppm.push_back(whole(share / sum * static_cast<double>(kPpm)));
    all += ppm.back();
  }
  auto& most = *std::max_element(ppm.begin(), ppm.end());
  most = static_cast<std::uint32_t>(most + kPpm - all);
  return ppm;
}

}  // namespace

std::string number(double value, int decimals) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, decimals);
  return {text.data(), end.ptr};
}

const std::string& name_of_source(std::size_t source) {
  static const std::array<std::string, kSources> names{
      "unspecified", "camera",       "cad",     "alarm", "acoustic", "plate",
      "social",      "public_alert", "traffic", "track", "operator"};
  return names.at(source);
}

std::string name_of_stand_off(const History& history, std::size_t stand_off) {
  const std::size_t families = history.families.size();
  return stand_off < families ? "callers, " + history.families[stand_off]
                              : name_of_source(stand_off - families);
}

namespace {

// The share of each kind that was reported often enough, where the association has shares at all.
void count_kinds(const History& history, fusion::AssociationConfig& config) {
  constexpr double kEnough = 30;
  const double all =
      std::accumulate(history.reports_of_kind.begin(), history.reports_of_kind.end(), 0.0);
  if (config.kind_share_ppm.empty() || all < 200) {
    return;
  }
  for (std::size_t kind = 0; kind < history.kinds.size(); ++kind) {
    const double reports = history.reports_of_kind[kind];
    const std::string& name = history.kinds[kind];
    if (reports >= kEnough && name != "unclassified" && config.kinds.contains(name)) {
      config.kind_share_ppm[name] = whole(reports / all * static_cast<double>(kPpm));
    }
  }
}

}  // namespace

fusion::AssociationConfig constants_of(const fusion::AssociationConfig& given,
                                       const History& history, const Estimates& estimates) {
  fusion::AssociationConfig config = given;
  for (std::size_t i = 0; i < kSources; ++i) {
    if (estimates.delay[i].verdict == Verdict::estimated) {
      config.delay_mean[static_cast<SourceKind>(i)] =
          std::chrono::seconds{whole(estimates.delay[i].estimate)};
    }
  }
  const std::size_t families = history.families.size();
  for (std::size_t i = 0; i < estimates.stand_off.size(); ++i) {
    if (estimates.stand_off[i].verdict != Verdict::estimated) {
      continue;
    }
    const std::uint32_t metres = whole(estimates.stand_off[i].estimate);
    if (i < families) {
      // Both scales stretch alike.
      const double times = estimates.stand_off[i].estimate / estimates.given.stand_off_m[i];
      const bool two = !config.caller_afar.empty() && config.caller_afar[i].metres > 0;
      config.caller_stand_off_m[i] = two ? whole(times * config.caller_stand_off_m[i]) : metres;
      if (two) {
        config.caller_afar[i].metres = whole(times * config.caller_afar[i].metres);
      }
    } else {
      config.stand_off_m[static_cast<SourceKind>(i - families)] = metres;
    }
  }
  for (std::size_t kind = 0; kind < history.kinds.size(); ++kind) {
    if (estimates.row[kind].verdict == Verdict::estimated) {
      config.kinds[history.kinds[kind]] = ppm_of(estimates.fitted.table[kind]);
    }
  }
  for (auto& [name, row] : config.kinds) {
    // Rows of a table of types may be a little off.
    if (std::accumulate(row.begin(), row.end(), std::int64_t{0}) != kPpm) {
      row = ppm_of({row.begin(), row.end()});
    }
  }
  if (estimates.prior_estimated) {
    config.family_prior_ppm = ppm_of(estimates.fitted.prior);
  }
  count_kinds(history, config);
  if (estimates.lambda.verdict == Verdict::estimated) {
    config.background_ln_mn = std::clamp<std::int64_t>(
        std::lround(1000 * std::log(estimates.lambda.estimate)), -60'000, 0);
  }
  return config;
}

Interval interval_of(const Quantity& quantity) {
  const double factor = std::exp(1.96 * quantity.error);
  return {quantity.estimate / factor, quantity.estimate * factor};
}

std::string note_of(const Quantity& quantity, double scale, int decimals) {
  const auto shown = [&](double value) { return number(value * scale, decimals); };
  const Interval interval = interval_of(quantity);
  const std::string range = shown(interval.low) + " to " + shown(interval.high);
  const std::string pairs = number(quantity.pairs, 0) + " pairs";
  switch (quantity.verdict) {
    case Verdict::estimated:
      return "estimated from " + pairs + ", 95 %: " + range;
    case Verdict::too_few:
      return "kept: too few, " + pairs;
    case Verdict::too_uncertain:
      return "kept: too uncertain, " + pairs + " say " + range;
    case Verdict::too_long:
      return "kept: longer than the window can tell, " + pairs;
    case Verdict::renamed:
      return "kept: the data would give it another leading family, " + pairs;
    case Verdict::absent:
      break;
  }
  return "kept: not in the data";
}

}  // namespace fusiond::fit
