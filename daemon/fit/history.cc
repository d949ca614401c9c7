#include "daemon/fit/history.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "daemon/fusion/earth_grid.h"

namespace fusiond::fit {
namespace {

// A silence this many times the mean gap (and at least an hour) is a gap in the recording.
constexpr double kSilences = 50;
constexpr double kLeastSilence_s = 3600;

struct Kept {
  const Event* newest = nullptr;
  const Event* oldest = nullptr;
};

bool is_newer(const Event& a, const Event& b) {
  return std::tie(a.revision, b.received, b.content_hash) >
         std::tie(b.revision, a.received, a.content_hash);
}

// Numbers for words, in the order of first use.
class Numbers {
 public:
  std::uint32_t of(const std::string& word) {
    if (word.empty()) {
      return 0;
    }
    return known_.try_emplace(word, static_cast<std::uint32_t>(known_.size() + 1)).first->second;
  }

 private:
  std::unordered_map<std::string, std::uint32_t> known_;
};

struct Keyring {
  Numbers cad, caller, device, author;
};

double fix_variance_m2(const Place& place) {
  const double p = std::clamp(place.confidence_permille / 1000.0, 0.01, 0.999);
  const double radius = place.radius_cm / 100.0;
  return std::max(radius * radius / (-2 * std::log(1 - p)), 1.0);
}

class Builder {
 public:
  Builder(History& history, const fusion::AssociationConfig& config) : history_(history) {
    history_.families = config.families;
    auto rows = config.kinds;
    rows.try_emplace("unclassified", config.family_prior_ppm);
    for (const auto& [name, row] : rows) {
      rows_.emplace(name, history_.kinds.size());
      history_.kinds.push_back(name);
      leading_.push_back(
          static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin()));
    }
    history_.reports_of_kind.assign(history_.kinds.size(), 0);
  }

  std::size_t kind_of(const std::string& name) const {
    const auto found = rows_.find(name);
    return found == rows_.end() ? rows_.at("unclassified") : found->second;
  }

  void take(const Kept& kept, std::uint32_t group) {
    const Event& event = *kept.newest;
    if (is_later_on_a_track(event)) {
      ++history_.tracks;
      return;
    }
    const std::size_t kind = kind_of(event.kind);
    history_.reports_of_kind[kind] += 1;
    if (const std::size_t first = kind_of(kept.oldest->kind); first != kind) {
      history_.retyped[{first, kind}] += 1;
    }
    if (!event.place) {
      ++history_.unplaced;
      return;
    }
    const auto grid = fusion::to_grid(event.place->lat_e7, event.place->lon_e7);
    const auto metres = [](std::int64_t units) {
      return static_cast<double>(units) / fusion::kUnitsPerMetre;
    };
    Report report;
    report.time_s = static_cast<double>(micros_of(event.occurred)) / 1e6;
    report.point = {metres(grid.x), metres(grid.y), metres(grid.z)};
    report.lat = event.place->lat_e7 / 1e7;
    report.lon = event.place->lon_e7 / 1e7;
    report.fix_m2 = fix_variance_m2(*event.place);
    report.on_scene = event.place->method == LocationMethod::device_registry;
    report.stratum = stratum_of(event, kind);
    report.cad = keys_.cad.of(event.keys.cad_number);
    report.duplicate_of = keys_.cad.of(event.keys.duplicate_of);
    report.caller = keys_.caller.of(event.keys.caller);
    report.device = keys_.device.of(event.keys.device);
    report.author = keys_.author.of(event.provenance);
    report.group = group;
    history_.strata[report.stratum].reports += 1;
    history_.reports.push_back(report);
    ids_.push_back(&event.id);
  }

  void sort() {
    std::vector<std::size_t> order(history_.reports.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = i;
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::tie(history_.reports[a].time_s, *ids_[a]) <
             std::tie(history_.reports[b].time_s, *ids_[b]);
    });
    std::vector<Report> sorted;
    sorted.reserve(order.size());
    for (const std::size_t i : order) {
      sorted.push_back(history_.reports[i]);
    }
    history_.reports = std::move(sorted);
  }

 private:
  // A unit that reports where it is under one number, a vehicle that is read again: only the first
  // place is that of the scene.
  bool is_later_on_a_track(const Event& event) {
    const bool unit = event.source_kind == SourceKind::cad && event.place &&
                      event.place->method == LocationMethod::device_registry;
    if (unit && !event.keys.cad_number.empty()) {
      return !units_.insert(event.keys.cad_number).second;
    }
    return !event.keys.plate.empty() && !plates_.insert(event.keys.plate).second;
  }

