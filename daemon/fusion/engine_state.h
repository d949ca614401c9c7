// The parts of an engine. For engine.cc and engine_shards.cc, which are its functions.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "daemon/fusion/cases.h"
#include "daemon/fusion/closing_clock.h"
#include "daemon/fusion/copies.h"
#include "daemon/fusion/earth_grid.h"
#include "daemon/fusion/engine.h"
#include "daemon/fusion/exchange.h"
#include "daemon/fusion/explain.h"
#include "daemon/fusion/fold.h"
#include "daemon/fusion/guests.h"
#include "daemon/fusion/incident_book.h"
#include "daemon/fusion/nodes.h"
#include "daemon/fusion/pattern_book.h"
#include "daemon/fusion/people.h"
#include "daemon/fusion/score.h"
#include "daemon/rules/case_rule.h"

namespace fusiond::fusion {

// A place as rules have it.
[[nodiscard]] inline rules::Point rule_point(std::int32_t lat_e7, std::int32_t lon_e7) {
  const GridPoint at = to_grid(lat_e7, lon_e7);
  return {at.x, at.y, at.z};
}

// The parts in the order of the journey; they point at each other, so the whole stays where it is.
struct Engine::State {
  State(EngineConfig given, const IncidentWriter& writer);

  void take(EventState state);
  // Takes in what is said of an event now: its state, and whose it is.
  void renew(Node& node);
  void place(Node& node);
  void count_on(Node& node, Node* root);
  void settle();
  People::Verdict listen();
  void unite();
  void note_changes();
  void note_united(Node& root);
  void tell_others();
  void hear(const AreaNews& news);
  void see_clock(const EventState& state);
  std::span<const IncidentRecord> finish(const Cause& cause);
  rules::CaseRules compiled() {
    return {config.bundle, [this](const std::string& kind) { return score.kind_of(kind); },
            rule_point};
  }
  rules::PatternRules compiled_patterns() {
    return {config.bundle, [this](const std::string& kind) { return score.kind_of(kind); },
            rule_point};
  }
  // Puts the incidents of which the rules read something among those to be looked at.
  void reconsider();
  void drop_incident(Node& root, std::int64_t unfinished, std::vector<IncidentId>& gone);
  void drop_node(Node& node, std::vector<IncidentId>& gone);
  void restore_areas(const EngineSnapshot& snapshot);
  [[nodiscard]] AreaRow row_of(ShortId id) const;
  void note_row(ShortId id) { rows_due.push_back(id); }
  [[nodiscard]] bool is_over(const Node& root, const std::vector<Node*>& members,
                             std::int64_t unfinished) const;
  [[nodiscard]] bool is_needed(const Node& node) const;
  void forget_guests(std::int64_t unfinished, std::vector<IncidentId>& gone);

  EngineConfig config;
  Score score;
  Nodes nodes;
  People people;
  Fold fold;
  Cases cases;
  Copies copies;
  ClosingClock clock;
  rules::CaseRules rules;
  RuleTally tally;
  rules::PatternRules patterns;
  Explain explain;
  IncidentBook book;
  PatternBook pattern_book;
  // What there is where there are other shards.
  struct Others {
    explicit Others(State& state)
        : guests(state.nodes, state.score, state.fold, state.people),
          exchange(state.config.seat, {state.nodes, state.score, state.fold, state.cases,
                                       state.people, state.explain}) {}
    Guests guests;
    Exchange exchange;
    std::int64_t horizon = 0;  // others' events of which nothing was heard since may be forgotten
  };
  std::unique_ptr<Others> others;

  std::vector<IncidentRecord> records;  // of the last call, when patterns had something to say
  std::vector<Node*> changed;           // whose incident may look different
  std::vector<ShortId> rows_due;        // whose area row may be another one
  std::vector<EventId> forgotten;       // by the last forget()
  std::set<EventId> to_forget;  // the router has dropped them; their incidents are not over yet
};

}  // namespace fusiond::fusion
