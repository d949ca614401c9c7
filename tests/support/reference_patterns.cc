// Pattern rules for the reference fold: every window of every key, from nothing (design/0017).
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/fusion/log_table.h"
#include "tests/support/reference_rules.h"
#include "tests/support/reference_world.h"

namespace fusiond::support {
namespace {

struct Key {
  std::string by;
  std::string value;
};

std::string said_of(const Event& e, rules::GroupBy by) {
  return by == rules::GroupBy::plate    ? e.keys.plate
         : by == rules::GroupBy::device ? e.keys.device
         : by == rules::GroupBy::author ? e.provenance
                                        : e.source.str();
}

// The keys that a report stands under.
std::set<std::string> keys_of(const rules::Bundle& bundle, const rules::Pattern& pattern,
                              const Event& e) {
  std::set<std::string> keys;
  if (pattern.by == rules::GroupBy::zone) {
    for (const std::string& zone : pattern.of) {
      if (e.place && bundle.zones.inside(zone, {e.place->lat_e7, e.place->lon_e7})) {
        keys.insert(zone);
      }
    }
    return keys;
  }
  const std::string key = said_of(e, pattern.by);
  const bool asked = pattern.of.empty() ||
                     std::find(pattern.of.begin(), pattern.of.end(), key) != pattern.of.end();
  if (!key.empty() && asked) {
    keys.insert(key);
  }
  return keys;
}

std::string name_of(rules::GroupBy by) {
  static const std::map<rules::GroupBy, std::string> kNames = {{rules::GroupBy::zone, "zone"},
                                                               {rules::GroupBy::plate, "plate"},
                                                               {rules::GroupBy::device, "device"},
                                                               {rules::GroupBy::author, "author"},
                                                               {rules::GroupBy::feed, "feed"}};
  return kNames.at(by);
}

std::string counted_as(const Event& decides, const Event& shows, rules::Field distinct) {
  switch (distinct) {
    case rules::Field::witness:
      return who(shows);
    case rules::Field::caller:
      return decides.keys.caller;
    case rules::Field::device:
      return decides.keys.device;
    case rules::Field::plate:
      return decides.keys.plate;
    case rules::Field::cad_number:
      return decides.keys.cad_number;
    case rules::Field::source:
      return decides.source.str();
    case rules::Field::author:
      return decides.provenance;
    case rules::Field::report:
      return decides.id.str();
  }
  return "";
}

std::int64_t round_the_earth(std::int64_t lon_e7) {
  constexpr std::int64_t kHalf = 1'800'000'000;
  while (lon_e7 >= kHalf) {
    lon_e7 -= 2 * kHalf;
  }
  while (lon_e7 < -kHalf) {
    lon_e7 += 2 * kHalf;
  }
  return lon_e7;
}

// A circle around the places of the reports, its centre their mean.
std::optional<Estimate> circle_of(const World& world, const std::vector<std::size_t>& members) {
  std::vector<Place> places;
  for (const std::size_t i : members) {
    if (world.all[i].decides.place) {
      places.push_back(*world.all[i].decides.place);
    }
  }
  if (places.empty()) {
    return std::nullopt;
  }
  std::int64_t north = 0;
  std::int64_t east = 0;
  for (const Place& place : places) {
    north += place.lat_e7 - std::int64_t{places[0].lat_e7};
    east += round_the_earth(place.lon_e7 - std::int64_t{places[0].lon_e7});
  }
  const auto mean = [&](std::int64_t sum) {
    return fusion::divided<std::int64_t>(sum, static_cast<std::int64_t>(places.size()));
  };
  Estimate circle;
  circle.lat_e7 = static_cast<std::int32_t>(places[0].lat_e7 + mean(north));
  circle.lon_e7 = static_cast<std::int32_t>(round_the_earth(places[0].lon_e7 + mean(east)));
  for (const Place& place : places) {
    const auto square = distance2(fusion::to_grid(circle.lat_e7, circle.lon_e7),
                                  fusion::to_grid(place.lat_e7, place.lon_e7));
    std::uint64_t metres = fusion::root(static_cast<std::uint64_t>(square)) / 16 + 1;
    metres += (place.radius_cm + 99) / 100;
    circle.radius_m = std::max(circle.radius_m, static_cast<std::uint32_t>(metres));
  }
  return circle;
}

// One key of one rule.
struct Lane {
  const World& world;
  const rules::Rule& rule;
  std::string key;
  std::vector<std::size_t> reports;           // that some part takes
  std::map<std::size_t, std::string> voices;  // of those that count

