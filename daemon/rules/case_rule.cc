#include "daemon/rules/case_rule.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "daemon/rules/part_limits.h"
#include "daemon/rules/words.h"

namespace fusiond::rules {
namespace {

constexpr std::int64_t kOne = 1000;

// The nearest whole number to a / b, halves away from zero. Requires: b > 0.
constexpr std::int64_t divided(std::int64_t a, std::int64_t b) {
  return a >= 0 ? (a + b / 2) / b : -((-a + b / 2) / b);
}

void name_report(FindingPart& part, const Report& report) {
  if (part.event_ids.size() < kListedReports) {
    part.event_ids.push_back(report.shown->id);
  }
}

void name_miss(FindingPart& part, const Report& report, const Missed& missed) {
  ++part.missed;
  if (part.misses.size() < kListedReports) {
    part.misses.push_back({report.shown->id, missed.limit, missed.by});
  }
}

bool is_found(const FindingPart& part) {
  return part.state == PartState::found;
}

// The strongest first: state, priority, odds; then by name, so that there is one order.
bool stronger(const Finding& a, const Finding& b) {
  return std::tuple(b.state, b.priority, b.odds_mn, std::string_view(a.rule)) <
         std::tuple(a.state, a.priority, a.odds_mn, std::string_view(b.rule));
}

}  // namespace

std::int64_t effective_milli(std::uint64_t n) {
  constexpr std::int64_t kShare = 600;
  const auto count = static_cast<std::int64_t>(n);
  return count == 0 ? 0 : divided(count * kOne * kOne, kOne + (count - 1) * kShare);
}

// A live rule with what it asks of kinds as bits.
class CaseRules::Live {
 public:
  Live(const Bundle& bundle, const Rule& rule,
       const std::function<std::uint32_t(const std::string&)>& kind_of)
      : bundle_(&bundle), rule_(&rule) {
    for (const Part& part : rule.parts) {
      parts_.emplace_back(bundle, part, kind_of);
    }
  }

  [[nodiscard]] const Rule& rule() const { return *rule_; }
  [[nodiscard]] const std::vector<PartLimits>& parts() const { return parts_; }

  // Adds what the rule says, unless its anchor is not there.
  void evaluate(std::span<const Report> reports, const FeedsHeard& heard,
                std::vector<Finding>& findings, std::vector<Wait>& waits) const;

 private:
  // What one look at an incident notes.
  struct Look {
    std::span<const Report> reports;
    Finding* finding = nullptr;
    std::vector<const Report*> first;             // of each part, if it is found
    std::vector<bool> used;                       // by report: it counts in some part
    std::unordered_set<std::uint32_t> witnesses;  // that count
    std::vector<const Report*> counted;
  };
  [[nodiscard]] const Report* find_anchor(std::span<const Report> reports) const;
  void count(std::size_t index, Look& look) const;
  void wait_for(std::size_t index, const FeedsHeard& heard, Look& look,
                std::vector<Wait>& waits) const;
  [[nodiscard]] bool meets(const Threshold& threshold, const Finding& finding) const;
  void judge(const Report& anchor, Finding& finding) const;
  void set_priority(Finding& finding) const;
  void suppress(const Report& anchor, Finding& finding) const;
  void set_route(const Report& anchor, Finding& finding) const;
  [[nodiscard]] bool in_zone(const std::string& zone, const Report& report) const;

