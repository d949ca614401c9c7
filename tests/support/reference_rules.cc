#include "tests/support/reference_rules.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "daemon/fusion/log_table.h"
#include "daemon/rules/words.h"

namespace fusiond::support {
namespace {

using rules::Part;
using rules::Rule;
using Amount = std::pair<Limit, std::int64_t>;

bool within_any(const rules::Spans& spans, EventTime time) {
  return std::any_of(spans.begin(), spans.end(),
                     [&](const rules::TimeSpan& span) { return span.has(time); });
}

// Which part counts a report, and which reports a part counts.
struct Counted {
  std::map<std::size_t, std::vector<std::size_t>> by_part;  // only of parts that are found
};

struct Case {
  const rules::Bundle& bundle;
  const Rule& rule;
  const std::vector<RuledReport>& members;
  const std::vector<SourceClock>& clocks;
  const fusion::AssociationConfig& config;
  Counted counted{};

  [[nodiscard]] const Event& shows(std::size_t i) const { return members[i].report->shows; }
  [[nodiscard]] const Event& decides(std::size_t i) const { return members[i].report->decides; }
  [[nodiscard]] std::string kind(const std::string& name) const {
    return config.kinds.contains(name) ? name : "unclassified";
  }
  [[nodiscard]] std::string field(std::size_t i, rules::Field which) const {
    const Event& e = decides(i);
    switch (which) {
      case rules::Field::witness:
        return std::to_string(members[i].witness);
      case rules::Field::caller:
        return e.keys.caller;
      case rules::Field::device:
        return e.keys.device;
      case rules::Field::plate:
        return e.keys.plate;
      case rules::Field::cad_number:
        return e.keys.cad_number;
      case rules::Field::source:
        return e.source.str();
      case rules::Field::author:
        return e.provenance;
      case rules::Field::report:
        return e.id.str();
    }
    return "";
  }
  [[nodiscard]] std::optional<std::size_t> first_of(std::size_t part) const {
    const auto at = counted.by_part.find(part);
    return at == counted.by_part.end() ? std::nullopt : std::optional(at->second.front());
  }
  [[nodiscard]] bool in_zone(const std::string& zone, std::size_t i) const {
    const auto& place = decides(i).place;
    return zone.empty() || (place && bundle.zones.inside(zone, {place->lat_e7, place->lon_e7}));
  }
  [[nodiscard]] bool takes(const Part& part, std::size_t i) const;
  [[nodiscard]] std::vector<Amount> all_misses(const Part& part, std::size_t i) const;
  void miss_words(const Part& part, std::size_t i, std::vector<Amount>& misses) const;
  void miss_lists(const Part& part, std::size_t i, std::vector<Amount>& misses) const;
  void miss_place(const Part& part, std::size_t i, std::vector<Amount>& misses) const;
  [[nodiscard]] bool anchors(std::size_t i) const;
  [[nodiscard]] bool taken(std::size_t i) const;
  [[nodiscard]] bool voice_counts(const Part& part, std::size_t i,
                                  const std::vector<std::size_t>& here) const;
  void count(std::size_t index, Finding& finding);
  void await(std::size_t index, Finding& finding) const;
  [[nodiscard]] bool found(const Finding& finding, std::size_t part) const {
    return finding.parts[part].state == PartState::found;
  }
  [[nodiscard]] bool has_needs(const rules::Needs& needs, const Finding& finding) const;
  void judge(std::size_t anchor, Finding& finding) const;
  void prioritise(std::size_t anchor, Finding& finding) const;
  std::optional<Finding> find();
  [[nodiscard]] Finding blank() const;
  void find_parts(Finding& finding);
  Finding find_run(const std::map<std::size_t, std::string>& run, std::uint32_t most);
};

bool Case::takes(const Part& part, std::size_t i) const {
  bool of_kind = part.match.kinds.empty();
  for (const std::string& name : part.match.kinds) {
    of_kind = of_kind || kind(name) == kind(shows(i).kind);
  }
  return of_kind && part.from.has(witness_kind(shows(i))) &&
         shows(i).lifecycle != Lifecycle::retract;
}

void Case::miss_words(const Part& part, std::size_t i, std::vector<Amount>& misses) const {
  const Event& e = shows(i);
  const auto least = [&](const auto& wanted, const auto& has, Limit limit) {
    if (wanted && !has && !part.missing_fits) {
      misses.emplace_back(Limit::missing, 0);
    } else if (wanted && has && *has < *wanted) {
      misses.emplace_back(limit, std::int64_t{*wanted} - std::int64_t{*has});
    }
  };
  least(part.match.least_confidence_permille, e.confidence_permille, Limit::confidence);
  least(part.match.least_priority, e.priority, Limit::priority);
  const bool off = e.lifecycle == Lifecycle::cancel;
  if ((off && !part.match.cancelled) || (!off && !part.match.standing)) {
    misses.emplace_back(Limit::state, 0);
  }
  miss_lists(part, i, misses);
  if (!part.match.words.empty() &&
      !rules::WordSet(bundle.word_lists.at(part.match.words).words).in(e.headline)) {
    misses.emplace_back(Limit::words, 0);
  }
}

void Case::miss_lists(const Part& part, std::size_t i, std::vector<Amount>& misses) const {
  if (part.match.plate_lists.empty()) {
    return;
  }
  std::set<std::int64_t> too_old;
  bool fits = false;
  for (const std::string& list : part.match.plate_lists) {
    for (const std::string& own : shows(i).plate_lists) {
      if (own != list) {
        continue;
      }
      const std::int64_t age =
          micros_of(decides(i).occurred) - micros_of(bundle.plate_lists.at(list).as_of);
      const std::int64_t most = part.match.list_age ? part.match.list_age->count() : age;
      if (age <= most) {
        fits = true;
      } else {
        too_old.insert(age - most);
      }
    }
  }
  if (!fits) {
    misses.push_back(too_old.empty() ? Amount{Limit::list, 0}
                                     : Amount{Limit::list_age, *too_old.begin()});
  }
}

void Case::miss_place(const Part& part, std::size_t i, std::vector<Amount>& misses) const {
  const auto of = first_of(part.near->of);
  if (!of) {
    misses.emplace_back(Limit::reference, 0);
    return;
  }
  const auto& here = members[i].report->at;
  const auto& there = members[*of].report->at;
  if (!here || !there) {
    if (!part.missing_fits) {
      misses.emplace_back(Limit::missing, 0);
    }
    return;
  }
  // The least number of centimetres c with c^2 * 256 >= d^2 * 10000.
  const auto far = static_cast<fusion::UWide>(distance2(*here, *there)) * 10000;
  auto cm = static_cast<std::int64_t>(fusion::root(static_cast<std::uint64_t>(far / 256)));
  while (static_cast<fusion::UWide>(cm) * static_cast<fusion::UWide>(cm) * 256 < far) {
    ++cm;
  }
  if (part.near->use_error) {
    cm -= decides(i).place->radius_cm;
    cm -= decides(*of).place->radius_cm;
    cm = cm < 0 ? 0 : cm;
  }
  if (part.near->within_cm && cm > *part.near->within_cm) {
    misses.emplace_back(Limit::near, cm - *part.near->within_cm);
  }
  if (part.near->beyond_cm && cm < *part.near->beyond_cm) {
    misses.emplace_back(Limit::near, *part.near->beyond_cm - cm);
  }
  if (part.near->speed_mm_per_s) {
    const std::int64_t us =
        std::abs(micros_of(decides(i).occurred) - micros_of(decides(*of).occurred));
    const auto way = static_cast<fusion::Wide>(cm) * 10000000;
    const auto most = static_cast<fusion::Wide>(*part.near->speed_mm_per_s);
    if (way > most * us) {
      misses.emplace_back(Limit::speed, us == 0 ? 0 : static_cast<std::int64_t>(way / us - most));
    }
  }
}

// Everything that is wrong with a report, in the order in which limits are tried.
std::vector<Amount> Case::all_misses(const Part& part, std::size_t i) const {
  std::vector<Amount> misses;
  const auto& place = decides(i).place;
  const WitnessKind teller = witness_kind(shows(i));
  for (const auto& [name, event] : bundle.protected_events) {
    if (!rule.threat_to_life && place &&
        (teller == WitnessKind::social || teller == WitnessKind::plate) &&
        within_any(event.when, decides(i).occurred) && in_zone(event.inside, i)) {
      misses.emplace_back(Limit::protected_, 0);
    }
  }
  miss_words(part, i, misses);
  if (part.time) {
    const auto of = first_of(part.time->of);
    const std::int64_t after =
        of ? micros_of(decides(i).occurred) - micros_of(decides(*of).occurred) : 0;
    if (!of) {
      misses.emplace_back(Limit::reference, 0);
    } else if (after < part.time->from.count()) {
      misses.emplace_back(Limit::time, part.time->from.count() - after);
    } else if (after > part.time->to.count()) {
      misses.emplace_back(Limit::time, after - part.time->to.count());
    }
  }
  if (part.near) {
    miss_place(part, i, misses);
  }
  if (part.same) {
    const auto of = first_of(part.same->of);
    const std::string own = field(i, part.same->field);
    const std::string other = of ? field(*of, part.same->field) : "";
    if (!of) {
      misses.emplace_back(Limit::reference, 0);
    } else if (own.empty() || other.empty()) {
      if (!part.missing_fits) {
        misses.emplace_back(Limit::missing, 0);
      }
    } else if (own != other) {
      misses.emplace_back(Limit::same, 0);
    }
  }
  if (!part.inside.empty() && !place && !part.missing_fits) {
    misses.emplace_back(Limit::missing, 0);
  } else if (!part.inside.empty() && place && !in_zone(part.inside, i)) {
    misses.emplace_back(Limit::inside, 0);
  }
  return misses;
}

bool Case::anchors(std::size_t i) const {
  const EventTime time = decides(i).occurred;
  bool in_hours = rule.hours.empty();
  for (const rules::TimeSpan& span : rule.hours) {
    in_hours = in_hours || (span.from <= time && time < span.to);
  }
  return takes(rule.parts[0], i) && all_misses(rule.parts[0], i).empty() && time < rule.expires &&
         in_hours && in_zone(rule.inside, i);
}

bool Case::taken(std::size_t i) const {
  return std::any_of(counted.by_part.begin(), counted.by_part.end(), [&](const auto& part) {
    return std::find(part.second.begin(), part.second.end(), i) != part.second.end();
  });
}

// Does its witness, or its `distinct`, count already, in this part or an earlier one?
bool Case::voice_counts(const Part& part, std::size_t i,
                        const std::vector<std::size_t>& here) const {
  std::vector<std::size_t> others = here;
  for (const auto& [index, reports] : counted.by_part) {
    others.insert(others.end(), reports.begin(), reports.end());
  }
  return std::any_of(others.begin(), others.end(), [&](std::size_t j) {
    const std::string own = field(i, part.distinct);
    return members[i].witness == members[j].witness ||
           (!own.empty() && own == field(j, part.distinct));
  });
}

void Case::count(std::size_t index, Finding& finding) {
  const Part& part = rule.parts[index];
  FindingPart& out = finding.parts[index];
  std::vector<std::size_t> here;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (taken(i) || !takes(part, i)) {
      continue;
    }
    std::vector<Amount> misses = all_misses(part, i);
    const auto voiced = [&](const std::vector<std::size_t>& reports) {
      return std::any_of(reports.begin(), reports.end(),
                         [&](std::size_t j) { return members[i].witness == members[j].witness; });
    };
    bool same_witness = voiced(here);
    for (const auto& [other, reports] : counted.by_part) {
      same_witness = same_witness || voiced(reports);
    }
    if (same_witness) {
      misses.emplace_back(Limit::distinct, 0);
    }
    if (field(i, part.distinct).empty() && !part.missing_fits) {
      misses.emplace_back(Limit::missing, 0);
    }
    if (voice_counts(part, i, here)) {
      misses.emplace_back(Limit::distinct, 0);
    }
    if (here.size() >= part.at_most) {
      misses.emplace_back(Limit::count, 0);
    }
    if (misses.empty()) {
      here.push_back(i);
      continue;
    }
    ++out.missed;
    if (out.misses.size() < 8) {
      out.misses.push_back({shows(i).id, misses.front().first, misses.front().second});
    }
  }
  out.count = static_cast<std::uint32_t>(here.size());
  for (std::size_t k = 0; k < here.size() && k < 8; ++k) {
    out.event_ids.push_back(shows(here[k]).id);
  }
  out.state = PartState::missed;
  if (!here.empty() && here.size() >= part.at_least) {
    const auto n = static_cast<std::int64_t>(here.size());
    out.state = PartState::found;
    out.effective_milli = fusion::divided<std::int64_t>(n * 1000000, 1000 + (n - 1) * 600);
    out.total_mn = fusion::divided<std::int64_t>(out.each_mn * out.effective_milli, 1000);
    counted.by_part[index] = here;
  }
}

void Case::await(std::size_t index, Finding& finding) const {
  const Part& part = rule.parts[index];
  FindingPart& out = finding.parts[index];
  const std::size_t anchor = counted.by_part.at(0).front();
  out.until = Micros{micros_of(decides(anchor).occurred)} + part.until;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i == anchor || !takes(part, i)) {
      continue;
    }
    const std::vector<Amount> misses = all_misses(part, i);
    if (misses.empty()) {
      ++out.count;
      if (out.event_ids.size() < 8) {
        out.event_ids.push_back(shows(i).id);
      }
      continue;
    }
    ++out.missed;
    if (out.misses.size() < 8) {
      out.misses.push_back({shows(i).id, misses.front().first, misses.front().second});
    }
  }
  bool heard = true;
  for (const std::string& feed : part.feeds) {
    bool of_feed = false;
    for (const SourceClock& clock : clocks) {
      of_feed =
          of_feed || (clock.source.str() == feed && micros_of(clock.heard_to) > out.until.count());
    }
    heard = heard && of_feed;
  }
  out.state = out.count > 0 ? PartState::missed : heard ? PartState::found : PartState::waiting;
  if (out.state == PartState::found) {
    out.effective_milli = 1000;
    out.total_mn = out.each_mn;
  }
}

