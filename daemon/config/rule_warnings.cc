#include "daemon/config/rule_warnings.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace fusiond::config {
namespace {

using rules::Part;
using rules::Rule;

constexpr std::uint32_t kAny = std::numeric_limits<std::uint32_t>::max();

bool is_live(const Rule& rule) {
  return rule.status == rules::RuleStatus::live;
}

bool has_all(const std::vector<std::string>& all, const std::vector<std::string>& some) {
  return std::all_of(some.begin(), some.end(), [&](const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  });
}

bool takes_kinds_of(const Part& wide, const Part& narrow) {
  return wide.match.kinds.empty() ||
         (!narrow.match.kinds.empty() && has_all(wide.match.kinds, narrow.match.kinds));
}

// Whether `narrow` asks for at least as much as `wide` of one value that must be at least so large.
template <class T>
bool asks_no_less(const std::optional<T>& wide, const std::optional<T>& narrow) {
  return !wide || (narrow && *narrow >= *wide);
}

bool matches_within(const Part& wide, const Part& narrow) {
  const rules::Match& most = wide.match;
  const rules::Match& least = narrow.match;
  return takes_kinds_of(wide, narrow) && wide.from.has_all(narrow.from) &&
         asks_no_less(most.least_confidence_permille, least.least_confidence_permille) &&
         asks_no_less(most.least_priority, least.least_priority) &&
         (most.plate_lists.empty() ||
          (!least.plate_lists.empty() && has_all(most.plate_lists, least.plate_lists) &&
           most.list_age >= least.list_age)) &&
         (most.words.empty() || most.words == least.words) && (most.standing || !least.standing) &&
         (most.cancelled || !least.cancelled) &&
         (wide.inside.empty() || wide.inside == narrow.inside) &&
         (wide.missing_fits || !narrow.missing_fits);
}

bool near_within(const std::optional<rules::Near>& wide, const std::optional<rules::Near>& narrow) {
  if (!wide) {
    return true;
  }
  const auto no_more = [](const std::optional<std::int64_t>& most,
                          const std::optional<std::int64_t>& asked) {
    return !most || (asked && *asked <= *most);
  };
  return narrow && wide->of == narrow->of && wide->use_error >= narrow->use_error &&
         no_more(wide->within_cm, narrow->within_cm) &&
         no_more(wide->speed_mm_per_s, narrow->speed_mm_per_s) &&
         (!wide->beyond_cm || (narrow->beyond_cm && *narrow->beyond_cm >= *wide->beyond_cm));
}

// Every report that fits `narrow` fits `wide`.
bool covers(const Part& wide, const Part& narrow) {
  const bool in_time =
      !wide.time || (narrow.time && wide.time->of == narrow.time->of &&
                     wide.time->from <= narrow.time->from && wide.time->to >= narrow.time->to);
  const bool same = !wide.same || (narrow.same && wide.same->of == narrow.same->of &&
                                   wide.same->field == narrow.same->field);
  return matches_within(wide, narrow) && near_within(wide.near, narrow.near) && in_time && same;
}

// A rule's anchor fits whenever the other one's does.
bool opens_within(const Rule& wide, const Rule& narrow) {
  return !wide.pattern && !narrow.pattern && matches_within(wide.anchor(), narrow.anchor()) &&
         (wide.inside.empty() || wide.inside == narrow.inside) && wide.hours.empty();
}

std::uint8_t most_urgent(const Rule& rule) {
  std::uint8_t most = rule.priority.base;
  for (const rules::PriorityChange& change : rule.priority.raise) {
    most = std::max(most, change.to);
  }
  return most;
}

class Warning {
 public:
  Warning(const rules::Bundle& bundle, WallTime today) : bundle_(bundle), today_(today) {}

  std::vector<RuleWarning> warn() {
    for (const Rule& rule : bundle_.rules) {
      if (is_live(rule) && !rule.parts.empty()) {
        parts(rule);
        routes(rule);
        times(rule);
        others(rule);
      }
    }
    return std::move(warnings_);
  }

 private:
  void warn(const Rule& rule, std::string what) {
    warnings_.push_back({rule.name, std::move(what)});
  }

  // A report counts in the first part that it fits: a later one that asks for more finds nothing.
  void parts(const Rule& rule) {
    for (std::size_t later = 2; later < rule.parts.size(); ++later) {
      const Part& narrow = rule.parts[later];
      if (narrow.role == PartRole::absent) {
        continue;
      }
      for (std::size_t earlier = 1; earlier < later; ++earlier) {
        const Part& wide = rule.parts[earlier];
        const bool counts_all = wide.role != PartRole::absent && wide.at_least == 1 &&
                                wide.at_most == kAny && wide.distinct == narrow.distinct;
        if (counts_all && covers(wide, narrow)) {
          warn(rule, "`" + narrow.name + "` can never count: every report that fits it fits `" +
                         wide.name + "`, which comes before it");
          break;
        }
      }
    }
  }

