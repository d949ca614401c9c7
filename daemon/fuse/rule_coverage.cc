#include "daemon/fuse/rule_coverage.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <set>
#include <utility>

namespace fusiond::fuse {
namespace {

using rules::Part;
using rules::Rule;

constexpr std::uint32_t kAny = std::numeric_limits<std::uint32_t>::max();

// The limits that a part has, each with its name in the file.
std::vector<std::pair<Limit, std::string>> limits_of(const Part& part) {
  std::vector<std::pair<Limit, std::string>> limits;
  const auto add = [&](bool has, Limit limit, const char* name) {
    if (has) {
      limits.emplace_back(limit, name);
    }
  };
  add(part.match.least_confidence_permille.has_value(), Limit::confidence, "confidence");
  add(part.match.least_priority.has_value(), Limit::priority, "priority");
  add(!part.match.standing, Limit::state, "state");
  add(!part.match.plate_lists.empty(), Limit::list, "list");
  add(part.match.list_age.has_value(), Limit::list_age, "list_age");
  add(!part.match.words.empty(), Limit::words, "words");
  add(part.time && part.role != PartRole::absent, Limit::time, "time");
  add(part.near && part.near->within_cm, Limit::near, "near.within");
  add(part.near && part.near->beyond_cm, Limit::near, "near.beyond");
  add(part.near && part.near->speed_mm_per_s, Limit::speed, "near.speed");
  add(part.same.has_value(), Limit::same, "same");
  add(!part.inside.empty(), Limit::inside, "inside");
  add(part.distinct != rules::Field::witness, Limit::distinct, "distinct");
  add(part.at_most != kAny, Limit::count, "at_most");
  return limits;
}

const FindingPart* part_named(const Finding& finding, const std::string& name) {
  const auto at = std::find_if(finding.parts.begin(), finding.parts.end(),
                               [&](const FindingPart& part) { return part.name == name; });
  return at == finding.parts.end() ? nullptr : &*at;
}

bool any(const std::vector<Finding>& findings, const std::function<bool(const Finding&)>& holds) {
  return std::any_of(findings.begin(), findings.end(), holds);
}

class Covering {
 public:
  Covering(const Rule& rule, const std::vector<Finding>& findings)
      : rule_(rule), findings_(findings) {}

  Coverage cover() {
    for (const Part& part : rule_.parts) {
      if (part.role != PartRole::anchor) {
        this->part(part);
      }
    }
    threshold("provisional", FindingState::provisional);
    threshold("firm", FindingState::firm);
    for (const auto* changes : {&rule_.priority.raise, &rule_.priority.lower}) {
      for (const rules::PriorityChange& change : *changes) {
        const std::string& because = rule_.parts[change.because].name;
        sides("priority " + std::to_string(change.to) + " because " + because,
              any(findings_,
                  [&](const Finding& one) {
                    return std::any_of(one.priority_steps.begin(), one.priority_steps.end(),
                                       [&](const PriorityStep& step) {
                                         return step.because == because && step.to == change.to;
                                       });
                  }),
              true);
      }
    }
    for (const rules::UseSuppression& use : rule_.suppress) {
      const auto held = [&](const Finding& one) {
        return std::find(one.suppressed_by.begin(), one.suppressed_by.end(), use.name) !=
               one.suppressed_by.end();
      };
      sides("suppression " + use.name, any(findings_, held),
            any(findings_, [&](const Finding& one) { return !held(one); }));
    }
    for (std::size_t i = 0; rule_.routes.size() > 1 && i < rule_.routes.size(); ++i) {
      const std::string& to = rule_.routes[i].route.to;
      sides("route " + to, any(findings_, [&](const Finding& one) { return one.route.to == to; }),
            true);
    }
    return std::move(coverage_);
  }

 private:
  void sides(const std::string& what, bool inside, bool outside) {
    ++coverage_.total;
    if (!inside || !outside) {
      coverage_.one_sided.push_back(what + ": no test meets it from " +
                                    (inside    ? "outside"
                                     : outside ? "inside"
                                               : "either side"));
    }
  }

