// The reports of each key of the pattern rules, in event time, and the runs of them that hold
// enough (design/0017). Exact under any order: a change at t looks anew at the windows that end
// within [t, t + within] and at the runs that touch them, and at nothing else. Journey:
// fusion/engine.cc -> here -> fusion/pattern_book.h
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/fusion/node.h"
#include "daemon/model/incident.h"
#include "daemon/rules/pattern_rule.h"

namespace fusiond::fusion {

// When it happened, and its number: the order of a lane.
using LaneTime = std::pair<std::int64_t, ShortId>;

// What stands in a lane of one report.
struct LaneEntry {
  Node* node = nullptr;
  std::string voice;       // of one that counts: who or what is counted once; else empty
  std::uint32_t most = 0;  // voices in the window that ends with it; 0 unless they are enough
};

// Reports that follow each other so that each of `met` ends a window that holds enough.
struct Run {
  IncidentId id;
  LaneTime first;      // opens the first window
  LaneTime first_met;  // the first and the last that end a window with enough
  LaneTime last_met;
  std::uint32_t most = 0;
};

// One key of one rule, in one status class.
struct Lane {
  std::uint32_t rule = 0;
  Status status = Status::actual;
  std::string key;
  std::map<LaneTime, LaneEntry> entries;
  std::set<LaneTime> met;
  std::map<LaneTime, Run> runs;  // by first_met
};

class PatternLanes {
 public:
  explicit PatternLanes(const rules::PatternRules& rules) : rules_(rules) {}

  // Puts the node where it belongs now; `report` is none when it counts nowhere. Notes the runs
  // that may look different.
  void place(Node& node, const rules::Report* report);
  // Makes the runs of what was placed since.
  void settle();

  // Forgets every place, as if nothing had been placed.
  void clear();

  // A run by the id of its incident; none when there is none now.
  struct Found {
    const Lane* lane = nullptr;
    const Run* run = nullptr;
  };
  [[nodiscard]] Found find(const IncidentId& id) const;
  // Calls visit(Run) for each run that reads what happened then.
  template <class Visit>
  void each_run_at(const Lane& lane, std::int64_t time, Visit visit) const {
    for (const auto& [met, run] : lane.runs) {
      if (run.first.first - within(lane) <= time && time <= run.last_met.first + within(lane)) {
        visit(run);
      }
    }
  }
  [[nodiscard]] std::int64_t within(const Lane& lane) const {
    return rules_.live(lane.rule).rule().pattern->within.count();
  }

  // Calls visit(Lane&, LaneTime) for each place of the node.
  template <class Visit>
  void each_place(const Node& node, Visit visit) const {
    if (const auto at = where_.find(node.number); at != where_.end()) {
      for (const auto& [lane, time] : at->second) {
        visit(*lane, time);
      }
    }
  }
  // Takes the node out for good; nothing is looked at anew. The runs that read it are gone: their
  // ids are added to `gone`.
  void drop(const Node& node, std::vector<IncidentId>& gone);

  // Ids of runs that came, went or may look different since they were taken last.
  std::vector<IncidentId> take_touched();

 private:
  struct Dirty {
    std::int64_t from = 0;
    std::int64_t to = 0;
  };
  Lane& lane_of(std::uint32_t rule, Status status, const std::string& key);
  void dirty(Lane& lane, std::int64_t time);
  void count_windows(Lane& lane, const Dirty& span) const;
  void make_runs(Lane& lane, const Dirty& span);
  [[nodiscard]] Run run_from(const Lane& lane, std::set<LaneTime>::const_iterator& at) const;
  void add(Lane& lane, const Run& run);
  void remove(Lane& lane, std::map<LaneTime, Run>::iterator run);

  const rules::PatternRules& rules_;
  std::map<std::tuple<std::uint32_t, Status, std::string>, Lane> lanes_;  // stay where they are
  std::unordered_map<ShortId, std::vector<std::pair<Lane*, LaneTime>>, ShortIdHash> where_;
  std::map<Lane*, Dirty> dirty_;
  std::unordered_map<IncidentId, std::pair<Lane*, LaneTime>> by_id_;
  std::set<IncidentId> touched_;
  std::vector<rules::PatternRules::Place> places_;  // room
};

}  // namespace fusiond::fusion