bool Case::has_needs(const rules::Needs& needs, const Finding& finding) const {
  std::uint32_t there = 0;
  for (const std::size_t part : needs.of) {
    there += found(finding, part) ? 1 : 0;
  }
  return there >= needs.least;
}

void Case::prioritise(std::size_t anchor, Finding& finding) const {
  finding.priority = rule.priority.base;
  finding.priority_steps = {{rule.priority.base, ""}};
  const auto step = [&](std::uint8_t to, const std::string& because) {
    finding.priority = to;
    finding.priority_steps.push_back({to, because});
  };
  bool raised = false;
  for (const auto& change : rule.priority.raise) {
    if (found(finding, change.because) && change.to > finding.priority) {
      raised = true;
      step(change.to, rule.parts[change.because].name);
    }
  }
  for (const auto& change : rule.priority.lower) {
    if (!raised && found(finding, change.because) && change.to < finding.priority) {
      step(change.to, rule.parts[change.because].name);
    }
  }
  for (const auto& use : rule.suppress) {
    const rules::Suppression& one = bundle.suppressions.at(use.name);
    const bool lifted = std::any_of(use.unless.begin(), use.unless.end(),
                                    [&](std::size_t part) { return found(finding, part); });
    const bool typed = std::find(one.types.begin(), one.types.end(), rule.type) != one.types.end();
    if (lifted || !typed || !within_any(one.when, decides(anchor).occurred) ||
        !in_zone(one.inside, anchor)) {
      continue;
    }
    finding.suppressed_by.push_back(use.name);
    if (one.mode == rules::SuppressionMode::hold) {
      finding.state = std::min(finding.state, FindingState::provisional);
    }
    if (one.mode == rules::SuppressionMode::lower && one.priority < finding.priority) {
      step(one.priority, use.name);
    }
  }
}