  std::uint32_t stratum_of(const Event& event, std::size_t kind) {
    Stratum stratum;
    stratum.source = event.source_kind;
    stratum.caller = event.source_kind == SourceKind::cad &&
                     event.place->method != LocationMethod::device_registry;
    stratum.kind = kind;
    stratum.family = leading_[kind];
    stratum.stand_off =
        stratum.caller ? stratum.family
                       : history_.families.size() + static_cast<std::size_t>(event.source_kind);
    const auto key = std::make_tuple(stratum.source, stratum.caller, kind);
    const auto [at, added] =
        strata_.try_emplace(key, static_cast<std::uint32_t>(history_.strata.size()));
    if (added) {
      history_.strata.push_back(stratum);
    }
    return at->second;
  }

  History& history_;
  std::map<std::string, std::size_t> rows_;
  std::vector<std::size_t> leading_;
  std::map<std::tuple<SourceKind, bool, std::size_t>, std::uint32_t> strata_;
  std::vector<const EventId*> ids_;
  Keyring keys_;
  std::unordered_set<std::string> units_, plates_;
};

void find_coverage(History& history) {
  const auto& reports = history.reports;
  if (reports.empty()) {
    return;
  }
  const double mean =
      (reports.back().time_s - reports.front().time_s) / static_cast<double>(reports.size());
  const double longest = std::max(kLeastSilence_s, kSilences * mean);
  history.covered.push_back({reports.front().time_s, reports.front().time_s});
  for (const Report& report : reports) {
    if (report.time_s - history.covered.back().to_s > longest) {
      history.covered.push_back({report.time_s, report.time_s});
    }
    history.covered.back().to_s = report.time_s;
  }
}

std::map<std::string, std::uint32_t> groups_of(const Links& links) {
  // Chained: pairs that share an event are one group.
  std::map<std::string, std::uint32_t> group;
  std::vector<std::uint32_t> parent{0};
  const auto root = [&](std::uint32_t g) {
    while (parent[g] != g) {
      g = parent[g] = parent[parent[g]];
    }
    return g;
  };
  for (const auto& ids : links.groups) {
    const auto fresh = static_cast<std::uint32_t>(parent.size());
    parent.push_back(fresh);
    for (const auto& id : ids) {
      const auto [at, added] = group.try_emplace(id, fresh);
      if (!added) {
        parent[root(at->second)] = root(fresh);
      }
    }
  }
  for (auto& [id, g] : group) {
    g = root(g);
  }
  return group;
}

}  // namespace

History read_history(const std::vector<Event>& events, const Links& links,
                     const fusion::AssociationConfig& config) {
  std::map<std::string, Kept> newest;
  for (const Event& event : events) {
    Kept& kept = newest[event.id.str()];
    if (kept.newest == nullptr || is_newer(event, *kept.newest)) {
      kept.newest = &event;
    }
    if (kept.oldest == nullptr || is_newer(*kept.oldest, event)) {
      kept.oldest = &event;
    }
  }
  const auto groups = groups_of(links);
  History history;
  history.complete_links = links.complete;
  history.events = newest.size();
  Builder builder(history, config);
  std::size_t found = 0;
  std::vector<std::pair<std::string, Kept>> in_order(newest.begin(), newest.end());
  std::stable_sort(in_order.begin(), in_order.end(), [](const auto& a, const auto& b) {
    return a.second.newest->occurred < b.second.newest->occurred;
  });
  for (const auto& [id, kept] : in_order) {
    const Event& event = *kept.newest;
    auto group = groups.find(id);
    if (group == groups.end()) {
      group = groups.find(event.source_event_id);
    }
    found += group != groups.end() ? 1 : 0;
    if (event.lifecycle == Lifecycle::retract) {
      ++history.retracted;
    } else if (event.copy_of) {
      ++history.copies;
    } else if (event.status == Status::actual || event.status == Status::unspecified) {
      builder.take(kept, group == groups.end() ? 0 : group->second);
    }
  }
  history.linked = found;
  history.unknown_links = groups.size() - found;
  builder.sort();
  find_coverage(history);
  return history;
}

bool is_covered(const History& history, double from_s, double window_s) {
  const auto after =
      std::upper_bound(history.covered.begin(), history.covered.end(), from_s,
                       [](double time, const Span& span) { return time < span.from_s; });
  return after != history.covered.begin() && std::prev(after)->to_s >= from_s + window_s;
}

double covered_s(const History& history) {
  double sum = 0;
  for (const Span& span : history.covered) {
    sum += span.to_s - span.from_s;
  }
  return sum;
}

}  // namespace fusiond::fit