  void part(const Part& part) {
    const auto in_state = [&](PartState state) {
      return any(findings_, [&](const Finding& one) {
        const FindingPart* found = part_named(one, part.name);
        return found != nullptr && found->state == state;
      });
    };
    const bool found = in_state(PartState::found);
    sides(part.name, found, in_state(PartState::missed) || in_state(PartState::waiting));
    for (const auto& [limit, name] : limits_of(part)) {
      const bool missed = any(findings_, [&, wanted = limit](const Finding& one) {
        const FindingPart* here = part_named(one, part.name);
        return here != nullptr &&
               std::any_of(here->misses.begin(), here->misses.end(),
                           [&](const Miss& miss) { return miss.limit == wanted; });
      });
      sides(part.name + "." + name, found, missed);
    }
  }

  void threshold(const char* name, FindingState state) {
    sides(std::string("decide.") + name,
          any(findings_, [&](const Finding& one) { return one.state >= state; }),
          any(findings_, [&](const Finding& one) { return one.state < state; }));
  }

  const Rule& rule_;
  const std::vector<Finding>& findings_;
  Coverage coverage_;
};

std::string metres(std::int64_t cm) {
  return std::to_string(cm / 100) + " m";
}
std::string seconds(Micros time) {
  return std::to_string(time.count() / 1'000'000) + " s";
}

class Mutating {
 public:
  explicit Mutating(const Rule& rule) : rule_(rule) {}

  std::vector<Mutant> mutate() {
    for (std::size_t i = 0; i < rule_.parts.size(); ++i) {
      part(i);
    }
    pattern();
    thresholds();
    priorities();
    return std::move(mutants_);
  }

 private:
  template <class Change>
  void add(std::string what, Change change) {
    Mutant mutant{std::move(what), rule_};
    change(mutant.rule);
    mutants_.push_back(std::move(mutant));
  }

  void part(std::size_t i) {
    const Part& part = rule_.parts[i];
    const auto nudge = [&](const std::string& what, auto change) {
      add(part.name + ": " + what, [&](Rule& rule) { change(rule.parts[i]); });
    };
    if (part.near && part.near->within_cm) {
      for (const std::int64_t cm : {*part.near->within_cm / 2, *part.near->within_cm * 2}) {
        nudge("near within " + metres(*part.near->within_cm) + " → " + metres(cm),
              [&](Part& one) { one.near->within_cm = cm; });
      }
    }
    if (part.near && part.near->beyond_cm) {
      for (const std::int64_t cm : {*part.near->beyond_cm / 2, *part.near->beyond_cm * 2}) {
        nudge("near beyond " + metres(*part.near->beyond_cm) + " → " + metres(cm),
              [&](Part& one) { one.near->beyond_cm = cm; });
      }
    }
    if (part.near && part.near->speed_mm_per_s) {
      for (const std::int64_t speed :
           {*part.near->speed_mm_per_s / 2, *part.near->speed_mm_per_s * 2}) {
        nudge(speed < *part.near->speed_mm_per_s ? "half the speed" : "twice the speed",
              [&](Part& one) { one.near->speed_mm_per_s = speed; });
      }
    }
    if (part.time && part.role != PartRole::absent) {
      for (const Micros to : {part.time->to / 2, part.time->to * 2}) {
        nudge("time to " + seconds(part.time->to) + " → " + seconds(to),
              [&](Part& one) { one.time->to = to; });
      }
    }
    if (part.role == PartRole::absent) {
      nudge("until " + seconds(part.until) + " → " + seconds(part.until * 2), [](Part& one) {
        one.until *= 2;
        one.time->to = one.until;
      });
    }
    if (const auto least = part.match.least_confidence_permille) {
      for (const int by : {-100, 100}) {
        const int nudged = std::clamp(*least + by, 0, 1000);
        nudge("confidence at least " + std::to_string(*least) + " → " + std::to_string(nudged) +
                  " thousandths",
              [&](Part& one) {
                one.match.least_confidence_permille = static_cast<std::uint16_t>(nudged);
              });
      }
    }
    if (part.role == PartRole::anchor) {
      for (const std::int64_t by : {-400, 400}) {
        nudge(by < 0 ? "a lower prior" : "a higher prior",
              [&](Part& one) { one.likelier_mn += by; });
      }
      return;
    }
    if (part.likelier_mn != 0) {
      nudge("likelier 1x", [](Part& one) { one.likelier_mn = 0; });
    }
    counts(i);
  }