void Case::judge(std::size_t anchor, Finding& finding) const {
  for (const FindingPart& part : finding.parts) {
    finding.odds_mn += part.total_mn;
  }
  finding.provisional_mn = rule.provisional.odds_mn;
  finding.firm_mn = rule.firm.odds_mn;
  finding.state = FindingState::unmet;
  const std::uint32_t anchors = finding.parts[0].count;
  if (finding.odds_mn >= finding.provisional_mn && has_needs(rule.provisional.needs, finding) &&
      anchors >= rule.provisional.count) {
    finding.state = FindingState::provisional;
  }
  if (!has_needs(rule.firm.needs, finding)) {
    for (const std::size_t part : rule.firm.needs.of) {
      if (!found(finding, part)) {
        finding.needs.push_back(rule.parts[part].name);
      }
    }
  } else if (finding.odds_mn >= finding.firm_mn && anchors >= rule.firm.count) {
    finding.state = FindingState::firm;
  }
  prioritise(anchor, finding);
  for (const auto& choice : rule.routes) {
    const bool fits = (!choice.firm_only || finding.state == FindingState::firm) &&
                      in_zone(choice.zone, anchor) && finding.priority >= choice.least_priority;
    if (fits && finding.route.to.empty() && finding.state != FindingState::unmet) {
      finding.route = choice.route;
    }
  }
  if (finding.state != FindingState::unmet) {
    std::vector<const Report*> reports;
    for (const auto& [part, of_part] : counted.by_part) {
      for (const std::size_t i : of_part) {
        reports.push_back(members[i].report);
      }
    }
    finding.cameras = reference_cameras(bundle, rule, *members[anchor].report);
    finding.pins = reference_pins(rule, reports, finding.cameras);
  }
  const std::int64_t less = fusion::exp_q30(std::abs(finding.odds_mn) * 1000);
  const std::int64_t smaller =
      fusion::divided<std::int64_t>(1000 * less, fusion::exp_q30(0) + less);
  finding.probability_permille =
      static_cast<std::uint32_t>(finding.odds_mn < 0 ? smaller : 1000 - smaller);
}