  [[nodiscard]] std::int64_t time(std::size_t i) const { return world.all[i].time; }
  [[nodiscard]] std::int64_t within() const { return rule.pattern->within.count(); }
  // Voices in the window that ends with report `i`.
  [[nodiscard]] std::size_t window(std::size_t i) const {
    std::set<std::string> heard;
    for (const auto& [j, voice] : voices) {
      if (j <= i && time(j) >= time(i) - within()) {
        heard.insert(voice);
      }
    }
    return heard.size();
  }
  [[nodiscard]] IncidentContent content(const std::vector<std::size_t>& met) const;
};

IncidentContent Lane::content(const std::vector<std::size_t>& met) const {
  std::size_t first = met.front();
  for (const auto& [j, voice] : voices) {
    if (time(j) >= time(met.front()) - within()) {
      first = j;
      break;
    }
  }
  std::size_t most = 0;
  for (const std::size_t i : met) {
    most = std::max(most, window(i));
  }
  std::vector<RuledReport> read;
  std::vector<std::size_t> indices;
  std::map<std::size_t, std::string> run;
  std::map<std::string, std::uint32_t> witnesses;
  for (const std::size_t i : reports) {
    if (time(i) < time(first) - within() || time(i) > time(met.back()) + within()) {
      continue;
    }
    const auto number = witnesses.emplace(who(world.all[i].shows), witnesses.size() + 1);
    if (voices.contains(i) && i >= first && i <= met.back()) {
      run[read.size()] = voices.at(i);
    }
    read.push_back({&world.all[i], number.first->second});
    indices.push_back(i);
  }
  std::set<std::size_t> used;
  Finding finding = reference_run({world.bundle, rule, read, world.clocks, world.config}, run,
                                  static_cast<std::uint32_t>(most), used);
  IncidentContent content;
  const std::string by = name_of(rule.pattern->by);
  content.id = incident_id_of(rule.name, by + " " + key, world.all[first].decides.id);
  content.type = finding.type;
  content.title = finding.title;
  content.priority = finding.priority;
  content.status = world.all[first].decides.status;
  content.address_text = by == "zone" ? key : "";
  content.pattern =
      PatternOf{rule.name, by, key, rule.pattern->within, static_cast<std::uint32_t>(most)};
  content.findings = {finding};
  std::vector<std::size_t> members;
  for (const std::size_t k : used) {
    Member member = world.member(indices[k]);
    member.role = run.contains(k) ? MemberRole::anchor : MemberRole::supports;
    member.reason = Reason{};
    member.reason.anchor = world.all[indices[*used.begin()]].decides.id;
    content.members.push_back(member);
    members.push_back(indices[k]);
  }
  content.place = circle_of(world, members);
  world.weigh(content, members, std::nullopt);
  content.first_occurred = event_time(time(members.front()));
  content.last_occurred = event_time(time(members.back()));
  return content;
}

}  // namespace

std::vector<IncidentContent> World::pattern_contents() const {
  std::vector<IncidentContent> contents;
  std::vector<RuledReport> reports;
  for (const Report& report : all) {
    reports.push_back({&report, 0});
  }
  for (const rules::Rule& rule : bundle.rules) {
    if (rule.status != rules::RuleStatus::live || !rule.pattern || rule.pattern->quiet_for) {
      continue;
    }
    const PatternSight sight{bundle, rule, reports, clocks, config};
    std::map<std::string, Lane> lanes;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!counts(i) || !reference_takes(sight, i)) {
        continue;
      }
      for (const std::string& key : keys_of(bundle, *rule.pattern, all[i].decides)) {
        Lane& lane = lanes.emplace(key, Lane{*this, rule, key, {}, {}}).first->second;
        lane.reports.push_back(i);
        const std::string voice = counted_as(all[i].decides, all[i].shows, rule.parts[0].distinct);
        if (reference_anchors(sight, i) && !voice.empty()) {
          lane.voices[i] = voice;
        }
      }
    }
    for (const auto& [key, lane] : lanes) {
      std::vector<std::vector<std::size_t>> runs;
      for (const auto& [i, voice] : lane.voices) {
        if (lane.window(i) < rule.parts[0].at_least) {
          continue;
        }
        if (runs.empty() || lane.time(i) - lane.time(runs.back().back()) > lane.within()) {
          runs.emplace_back();
        }
        runs.back().push_back(i);
      }
      for (const auto& met : runs) {
        IncidentContent content = lane.content(met);
        if (content.findings[0].state > FindingState::unmet) {
          contents.push_back(std::move(content));
        }
      }
    }
  }
  return contents;
}

}  // namespace fusiond::support
