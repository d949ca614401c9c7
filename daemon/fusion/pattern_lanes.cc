#include "daemon/fusion/pattern_lanes.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "daemon/fusion/confidence.h"

namespace fusiond::fusion {
namespace {

constexpr ShortId kFirstId{};
constexpr ShortId kLastId{std::numeric_limits<std::uint64_t>::max(),
                          std::numeric_limits<std::uint64_t>::max()};

// Who or what a report is counted as; empty when it does not say.
std::string voice_of(const rules::Report& report, rules::Field distinct) {
  if (distinct != rules::Field::witness) {
    return std::string(field_of(report, distinct));
  }
  const WitnessName name = witness_name(*report.shown);
  return std::to_string(static_cast<int>(name.space)) + " " + std::string(name.name);
}

}  // namespace

Lane& PatternLanes::lane_of(std::uint32_t rule, Status status, const std::string& key) {
  Lane& lane = lanes_[{rule, status, key}];
  lane.rule = rule;
  lane.status = status;
  lane.key = key;
  return lane;
}

void PatternLanes::dirty(Lane& lane, std::int64_t time) {
  const auto [at, is_new] = dirty_.emplace(&lane, Dirty{time, time});
  if (!is_new) {
    at->second.from = std::min(at->second.from, time);
    at->second.to = std::max(at->second.to, time);
  }
}

void PatternLanes::place(Node& node, const rules::Report* report) {
  places_.clear();
  if (report != nullptr) {
    rules_.places_of(*report, places_);
  }
  const auto known = where_.find(node.number);
  if (known != where_.end()) {
    for (const auto& [lane, time] : known->second) {
      lane->entries.erase(time);
      lane->met.erase(time);
      dirty(*lane, time.first);
    }
    where_.erase(known);
  }
  if (places_.empty()) {
    return;
  }
  auto& stands = where_[node.number];
  const LaneTime time{node.facts.time, node.number};
  for (const auto& place : places_) {
    Lane& lane = lane_of(place.rule, node.facts.status, place.key);
    LaneEntry& entry = lane.entries[time];
    entry.node = &node;
    if (place.counts) {
      entry.voice = voice_of(*report, rules_.live(place.rule).rule().anchor().distinct);
    }
    dirty(lane, time.first);
    stands.emplace_back(&lane, time);
  }
}

// Counts the voices of each window that ends within `span`.
void PatternLanes::count_windows(Lane& lane, const Dirty& span) const {
  const std::int64_t width = within(lane);
  const std::uint32_t wanted = rules_.live(lane.rule).rule().anchor().at_least;
  std::unordered_map<std::string_view, std::uint32_t> voices;
  auto oldest = lane.entries.lower_bound({span.from - width, kFirstId});
  for (auto at = oldest; at != lane.entries.end() && at->first.first <= span.to; ++at) {
    LaneEntry& entry = at->second;
    for (; oldest->first.first < at->first.first - width; ++oldest) {
      if (const auto voice = voices.find(oldest->second.voice); voice != voices.end()) {
        if (--voice->second == 0) {
          voices.erase(voice);
        }
      }
    }
    if (!entry.voice.empty()) {
      ++voices[entry.voice];
    }
    if (at->first.first < span.from) {
      continue;
    }
    const auto count = static_cast<std::uint32_t>(voices.size());
    entry.most = entry.voice.empty() || count < wanted ? 0 : count;
    if (entry.most > 0) {
      lane.met.insert(at->first);
    } else {
      lane.met.erase(at->first);
    }
  }
}

// The run that begins at `at`, which moves on to what follows it.
Run PatternLanes::run_from(const Lane& lane, std::set<LaneTime>::const_iterator& at) const {
  const std::int64_t width = within(lane);
  Run run;
  run.first_met = *at;
  do {
    run.last_met = *at;
    run.most = std::max(run.most, lane.entries.at(*at).most);
    ++at;
  } while (at != lane.met.end() && at->first - run.last_met.first <= width);
  auto first = lane.entries.lower_bound({run.first_met.first - width, kFirstId});
  while (first->second.voice.empty()) {
    ++first;
  }
  run.first = first->first;
  const rules::Rule& rule = rules_.live(lane.rule).rule();
  run.id = incident_id_of(rule.name, std::string(word_of(rule.pattern->by)) + " " + lane.key,
                          first->second.node->id);
  return run;
}

void PatternLanes::add(Lane& lane, const Run& run) {
  by_id_[run.id] = {&lane, run.first_met};
  touched_.insert(run.id);
  lane.runs.emplace(run.first_met, run);
}

void PatternLanes::remove(Lane& lane, std::map<LaneTime, Run>::iterator run) {
  const auto named = by_id_.find(run->second.id);
  if (named != by_id_.end() && named->second == std::pair(&lane, run->first)) {
    by_id_.erase(named);
  }
  touched_.insert(run->second.id);
  lane.runs.erase(run);
}

// Makes the runs anew that lie around `span`: what changed in it may join two or part one.
void PatternLanes::make_runs(Lane& lane, const Dirty& span) {
  const std::int64_t width = within(lane);
  auto from = lane.met.lower_bound({span.from - width, kFirstId});
  while (from != lane.met.begin() && from != lane.met.end() &&
         from->first - std::prev(from)->first <= width) {
    --from;
  }
  auto to = lane.met.upper_bound({span.to + width, kLastId});
  while (to != lane.met.begin() && to != lane.met.end() &&
         to->first - std::prev(to)->first <= width) {
    ++to;
  }
  std::int64_t begin = span.from - width;
  std::int64_t end = span.to + width;
  if (from != to) {
    begin = std::min(begin, from->first);
    end = std::max(end, std::prev(to)->first);
  }
  for (auto run = lane.runs.begin(); run != lane.runs.end();) {
    const auto next = std::next(run);
    if (run->second.last_met.first >= begin && run->second.first_met.first <= end) {
      remove(lane, run);
    }
    run = next;
  }
  while (from != to) {
    add(lane, run_from(lane, from));
  }
}

void PatternLanes::settle() {
  for (const auto& [lane, span] : dirty_) {
    const std::int64_t width = within(*lane);
    count_windows(*lane, {span.from, span.to + width});
    make_runs(*lane, {span.from, span.to + width});
    for (const auto& [met, run] : lane->runs) {  // those that only read what changed
      if (run.first.first - width <= span.to && span.from <= run.last_met.first + width) {
        touched_.insert(run.id);
      }
    }
  }
  dirty_.clear();
}

PatternLanes::Found PatternLanes::find(const IncidentId& id) const {
  const auto at = by_id_.find(id);
  if (at == by_id_.end()) {
    return {};
  }
  const Lane& lane = *at->second.first;
  return {&lane, &lane.runs.at(at->second.second)};
}

void PatternLanes::clear() {
  lanes_.clear();
  where_.clear();
  dirty_.clear();
  by_id_.clear();
  touched_.clear();
}

void PatternLanes::drop(const Node& node, std::vector<IncidentId>& gone) {
  const auto known = where_.find(node.number);
  if (known == where_.end()) {
    return;
  }
  for (const auto& [lane, time] : known->second) {
    lane->entries.erase(time);
    lane->met.erase(time);
    std::vector<LaneTime> runs;
    each_run_at(*lane, time.first, [&](const Run& run) {
      gone.push_back(run.id);
      runs.push_back(run.first_met);
    });
    for (const LaneTime& run : runs) {
      remove(*lane, lane->runs.find(run));
    }
    if (lane->entries.empty()) {
      dirty_.erase(lane);
      lanes_.erase({lane->rule, lane->status, lane->key});
    }
  }
  for (const IncidentId& id : gone) {
    touched_.erase(id);
  }
  where_.erase(known);
}

std::vector<IncidentId> PatternLanes::take_touched() {
  std::vector<IncidentId> ids(touched_.begin(), touched_.end());
  touched_.clear();
  return ids;
}

}  // namespace fusiond::fusion
