#include "daemon/fit/background.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "daemon/fit/nearby.h"

namespace fusiond::fit {
namespace {

constexpr double kMetresPerDegree = 111195;

struct Area {
  double km2 = 0;
  std::vector<double> reports;  // of the cells, most first
  double held = 0;              // reports in them
};

// The fewest cells of 1 km that hold 99 of 100 reports.
Area area_of(const History& history) {
  std::map<std::pair<std::int64_t, std::int64_t>, double> cells;
  for (const Report& report : history.reports) {
    const auto row = static_cast<std::int64_t>(std::floor(report.lat * kMetresPerDegree / 1000));
    const double narrow =
        std::cos(static_cast<double>(row) * 1000 / kMetresPerDegree * std::numbers::pi / 180);
    const auto column =
        static_cast<std::int64_t>(std::floor(report.lon * narrow * kMetresPerDegree / 1000));
    cells[{row, column}] += 1;
  }
  Area area;
  for (const auto& [cell, reports] : cells) {
    area.reports.push_back(reports);
  }
  std::sort(area.reports.rbegin(), area.reports.rend());
  const double enough = 0.99 * static_cast<double>(history.reports.size());
  std::size_t used = 0;
  while (used < area.reports.size() && area.held < enough) {
    area.held += area.reports[used++];
  }
  area.reports.resize(used);
  area.km2 = static_cast<double>(used);
  return area;
}

std::array<double, 24> share_by_hour(const History& history) {
  std::array<double, 24> reports{};
  std::array<double, 24> recorded{};
  for (const Report& report : history.reports) {
    reports[static_cast<std::size_t>(std::fmod(report.time_s, 86400) / 3600)] += 1;
  }
  for (const Span& span : history.covered) {
    for (double at = span.from_s; at < span.to_s;) {
      const double next = std::min((std::floor(at / 3600) + 1) * 3600, span.to_s);
      recorded[static_cast<std::size_t>(std::fmod(at, 86400) / 3600)] += next - at;
      at = next;
    }
  }
  const double mean =
      static_cast<double>(history.reports.size()) / std::max(covered_s(history), 1.0);
  std::array<double, 24> share{};
  for (std::size_t hour = 0; hour < share.size(); ++hour) {
    share[hour] = recorded[hour] > 0 ? reports[hour] / recorded[hour] / mean : 0;
  }
  return share;
}

std::vector<double> quantiles_of(const Area& area) {
  std::vector<double> quantiles;
  if (area.reports.empty()) {
    return quantiles;
  }
  const double mean = area.held / area.km2;
  for (const double share : {.1, .25, .5, .75, .9, 1.0}) {
    const auto last = static_cast<double>(area.reports.size() - 1);
    const auto from_most = static_cast<std::size_t>(std::lround((1 - share) * last));
    quantiles.push_back(area.reports[from_most] / mean);
  }
  return quantiles;
}

std::vector<CountedChance> by_count(const History& history, const Pairs& pairs,
                                    const BackgroundReach& reach,
                                    const std::vector<std::vector<bool>>& unlike) {
  std::vector<double> seen(history.reports.size(), 0);
  for (const Pair& pair : pairs.shifted) {
    if (pair.distance2 <= reach.metres * reach.metres && pair.gap_s < reach.seconds) {
      seen[pair.earlier] += 1;
    }
  }
  std::vector<CountedChance> bins{{0, 0}, {1, 1}, {2, 2}, {3, 4}, {5, 8}, {9, 16}, {17, 1u << 30}};
  const double exposure = std::numbers::pi * reach.metres * reach.metres * reach.seconds;
  const Nearby nearby(history.reports, reach.metres);
  for (std::uint32_t b = 0; b < history.reports.size(); ++b) {
    if (pairs.shifts[b] == 0) {
      continue;
    }
    const Report& report = history.reports[b];
    std::size_t n = 0;
    nearby.visit(report.point, report.time_s - reach.seconds, report.time_s,
                 [&](std::uint32_t a, double) {
                   n += unlike[history.reports[a].stratum][report.stratum] ? 1 : 0;
                 });
    auto bin = bins.begin();
    while (n > bin->to) {
      ++bin;
    }
    bin->reports += 1;
    bin->seen += seen[b] / pairs.shifts[b] / exposure;
    bin->assumed += static_cast<double>(n) / 2 / exposure;
  }
  for (CountedChance& bin : bins) {
    bin.seen /= std::max(bin.reports, 1.0);
    bin.assumed /= std::max(bin.reports, 1.0);
  }
  return bins;
}

}  // namespace

Background measure_background(const History& history, const Pairs& pairs,
                              const BackgroundReach& reach,
                              const std::vector<std::vector<bool>>& unlike) {
  Background background;
  const Area area = area_of(history);
  const double seconds = covered_s(history);
  background.area_km2 = area.km2;
  background.hours = seconds / 3600;
  background.reports = static_cast<double>(history.reports.size());
  if (area.km2 > 0 && seconds > 0) {
    background.mean = area.held / (area.km2 * 1e6) / seconds;
  }
  background.at_reports = pairs.mean_chance;
  background.by_hour = share_by_hour(history);
  background.by_place = quantiles_of(area);
  background.by_count = by_count(history, pairs, reach, unlike);
  return background;
}

}  // namespace fusiond::fit