  void routes(const Rule& rule) {
    for (const rules::RouteChoice& choice : rule.routes) {
      if (choice.least_priority > most_urgent(rule)) {
        warn(rule, "the route to " + choice.route.to + " is never taken: it asks for priority " +
                       std::to_string(choice.least_priority) + ", and the rule gives " +
                       std::to_string(most_urgent(rule)) + " at most");
      }
      if (!choice.zone.empty() && !rule.inside.empty() && choice.zone != rule.inside &&
          !bundle_.zones.meet(choice.zone, rule.inside)) {
        warn(rule, "the route to " + choice.route.to + " is never taken: " + choice.zone + " and " +
                       rule.inside + " do not touch");
      }
    }
    for (const Part& part : rule.parts) {
      const bool apart = !part.inside.empty() && !rule.inside.empty() &&
                         part.role == PartRole::anchor &&
                         !bundle_.zones.meet(part.inside, rule.inside);
      if (apart) {
        warn(rule, "it can never open: its anchor lies in " + part.inside + " and the rule in " +
                       rule.inside + ", which do not touch");
      }
    }
  }

  void times(const Rule& rule) {
    const EventTime now = event_time(micros_of(today_));
    const auto is_over = [&](const rules::Spans& spans) {
      return std::all_of(spans.begin(), spans.end(), [&](const rules::TimeSpan& span) {
        return span.to <= now || span.from >= rule.expires;
      });
    };
    if (!rule.hours.empty() && is_over(rule.hours)) {
      warn(rule,
           "it can never open again: its hours or its calendar have no time left before it "
           "expires");
    }
    for (const rules::UseSuppression& use : rule.suppress) {
      if (is_over(bundle_.suppressions.at(use.name).when)) {
        warn(rule, "the suppression " + use.name + " is over");
      }
    }
    for (const Part& part : rule.parts) {
      for (const std::string& name : part.match.plate_lists) {
        const Micros age = now - bundle_.plate_lists.at(name).as_of;
        if (part.match.list_age && today_ > WallTime{} && age > *part.match.list_age) {
          warn(rule, "hits of the list " + name + " do not count in `" + part.name +
                         "` today: it is " + std::to_string(age.count() / 3'600'000'000) +
                         " h old");
        }
      }
    }
  }

  // Two that open with the same reports speak of the same incidents.
  void others(const Rule& rule) {
    for (const Rule& other : bundle_.rules) {
      if (&other == &rule || !is_live(other) || other.parts.empty()) {
        continue;
      }
      const bool twins = opens_within(rule, other) && opens_within(other, rule);
      if (!opens_within(other, rule) || (twins && other.name > rule.name)) {
        continue;
      }
      if (twins && rule.type == other.type) {
        warn(rule, "opens with the same reports as " + other.name +
                       ", for the same type: the stronger of the two hides the other");
      } else if (twins && rule.priority.base == other.priority.base) {
        warn(rule, "contradicts " + other.name + ": both open with the same reports at priority " +
                       std::to_string(rule.priority.base) + ", one says " + rule.type +
                       ", the other " + other.type + "; which names the incident is left to odds");
      } else if (always_firm(other) && least_urgent(other) >= most_urgent(rule)) {
        warn(rule, "is hidden by " + other.name +
                       ": that one is firm with every report that opens this one, and never less "
                       "urgent");
      }
    }
  }

  static bool always_firm(const Rule& rule) {
    std::int64_t least = 0;
    for (const Part& part : rule.parts) {
      least += part.role == PartRole::anchor ? part.likelier_mn
                                             : std::min<std::int64_t>(part.likelier_mn, 0) * 2;
    }
    return rule.suppress.empty() && rule.firm.needs.least == 0 && least >= rule.firm.odds_mn;
  }
  static std::uint8_t least_urgent(const Rule& rule) {
    std::uint8_t least = rule.priority.base;
    for (const rules::PriorityChange& change : rule.priority.lower) {
      least = std::min(least, change.to);
    }
    return least;
  }

  const rules::Bundle& bundle_;
  WallTime today_;
  std::vector<RuleWarning> warnings_;
};

}  // namespace

std::vector<RuleWarning> warnings_of(const rules::Bundle& bundle, WallTime today) {
  return Warning(bundle, today).warn();
}

}  // namespace fusiond::config