  void counts(std::size_t i) {
    const Part& part = rule_.parts[i];
    if (part.role == PartRole::absent) {
      return;
    }
    add(part.name + ": at_least " + std::to_string(part.at_least) + " → " +
            std::to_string(part.at_least + 1),
        [&](Rule& rule) { ++rule.parts[i].at_least; });
    if (part.at_least > 1) {
      add(part.name + ": at_least " + std::to_string(part.at_least) + " → " +
              std::to_string(part.at_least - 1),
          [&](Rule& rule) { --rule.parts[i].at_least; });
    }
    if (part.at_most != kAny) {
      add(part.name + ": at_most lifted", [&](Rule& rule) { rule.parts[i].at_most = kAny; });
    }
  }

  void pattern() {
    if (!rule_.pattern) {
      return;
    }
    const Micros time = rule_.pattern->within;
    const bool quiet = rule_.pattern->quiet_for.has_value();
    for (const Micros other : {time / 2, time * 2}) {
      add((quiet ? "pattern: quiet_for " : "pattern: within ") + seconds(time) + " → " +
              seconds(other),
          [&](Rule& rule) {
            rule.pattern->within = other;
            rule.pattern->quiet_for = quiet ? std::optional(other) : std::nullopt;
          });
    }
    if (quiet) {
      return;  // nothing is counted
    }
    counts(0);
    if (rule_.firm.count > 0) {
      add("firm: count " + std::to_string(rule_.firm.count) + " lifted",
          [](Rule& rule) { rule.firm.count = 0; });
      add("firm: count " + std::to_string(rule_.firm.count) + " → " +
              std::to_string(rule_.firm.count + 1),
          [](Rule& rule) { ++rule.firm.count; });
    }
  }

  void thresholds() {
    for (const std::int64_t by : {-400, 400}) {
      const std::string how = by < 0 ? "lower" : "higher";
      add("provisional: a " + how + " probability",
          [&](Rule& rule) { rule.provisional.odds_mn += by; });
      add("firm: a " + how + " probability", [&](Rule& rule) { rule.firm.odds_mn += by; });
    }
    if (rule_.firm.needs.least > 0) {
      add("firm: without needs", [](Rule& rule) { rule.firm.needs = {}; });
    }
  }

  void priorities() {
    for (std::size_t i = 0; i < rule_.priority.raise.size(); ++i) {
      add("priority: not raised because " + rule_.parts[rule_.priority.raise[i].because].name,
          [&](Rule& rule) {
            rule.priority.raise.erase(rule.priority.raise.begin() + static_cast<std::ptrdiff_t>(i));
          });
    }
    for (std::size_t i = 0; i < rule_.priority.lower.size(); ++i) {
      add("priority: not lowered because " + rule_.parts[rule_.priority.lower[i].because].name,
          [&](Rule& rule) {
            rule.priority.lower.erase(rule.priority.lower.begin() + static_cast<std::ptrdiff_t>(i));
          });
    }
  }

  const Rule& rule_;
  std::vector<Mutant> mutants_;
};

}  // namespace

Coverage coverage_of(const rules::Rule& rule, const std::vector<Finding>& findings) {
  return Covering(rule, findings).cover();
}

std::vector<Mutant> mutants_of(const rules::Rule& rule) {
  return Mutating(rule).mutate();
}

}  // namespace fusiond::fuse