  const Bundle* bundle_;
  const Rule* rule_;
  std::vector<PartLimits> parts_;
};

bool CaseRules::Live::in_zone(const std::string& zone, const Report& report) const {
  const auto& place = report.deciding->place;
  return zone.empty() || (place && bundle_->zones.inside(zone, {place->lat_e7, place->lon_e7}));
}

const Report* CaseRules::Live::find_anchor(std::span<const Report> reports) const {
  for (const Report& report : reports) {
    const EventTime time = report.deciding->occurred;
    const bool in_hours =
        rule_->hours.empty() || std::any_of(rule_->hours.begin(), rule_->hours.end(),
                                            [&](const TimeSpan& span) { return span.has(time); });
    if (parts_[0].takes(report) && !parts_[0].missed(report, {}, rule_->threat_to_life) &&
        time < rule_->expires && in_hours && in_zone(rule_->inside, report)) {
      return &report;
    }
  }
  return nullptr;
}

// Counts the independent reports that fit one part and no earlier one.
void CaseRules::Live::count(std::size_t index, Look& look) const {
  const PartLimits& limits = parts_[index];
  const Part& part = limits.part();
  FindingPart& found = look.finding->parts[index];
  std::vector<std::size_t> fit;
  std::set<std::string_view> seen;
  std::unordered_set<std::uint32_t> witnesses;
  if (part.distinct != Field::witness) {
    for (const Report* one : look.counted) {
      seen.insert(field_of(*one, part.distinct));
    }
  }
  for (std::size_t i = 0; i < look.reports.size(); ++i) {
    const Report& report = look.reports[i];
    if (look.used[i] || !limits.takes(report)) {
      continue;
    }
    auto missed = limits.missed(report, look.first, rule_->threat_to_life);
    if (!missed &&
        (look.witnesses.contains(report.witness) || witnesses.contains(report.witness))) {
      missed = Missed{Limit::distinct, 0};
    }
    if (!missed && part.distinct != Field::witness) {
      const std::string_view field = field_of(report, part.distinct);
      if (field.empty() && !part.missing_fits) {
        missed = Missed{Limit::missing, 0};
      } else if (!field.empty() && seen.contains(field)) {
        missed = Missed{Limit::distinct, 0};
      }
    }
    if (!missed && fit.size() >= part.at_most) {
      missed = Missed{Limit::count, 0};
    }
    if (missed) {
      name_miss(found, report, *missed);
      continue;
    }
    fit.push_back(i);
    witnesses.insert(report.witness);
    if (part.distinct != Field::witness) {
      seen.insert(field_of(report, part.distinct));
    }
  }
  found.count = static_cast<std::uint32_t>(fit.size());
  for (const std::size_t i : fit) {
    name_report(found, look.reports[i]);
  }
  if (fit.empty() || fit.size() < part.at_least) {
    found.state = PartState::missed;
    return;
  }
  found.state = PartState::found;
  found.effective_milli = effective_milli(fit.size());
  found.total_mn = divided(found.each_mn * found.effective_milli, kOne);
  look.first[index] = &look.reports[fit.front()];
  for (const std::size_t i : fit) {
    look.used[i] = true;
    look.counted.push_back(&look.reports[i]);
  }
  look.witnesses.merge(witnesses);
}

// What should have come: found when none came and none can come any more.
void CaseRules::Live::wait_for(std::size_t index, const FeedsHeard& heard, Look& look,
                               std::vector<Wait>& waits) const {
  const PartLimits& limits = parts_[index];
  const Part& part = limits.part();
  FindingPart& found = look.finding->parts[index];
  const EventTime until = look.first[0]->deciding->occurred + part.until;
  found.until = Micros{micros_of(until)};
  for (const Report& report : look.reports) {
    if (&report == look.first[0] || !limits.takes(report)) {
      continue;
    }
    if (const auto missed = limits.missed(report, look.first, rule_->threat_to_life)) {
      name_miss(found, report, *missed);
      continue;
    }
    ++found.count;
    name_report(found, report);
  }
  if (found.count > 0) {
    found.state = PartState::missed;
    return;
  }
  found.state = PartState::found;
  for (const std::string& feed : part.feeds) {
    const auto clock = std::find_if(heard.begin(), heard.end(), [&](const SourceClock& one) {
      return one.source.str() == feed;
    });
    if (clock == heard.end() || micros_of(clock->heard_to) <= micros_of(until)) {
      found.state = PartState::waiting;
      waits.push_back({feed, until});
    }
  }
  if (is_found(found)) {
    found.effective_milli = kOne;
    found.total_mn = found.each_mn;
  }
}

bool CaseRules::Live::meets(const Threshold& threshold, const Finding& finding) const {
  const auto there = std::count_if(threshold.needs.of.begin(), threshold.needs.of.end(),
                                   [&](PartIndex i) { return is_found(finding.parts[i]); });
  return finding.odds_mn >= threshold.odds_mn &&
         there >= static_cast<std::ptrdiff_t>(threshold.needs.least);
}

void CaseRules::Live::set_priority(Finding& finding) const {
  const Priority& priority = rule_->priority;
  finding.priority = priority.base;
  finding.priority_steps = {{priority.base, ""}};
  const auto take = [&](const std::vector<PriorityChange>& changes, auto better) {
    for (const PriorityChange& change : changes) {
      if (is_found(finding.parts[change.because]) && better(change.to, finding.priority)) {
        finding.priority = change.to;
        finding.priority_steps.push_back({change.to, finding.parts[change.because].name});
      }
    }
  };
  take(priority.raise, std::greater<>{});
  if (finding.priority == priority.base) {
    take(priority.lower, std::less<>{});
  }
}

void CaseRules::Live::suppress(const Report& anchor, Finding& finding) const {
  for (const UseSuppression& use : rule_->suppress) {
    const Suppression& one = bundle_->suppressions.at(use.name);
    const bool about =
        std::find(one.types.begin(), one.types.end(), rule_->type) != one.types.end();
    const bool lifted = std::any_of(use.unless.begin(), use.unless.end(),
                                    [&](PartIndex i) { return is_found(finding.parts[i]); });
    if (!about || lifted || !one.when.has(anchor.deciding->occurred) ||
        !in_zone(one.inside, anchor)) {
      continue;
    }
    finding.suppressed_by.push_back(use.name);
    if (one.mode == SuppressionMode::hold && finding.state == FindingState::firm) {
      finding.state = FindingState::provisional;
    }
    if (one.mode == SuppressionMode::lower && finding.priority > one.priority) {
      finding.priority = one.priority;
      finding.priority_steps.push_back({one.priority, use.name});
    }
  }
}

void CaseRules::Live::set_route(const Report& anchor, Finding& finding) const {
  for (const RouteChoice& choice : rule_->routes) {
    const bool fits = (!choice.firm_only || finding.state == FindingState::firm) &&
                      finding.priority >= choice.least_priority && in_zone(choice.zone, anchor);
    if (fits) {
      finding.route = choice.route;
      return;
    }
  }
}

void CaseRules::Live::judge(const Report& anchor, Finding& finding) const {
  for (const FindingPart& part : finding.parts) {
    finding.odds_mn += part.total_mn;
  }
  finding.provisional_mn = rule_->provisional.odds_mn;
  finding.firm_mn = rule_->firm.odds_mn;
  finding.state = FindingState::unmet;
  if (meets(rule_->provisional, finding)) {
    finding.state = FindingState::provisional;
  }
  if (meets(rule_->firm, finding)) {
    finding.state = FindingState::firm;
  } else if (!meets({finding.odds_mn, rule_->firm.needs}, finding)) {
    for (const PartIndex i : rule_->firm.needs.of) {
      if (!is_found(finding.parts[i])) {
        finding.needs.push_back(finding.parts[i].name);
      }
    }
  }
  set_priority(finding);
  suppress(anchor, finding);
  if (finding.state != FindingState::unmet) {
    set_route(anchor, finding);
  }
}

void CaseRules::Live::evaluate(std::span<const Report> reports, const FeedsHeard& heard,
                               std::vector<Finding>& findings, std::vector<Wait>& waits) const {
  const Report* anchor = find_anchor(reports);
  if (anchor == nullptr) {
    return;
  }
  Finding& finding = findings.emplace_back();
  finding.rule = rule_->name;
  finding.version = rule_->version;
  finding.type = rule_->type;
  finding.title = rule_->title;
  finding.verify_before = rule_->verify_before;
  for (const PartLimits& limits : parts_) {
    FindingPart& part = finding.parts.emplace_back();
    part.name = limits.part().name;
    part.role = limits.part().role;
    part.wanted = part.role == PartRole::absent ? 0 : limits.part().at_least;
    part.each_mn = limits.part().likelier_mn;
  }
  FindingPart& opened = finding.parts.front();
  opened.state = PartState::found;
  opened.count = 1;
  opened.effective_milli = kOne;
  opened.total_mn = opened.each_mn;
  name_report(opened, *anchor);
  Look look{reports, &finding, {}, {}, {}, {}};
  look.first.resize(parts_.size());
  look.used.resize(reports.size());
  look.first[0] = anchor;
  look.used[static_cast<std::size_t>(anchor - reports.data())] = true;
  look.witnesses.insert(anchor->witness);
  look.counted.push_back(anchor);
  for (std::size_t i = 1; i < parts_.size(); ++i) {
    if (parts_[i].part().role == PartRole::absent) {
      wait_for(i, heard, look, waits);
    } else {
      count(i, look);
    }
  }
  judge(*anchor, finding);
}

CaseRules::CaseRules(const Bundle& bundle,
                     const std::function<std::uint32_t(const std::string&)>& kind_of)
    : bundle_(&bundle) {
  const auto note = [](auto& list, std::uint32_t kind) -> decltype(auto) {
    if (list.size() <= kind) {
      list.resize(kind + 1);
    }
    return list[kind];
  };
  for (const Rule& rule : bundle.rules) {
    if (rule.status != RuleStatus::live) {
      continue;
    }
    for (const std::string& kind : rule.anchor().match.kinds) {
      auto& rules = note(by_anchor_, kind_of(kind));
      if (rules.empty() || rules.back() != live_.size()) {
        rules.push_back(static_cast<std::uint32_t>(live_.size()));
      }
    }
    for (const Part& part : rule.parts) {
      reads_any_ = reads_any_ || part.match.kinds.empty();
      for (const std::string& kind : part.match.kinds) {
        note(read_, kind_of(kind)) = true;
      }
    }
    live_.emplace_back(bundle, rule, kind_of);
  }
}
CaseRules::~CaseRules() = default;
CaseRules::CaseRules(CaseRules&&) noexcept = default;
CaseRules& CaseRules::operator=(CaseRules&&) noexcept = default;

bool CaseRules::empty() const {
  return live_.empty();
}

void CaseRules::evaluate(std::span<const Report> reports, const FeedsHeard& heard,
                         std::vector<Finding>& findings, std::vector<Wait>& waits) const {
  findings.clear();
  waits.clear();
  std::vector<std::uint32_t> rules;
  for (const Report& report : reports) {
    if (report.kind < by_anchor_.size()) {
      const auto& of_kind = by_anchor_[report.kind];
      rules.insert(rules.end(), of_kind.begin(), of_kind.end());
    }
  }
  std::sort(rules.begin(), rules.end());
  rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
  for (const std::uint32_t rule : rules) {
    live_[rule].evaluate(reports, heard, findings, waits);
  }
  std::sort(findings.begin(), findings.end(), stronger);
}

}  // namespace fusiond::rules