Finding Case::blank() const {
  Finding finding;
  finding.rule = rule.name;
  finding.version = rule.version;
  finding.type = rule.type;
  finding.title = rule.title;
  finding.verify_before = rule.verify_before;
  for (const Part& part : rule.parts) {
    FindingPart out;
    out.name = part.name;
    out.role = part.role;
    out.each_mn = part.likelier_mn;
    out.wanted = part.role == PartRole::absent ? 0 : part.at_least;
    finding.parts.push_back(out);
  }
  finding.parts[0].state = PartState::found;
  finding.parts[0].effective_milli = 1000;
  finding.parts[0].total_mn = finding.parts[0].each_mn;
  return finding;
}

void Case::find_parts(Finding& finding) {
  for (std::size_t part = 1; part < rule.parts.size(); ++part) {
    if (rule.parts[part].role == PartRole::absent) {
      await(part, finding);
    } else {
      count(part, finding);
    }
  }
  judge(counted.by_part.at(0).front(), finding);
}

std::optional<Finding> Case::find() {
  for (std::size_t i = 0; i < members.size() && counted.by_part.empty(); ++i) {
    if (anchors(i)) {
      counted.by_part[0] = {i};
    }
  }
  if (counted.by_part.empty()) {
    return std::nullopt;
  }
  Finding finding = blank();
  finding.parts[0].count = 1;
  finding.parts[0].event_ids = {shows(counted.by_part.at(0).front()).id};
  find_parts(finding);
  return finding;
}

