// How often each live rule was asked, what it said, and when last: so that a rule that does nothing
// shows. Counts since the start, or since the rule came; no part of the state.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/model/finding.h"
#include "daemon/rules/bundle.h"

namespace fusiond::fusion {

struct RuleCount {
  std::uint64_t opened = 0;       // times that it was asked and its anchor was there
  std::uint64_t looked = 0;       // reports that it then counted or refused: what it costs
  std::uint64_t provisional = 0;  // times that an incident was told so and was not before
  std::uint64_t firm = 0;
  std::uint64_t ended = 0;  // times that it said nothing any more
  WallTime last_opened{};   // ingest time; 0 = never
  WallTime last_said{};
  friend bool operator==(const RuleCount&, const RuleCount&) = default;
};

class RuleTally {
 public:
  using Counts = std::map<std::string, RuleCount, std::less<>>;  // by rule

  // Rules that go are forgotten, those that stay go on.
  void use(const rules::Bundle& bundle) {
    Counts counts;
    for (const rules::Rule& rule : bundle.rules) {
      if (rule.status == rules::RuleStatus::live && !rule.pattern) {
        counts[rule.name] = counts_[rule.name];
      }
    }
    counts_ = std::move(counts);
  }
  void set_now(WallTime now) { now_ = std::max(now_, now); }

  void open(const Finding& finding) {
    RuleCount& count = counts_[finding.rule];
    ++count.opened;
    count.last_opened = now_;
    for (const FindingPart& part : finding.parts) {
      count.looked += part.count + part.missed;
    }
  }
  // What was told of one incident, then and now.
  void tell(const std::vector<ToldFinding>& then, const std::vector<ToldFinding>& now) {
    for (const ToldFinding& one : now) {
      const FindingState was = state_in(then, one.rule);
      if (one.state <= was) {
        continue;
      }
      RuleCount& count = counts_[one.rule];
      count.provisional += was < FindingState::provisional ? 1 : 0;
      count.firm += one.state == FindingState::firm ? 1 : 0;
      count.last_said = now_;
    }
    for (const ToldFinding& one : then) {
      const auto row = counts_.find(one.rule);
      if (row != counts_.end() && state_in(now, one.rule) < FindingState::provisional) {
        ++row->second.ended;
      }
    }
  }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  static FindingState state_in(const std::vector<ToldFinding>& told, const std::string& rule) {
    const auto found = std::find_if(told.begin(), told.end(),
                                    [&](const ToldFinding& one) { return one.rule == rule; });
    return found == told.end() ? FindingState::unmet : found->state;
  }

  Counts counts_;
  WallTime now_{};
};

}  // namespace fusiond::fusion
