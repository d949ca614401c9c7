#include "daemon/backtest/comparison.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace fusiond::backtest {
namespace {

double seconds_between(WallTime from, WallTime to) {
  return static_cast<double>((to - from).count()) * 1e-6;
}

class Delays {
 public:
  void add(WallTime heard, const std::optional<WallTime>& said) {
    if (said) {
      seconds_.push_back(std::max(0.0, seconds_between(heard, *said)));
    }
  }
  Delay done() {
    std::sort(seconds_.begin(), seconds_.end());
    Delay delay;
    delay.incidents = seconds_.size();
    if (!seconds_.empty()) {
      const auto at = [&](std::size_t percent) {
        return seconds_[(seconds_.size() - 1) * percent / 100];
      };
      delay.median_s = at(50);
      delay.p90_s = at(90);
    }
    return delay;
  }

 private:
  std::vector<double> seconds_;
};

class PairSum {
 public:
  explicit PairSum(const SilverPairs& pairs) : pairs_(pairs) {}
  void add(const std::vector<std::string>& evidence) {
    const std::size_t before = score_.pairs;
    for (std::size_t i = 0; i < evidence.size(); ++i) {
      for (std::size_t k = i + 1; k < evidence.size(); ++k) {
        if (const double* share = pairs_.share(evidence[i], evidence[k])) {
          ++score_.pairs;
          sum_ += *share;
        }
      }
    }
    score_.incidents += score_.pairs > before ? 1 : 0;
  }
  PairScore done() {
    score_.mean_share = score_.pairs == 0 ? 0 : sum_ / static_cast<double>(score_.pairs);
    return score_;
  }

 private:
  const SilverPairs& pairs_;
  PairScore score_;
  double sum_ = 0;
};

// Founded if anybody found something, unfounded if nobody did and somebody found nothing.
std::optional<bool> founded(const Spoken& spoken, const Outcomes& outcomes) {
  std::optional<bool> is;
  const auto hear = [&](const std::string& name) {
    const auto found = outcomes.find(name);
    if (found != outcomes.end() && calibrate::decides(found->second)) {
      is = is.value_or(false) || found->second == calibrate::Finding::founded;
    }
  };
  hear(spoken.id.str());
  for (const EventId& event : spoken.events) {
    hear(event.str());
  }
  for (const std::string& name : spoken.names) {
    hear(name);
  }
  return is;
}

class SideMaking {
 public:
  explicit SideMaking(const Given& given) : given_(given) {}

  Side make(const Account& account) {
    Side side;
    Delays provisional;
    Delays firm;
    std::map<std::string, Rule> rules;
    for (const auto& [id, spoken] : account.spoken()) {
      if (spoken.gone || !counts(spoken)) {
        continue;
      }
      ++side.provisional;
      side.firm += spoken.firm ? 1 : 0;
      provisional.add(spoken.heard, spoken.provisional);
      firm.add(spoken.heard, spoken.firm);
      if (spoken.firm) {
        judge(spoken, side.precision);
      }
      for (const auto& [name, of_rule] : spoken.rules) {
        rules.try_emplace(name, given_.pairs).first->second.add(spoken, of_rule);
      }
    }
    side.to_provisional = provisional.done();
    side.to_firm = firm.done();
    side.precision.interval = calibrate::interval_of(
        side.precision.founded, side.precision.founded + side.precision.unfounded);
    for (auto& [name, rule] : rules) {
      side.rules.emplace(name, rule.done());
    }
    std::vector<WallTime> times;
    for (const Alarm& alarm : account.alarms()) {
      times.push_back(alarm.at);
    }
    side.load = load_of(std::move(times), given_.from, given_.to, given_.operators);
    return side;
  }

  [[nodiscard]] bool counts(const Spoken& spoken) const {
    return spoken.heard >= given_.from && spoken.heard <= given_.to;
  }

 private:
  struct Rule {
    explicit Rule(const SilverPairs& silver) : pairs(silver) {}
    void add(const Spoken& spoken, const OfRule& of_rule) {
      ++side.provisional;
      side.firm += of_rule.firm ? 1 : 0;
      provisional.add(spoken.heard, of_rule.provisional);
      firm.add(spoken.heard, of_rule.firm);
      if (of_rule.firm) {
        pairs.add(of_rule.evidence);
      }
    }
    RuleSide done() {
      side.to_provisional = provisional.done();
      side.to_firm = firm.done();
      side.pairs = pairs.done();
      return side;
    }
    RuleSide side;
    Delays provisional, firm;
    PairSum pairs;
  };

  void judge(const Spoken& spoken, Precision& precision) const {
    const auto is = founded(spoken, given_.outcomes);
    precision.founded += is == true ? 1 : 0;
    precision.unfounded += is == false ? 1 : 0;
    precision.unknown += is ? 0 : 1;
  }

  const Given& given_;
};

std::string words_of(const Spoken& spoken) {
  const std::string state = spoken.most == FindingState::firm ? "firm" : "provisional";
  return (spoken.rule.empty() ? std::string("no rule any more") : spoken.rule) + " (" + state +
         "), " + spoken.type + ", priority " + std::to_string(spoken.priority);
}

bool alike(const Spoken& a, const Spoken& b) {
  return std::tie(a.rule, a.most, a.state, a.type, a.priority) ==
         std::tie(b.rule, b.most, b.state, b.type, b.priority);
}

Difference difference(Change change, const Spoken& about, const Spoken* then, const Spoken* now) {
  return {change,
          about.id,
          about.heard,
          about.address,
          then == nullptr ? "" : words_of(*then),
          now == nullptr ? "" : words_of(*now)};
}

}  // namespace

Comparison compare(const Given& given) {
  SideMaking making(given);
  Comparison result;
  result.from = given.from;
  result.to = given.to;
  result.operators = given.operators;
  result.has_outcomes = !given.outcomes.empty();
  result.has_pairs = given.pairs.size() > 0;
  result.incidents = given.after.incidents();
  result.before = making.make(given.before);
  result.after = making.make(given.after);
  const auto find = [&](const Account& account, const IncidentId& id) -> const Spoken* {
    const auto found = account.spoken().find(id);
    return found == account.spoken().end() || found->second.gone ? nullptr : &found->second;
  };
  for (const auto& [id, then] : given.before.spoken()) {
    if (then.gone || !making.counts(then)) {
      continue;
    }
    const Spoken* now = find(given.after, id);
    if (now == nullptr) {
      ++result.lost;
      result.differences.push_back(difference(Change::lost, then, &then, nullptr));
    } else if (!alike(then, *now)) {
      ++result.changed;
      result.differences.push_back(difference(Change::changed, then, &then, now));
    } else {
      ++result.same;
    }
  }
  for (const auto& [id, now] : given.after.spoken()) {
    if (!now.gone && making.counts(now) && find(given.before, id) == nullptr) {
      ++result.gained;
      result.differences.push_back(difference(Change::gained, now, nullptr, &now));
    }
  }
  std::stable_sort(result.differences.begin(), result.differences.end(),
                   [](const Difference& a, const Difference& b) {
                     const auto rank = [](Change change) {
                       return change == Change::lost ? 0 : change == Change::gained ? 1 : 2;
                     };
                     return std::tuple(rank(a.change), a.at, a.id) <
                            std::tuple(rank(b.change), b.at, b.id);
                   });
  return result;
}

}  // namespace fusiond::backtest