Finding Case::find_run(const std::map<std::size_t, std::string>& run, std::uint32_t most) {
  Finding finding = blank();
  FindingPart& out = finding.parts[0];
  out.count = most;
  std::set<std::string> heard;
  const auto miss = [&](std::size_t i, const Amount& amount) {
    ++out.missed;
    if (out.misses.size() < 8) {
      out.misses.push_back({shows(i).id, amount.first, amount.second});
    }
  };
  for (std::size_t i = 0; i < members.size(); ++i) {
    const bool counts = run.contains(i);
    if (counts) {
      counted.by_part[0].push_back(i);
    }
    if (counts && !heard.insert(run.at(i)).second) {
      miss(i, {Limit::distinct, 0});
    } else if (counts && out.event_ids.size() < 8) {
      out.event_ids.push_back(shows(i).id);
    } else if (!counts && takes(rule.parts[0], i)) {
      if (const auto misses = all_misses(rule.parts[0], i); !misses.empty()) {
        miss(i, misses.front());
      }
    }
  }
  find_parts(finding);
  return finding;
}

}  // namespace

std::vector<Finding> reference_findings(const rules::Bundle& bundle,
                                        const std::vector<RuledReport>& members,
                                        const std::vector<SourceClock>& clocks,
                                        const fusion::AssociationConfig& config) {
  std::vector<Finding> findings;
  for (const Rule& rule : bundle.rules) {
    if (rule.status != rules::RuleStatus::live || rule.pattern) {
      continue;
    }
    Case one{bundle, rule, members, clocks, config};
    if (auto finding = one.find()) {
      findings.push_back(std::move(*finding));
    }
  }
  std::sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    const auto rank = [](const Finding& f) {
      return std::tuple(-static_cast<int>(f.state), -static_cast<int>(f.priority), -f.odds_mn,
                        f.rule);
    };
    return rank(a) < rank(b);
  });
  return findings;
}

bool reference_takes(const PatternSight& sight, std::size_t i) {
  const Case one{sight.bundle, sight.rule, sight.reports, sight.clocks, sight.config};
  return std::any_of(sight.rule.parts.begin(), sight.rule.parts.end(),
                     [&](const Part& part) { return one.takes(part, i); });
}

bool reference_anchors(const PatternSight& sight, std::size_t i) {
  return Case{sight.bundle, sight.rule, sight.reports, sight.clocks, sight.config}.anchors(i);
}

Finding reference_run(const PatternSight& sight, const std::map<std::size_t, std::string>& run,
                      std::uint32_t most, std::set<std::size_t>& used) {
  Case one{sight.bundle, sight.rule, sight.reports, sight.clocks, sight.config};
  Finding finding = one.find_run(run, most);
  for (const auto& [part, reports] : one.counted.by_part) {
    used.insert(reports.begin(), reports.end());
  }
  return finding;
}

}  // namespace fusiond::support
