#include "daemon/rules/live_rule.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

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

}  // namespace

std::int64_t effective_milli(std::uint64_t n) {
  constexpr std::int64_t kShare = 600;
  const auto count = static_cast<std::int64_t>(n);
  return count == 0 ? 0 : divided(count * kOne * kOne, kOne + (count - 1) * kShare);
}

bool LiveRule::in_zone(const std::string& zone, const Report& report) const {
  const auto& place = report.deciding->place;
  return zone.empty() || (place && bundle_->zones.inside(zone, {place->lat_e7, place->lon_e7}));
}

LiveRule::LiveRule(const Bundle& bundle, const Cameras& cameras, const Rule& rule,
                   const std::function<std::uint32_t(const std::string&)>& kind_of)
    : bundle_(&bundle), cameras_(&cameras), rule_(&rule) {
  for (const Part& part : rule.parts) {
    parts_.emplace_back(bundle, part, kind_of);
  }
}

bool LiveRule::takes(const Report& report) const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [&](const PartLimits& limits) { return limits.takes(report); });
}

bool LiveRule::anchors(const Report& report) const {
  const EventTime time = report.deciding->occurred;
  const bool in_hours = rule_->hours.empty() || has(rule_->hours, time);
  return parts_[0].takes(report) && !parts_[0].missed(report, {}, rule_->threat_to_life) &&
         time < rule_->expires && in_hours && in_zone(rule_->inside, report);
}

// Counts the independent reports that fit one part and no earlier one.
void LiveRule::count(std::size_t index, Look& look) const {
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
void LiveRule::wait_for(std::size_t index, const FeedsHeard& heard, Look& look,
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

bool LiveRule::meets(const Threshold& threshold, const Finding& finding) const {
  const auto there = std::count_if(threshold.needs.of.begin(), threshold.needs.of.end(),
                                   [&](PartIndex i) { return is_found(finding.parts[i]); });
  return finding.odds_mn >= threshold.odds_mn && finding.parts.front().count >= threshold.count &&
         there >= static_cast<std::ptrdiff_t>(threshold.needs.least);
}

void LiveRule::set_priority(Finding& finding) const {
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

void LiveRule::suppress(const Report& anchor, Finding& finding) const {
  for (const UseSuppression& use : rule_->suppress) {
    const Suppression& one = bundle_->suppressions.at(use.name);
    const bool about =
        std::find(one.types.begin(), one.types.end(), rule_->type) != one.types.end();
    const bool lifted = std::any_of(use.unless.begin(), use.unless.end(),
                                    [&](PartIndex i) { return is_found(finding.parts[i]); });
    if (!about || lifted || !has(one.when, anchor.deciding->occurred) ||
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

void LiveRule::set_route(const Report& anchor, Finding& finding) const {
  for (const RouteChoice& choice : rule_->routes) {
    const bool fits = (!choice.firm_only || finding.state == FindingState::firm) &&
                      finding.priority >= choice.least_priority && in_zone(choice.zone, anchor);
    if (fits) {
      finding.route = choice.route;
      return;
    }
  }
}

void LiveRule::judge(const Report& anchor, Finding& finding) const {
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
  } else if (!meets({finding.odds_mn, rule_->firm.needs, 0}, finding)) {
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

// A finding of which nothing is found yet.
LiveRule::Look LiveRule::look_at(std::span<const Report> reports, Finding& finding) const {
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
  opened.effective_milli = kOne;
  opened.total_mn = opened.each_mn;
  Look look{reports, &finding, {}, {}, {}, {}};
  look.first.resize(parts_.size());
  look.used.resize(reports.size());
  return look;
}

// The report counts for the anchor.
void LiveRule::use(std::size_t report, Look& look) const {
  if (look.first[0] == nullptr) {
    look.first[0] = &look.reports[report];
  }
  look.used[report] = true;
  look.witnesses.insert(look.reports[report].witness);
  look.counted.push_back(&look.reports[report]);
}

// All parts but the anchor, and what follows from them.
void LiveRule::look_further(const FeedsHeard& heard, Look& look, std::vector<Wait>& waits) const {
  for (std::size_t i = 1; i < parts_.size(); ++i) {
    if (parts_[i].part().role == PartRole::absent) {
      wait_for(i, heard, look, waits);
    } else {
      count(i, look);
    }
  }
  judge(*look.first[0], *look.finding);
  if (look.finding->state != FindingState::unmet) {
    set_evidence(look);
  }
}

// Which cameras to look at, and what is to be kept of them and of the devices that its reports came
// from.
void LiveRule::set_evidence(Look& look) const {
  Finding& finding = *look.finding;
  const Report& anchor = *look.first[0];
  if (rule_->cameras && anchor.at) {
    finding.cameras = cameras_->near(*anchor.at, *rule_->cameras);
  }
  if (!rule_->evidence) {
    return;
  }
  const WantedEvidence& wanted = *rule_->evidence;
  std::set<std::string> devices;
  if (wanted.pin.has(WitnessKind::camera)) {
    for (const CameraView& camera : finding.cameras) {
      devices.insert(camera.device);
    }
  }
  EventTime first = anchor.deciding->occurred;
  EventTime last = first;
  for (const Report* report : look.counted) {
    first = std::min(first, report->deciding->occurred);
    last = std::max(last, report->deciding->occurred);
    const std::string& device = report->deciding->keys.device;
    if (!device.empty() && wanted.pin.has(witness_kind(*report->shown))) {
      devices.insert(device);
    }
  }
  for (const std::string& device : devices) {
    finding.pins.push_back({device, first - wanted.before, last + wanted.after});
  }
}

void LiveRule::evaluate(std::span<const Report> reports, const FeedsHeard& heard,
                        std::vector<Finding>& findings, std::vector<Wait>& waits) const {
  const auto anchor = std::find_if(reports.begin(), reports.end(),
                                   [&](const Report& report) { return anchors(report); });
  if (anchor == reports.end()) {
    return;
  }
  Look look = look_at(reports, findings.emplace_back());
  use(static_cast<std::size_t>(anchor - reports.begin()), look);
  look.finding->parts.front().count = 1;
  name_report(look.finding->parts.front(), *anchor);
  look_further(heard, look, waits);
}

// Of each voice the first report is named; those of the right kind that are not in the run, and
// repeated voices, with what they miss.
void LiveRule::count_run(const PatternRun& run, Look& look) const {
  FindingPart& found = look.finding->parts.front();
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < run.reports.size(); ++i) {
    const Report& report = run.reports[i];
    if (!run.voices[i].empty()) {
      use(i, look);
      if (seen.insert(run.voices[i]).second) {
        name_report(found, report);
      } else {
        name_miss(found, report, {Limit::distinct, 0});
      }
    } else if (parts_[0].takes(report)) {
      if (const auto missed = parts_[0].missed(report, {}, rule_->threat_to_life)) {
        name_miss(found, report, *missed);
      }
    }
  }
  found.count = run.most;
}

Finding LiveRule::evaluate(const PatternRun& run, const FeedsHeard& heard, std::vector<Wait>& waits,
                           std::vector<bool>& used) const {
  Finding finding;
  Look look = look_at(run.reports, finding);
  count_run(run, look);
  look_further(heard, look, waits);
  used = std::move(look.used);
  return finding;
}

}  // namespace fusiond::rules
