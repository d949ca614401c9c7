#include "daemon/fit/chance.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "daemon/fit/nearby.h"

namespace fusiond::fit {
namespace {

constexpr double kDay = 86400;
// Weeks keep the hour of the week; days are for histories of less than three weeks; hours for all.
constexpr std::array<double, 6> kWeeks{-21 * kDay, -14 * kDay, -7 * kDay,
                                       7 * kDay,   14 * kDay,  21 * kDay};
constexpr std::array<double, 6> kDays{-3 * kDay, -2 * kDay, -kDay, kDay, 2 * kDay, 3 * kDay};
constexpr std::array<double, 6> kHours{-3 * 3600,  -2 * 3600, -1.5 * 3600,
                                       1.5 * 3600, 2 * 3600,  3 * 3600};
// A report's own counts are blended with the wider mean as if that were one report.
constexpr double kOwnCounts = 1;

bool one_witness(const Report& a, const Report& b) {
  const auto same = [](std::uint32_t p, std::uint32_t q) { return p != 0 && p == q; };
  return same(a.caller, b.caller) || same(a.device, b.device) || same(a.author, b.author) ||
         (a.on_scene && b.on_scene && same(a.cad, b.cad));
}

double key_nats(const Report& a, const Report& b, const KeyNats& keys) {
  const auto same = [](std::uint32_t p, std::uint32_t q) { return p != 0 && p == q; };
  if (same(a.cad, b.cad)) {
    return keys.cad;
  }
  const bool referred = same(a.duplicate_of, b.cad) || same(a.cad, b.duplicate_of) ||
                        same(a.duplicate_of, b.duplicate_of);
  return referred ? keys.duplicate_of : 0;
}

Known known_of(const History& history, const Report& a, const Report& b) {
  if (a.group == 0 || b.group == 0) {
    return Known::nothing;
  }
  if (a.group == b.group) {
    return Known::same;
  }
  return history.complete_links ? Known::apart : Known::nothing;
}

std::size_t ring_of(double distance2) {
  std::size_t ring = 0;
  while (distance2 > kRings[ring] * kRings[ring]) {
    ++ring;
  }
  return ring;
}

std::vector<double> shifts_of(const History& history) {
  std::vector<double> shifts(kHours.begin(), kHours.end());
  if (history.reports.empty()) {
    return shifts;
  }
  const double span = history.reports.back().time_s - history.reports.front().time_s;
  const auto& days = span >= 21 * kDay ? kWeeks : kDays;
  shifts.insert(shifts.end(), days.begin(), days.end());
  return shifts;
}

void find_near(const History& history, const Nearby& nearby, const KeyNats& keys, Pairs& pairs) {
  const auto& reports = history.reports;
  for (std::uint32_t i = 0; i < reports.size(); ++i) {
    const Report& a = reports[i];
    nearby.visit(
        a.point, a.time_s, a.time_s + pairs.reach.seconds, [&](std::uint32_t j, double distance2) {
          const Report& b = reports[j];
          if (j <= i || one_witness(a, b)) {
            return;
          }
          pairs.near.push_back({i, j, static_cast<float>(distance2),
                                static_cast<float>(b.time_s - a.time_s), 0,
                                static_cast<float>(key_nats(a, b, keys)), known_of(history, a, b)});
        });
  }
}

void find_shifted(const History& history, const Nearby& nearby, Pairs& pairs) {
  const auto& reports = history.reports;
  const auto shifts = shifts_of(history);
  for (std::uint32_t i = 0; i < reports.size(); ++i) {
    const Report& a = reports[i];
    for (const double shift : shifts) {
      const double from = a.time_s + shift;
      if (!is_covered(history, from, pairs.reach.seconds)) {
        continue;
      }
      ++pairs.shifts[i];
      nearby.visit(a.point, from, from + pairs.reach.seconds,
                   [&](std::uint32_t j, double distance2) {
                     if (j != i && !one_witness(a, reports[j])) {
                       pairs.shifted.push_back({i, j, static_cast<float>(distance2),
                                                static_cast<float>(reports[j].time_s - from), 0, 0,
                                                Known::nothing});
                     }
                   });
    }
  }
}

using Counts = std::array<double, kRings.size()>;

// What each ring sees: its area times the window.
Counts seen_of(const Reach& reach) {
  Counts seen{};
  double inner = 0;
  for (std::size_t ring = 0; ring < kRings.size(); ++ring) {
    const double outer = std::min(kRings[ring], reach.metres);
    seen[ring] = std::numbers::pi * (outer * outer - inner * inner) * reach.seconds;
    inner = outer;
  }
  return seen;
}

double total(const Counts& counts) {
  double sum = 0;
  for (const double count : counts) {
    sum += count;
  }
  return sum;
}

// The chance of each report in each ring: its own counts, blended with its neighbourhood's, blended
// with the city's. A place where calls are always made from (a station, a hospital) keeps its own.
std::vector<Counts> chances(const Pairs& pairs) {
  const std::size_t reports = pairs.shifts.size();
  std::vector<Counts> counts(reports, Counts{});
  for (const Pair& pair : pairs.shifted) {
    counts[pair.earlier][ring_of(pair.distance2)] += 1;
  }
  const Counts seen = seen_of(pairs.reach);
  const double all_seen = total(seen);
  double counted = kOwnCounts;
  double exposed = kOwnCounts / 1e-10;
  for (std::size_t i = 0; i < reports; ++i) {
    counted += total(counts[i]);
    exposed += pairs.shifts[i] * all_seen;
  }
  const double mean = counted / exposed;
  std::vector<double> local(reports);
  Counts in_ring{};
  Counts expected_in_ring{};
  for (std::size_t i = 0; i < reports; ++i) {
    local[i] = (total(counts[i]) + kOwnCounts) / (pairs.shifts[i] * all_seen + kOwnCounts / mean);
    for (std::size_t ring = 0; ring < seen.size(); ++ring) {
      in_ring[ring] += counts[i][ring];
      expected_in_ring[ring] += local[i] * pairs.shifts[i] * seen[ring];
    }
  }
  for (std::size_t i = 0; i < reports; ++i) {
    for (std::size_t ring = 0; ring < seen.size(); ++ring) {
      const double profile = (in_ring[ring] + kOwnCounts) / (expected_in_ring[ring] + kOwnCounts);
      counts[i][ring] = (counts[i][ring] + kOwnCounts) /
                        (pairs.shifts[i] * seen[ring] + kOwnCounts / (local[i] * profile));
    }
  }
  return counts;
}

}  // namespace

Pairs find_pairs(const History& history, const Reach& reach, const KeyNats& keys) {
  Pairs pairs;
  pairs.reach = reach;
  pairs.shifts.assign(history.reports.size(), 0);
  const Nearby nearby(history.reports, reach.metres);
  find_near(history, nearby, keys, pairs);
  find_shifted(history, nearby, pairs);
  const auto chance = chances(pairs);
  for (auto* list : {&pairs.near, &pairs.shifted}) {
    for (Pair& pair : *list) {
      pair.chance = static_cast<float>(chance[pair.earlier][ring_of(pair.distance2)]);
    }
  }
  double sum = 0;
  const Counts seen = seen_of(reach);
  for (const Counts& rings : chance) {
    for (std::size_t ring = 0; ring < seen.size(); ++ring) {
      sum += rings[ring] * seen[ring];
    }
  }
  pairs.mean_chance = chance.empty() ? 0 : sum / (total(seen) * static_cast<double>(chance.size()));
  return pairs;
}

}  // namespace fusiond::fit
