#include "daemon/app/explain_rule.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "daemon/app/rules.h"
#include "daemon/app/rules_switch.h"
#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"
#include "daemon/explain/finding_words.h"
#include "daemon/explain/incident_page.h"
#include "daemon/fusion/confidence.h"
#include "daemon/fusion/earth_grid.h"
#include "daemon/ops/prometheus.h"
#include "daemon/rules/part_limits.h"

namespace fusiond::app {
namespace {

// A bundle with one rule that counts as live.
struct OneRule {
  rules::Bundle bundle;
  std::string status;  // what it really is, when not live
};

Result<OneRule> one_rule(rules::Bundle bundle, const std::string& name) {
  OneRule one;
  std::vector<std::string> names;
  for (const rules::Rule& rule : bundle.rules) {
    names.push_back(rule.name);
  }
  std::erase_if(bundle.rules, [&](const rules::Rule& rule) { return rule.name != name; });
  if (bundle.rules.empty()) {
    const std::string close = config::nearest(name, names);
    return fail(Fault::bad_input, "there is no rule " + name + " in " + bundle.version +
                                      (close.empty() ? "" : "; did you mean " + close + "?"));
  }
  rules::Rule& rule = bundle.rules.front();
  one.status = rule.status == rules::RuleStatus::draft     ? "draft"
               : rule.status == rules::RuleStatus::retired ? "retired"
                                                           : "";
  rule.status = rules::RuleStatus::live;
  one.bundle = std::move(bundle);
  return one;
}

Result<rules::Bundle> of_folder(const ExplainOptions& options) {
  const auto files = read_rule_files(options.folder);
  if (!files) {
    return fail(files.error());
  }
  config::Faults faults;
  auto loaded = config::load_bundle(
      options.folder, *files, {kinds_of(options.association), std::nullopt, WallTime{}}, faults);
  if (!faults.empty()) {
    return fail(Fault::bad_config, faults.front().text());
  }
  return std::move(loaded.bundle);
}

// The bundle that the record was made with, from the log's own history.
Result<rules::Bundle> of_log(const ExplainOptions& options, const IncidentRevision& revision) {
  if (!options.source.log.empty() || !options.source.console.empty()) {
    return fail(Fault::bad_input, "the record says nothing of the rule " + options.rule +
                                      "; --rules FOLDER says which one is meant");
  }
  ops::PrometheusMetrics metrics;
  auto bus = bus::make_bus(options.source.bus, metrics);
  if (!bus) {
    return fail(bus.error());
  }
  const auto outcomes = rule_outcomes(**bus, bus::topic_names(options.source.bus.prefix).rules);
  if (!outcomes) {
    return fail(outcomes.error());
  }
  const auto taken = taken_in_order(*outcomes);
  const auto found = std::find_if(taken.rbegin(), taken.rend(), [&](const RulesOutcome& one) {
    return revision.versions.rules.ends_with(one.activation.version);
  });
  if (found == taken.rend()) {
    return fail(Fault::bad_input,
                "no rules of the history made this record: " + revision.versions.rules);
  }
  return rules_compiler(options.association)(found->activation);
}

// The members as rules read them.
class Members {
 public:
  Members(const IncidentContent& content, const std::map<std::string, std::uint32_t>& kinds) {
    events_.reserve(2 * content.members.size());
    for (const Member& member : content.members) {
      if (member.role == MemberRole::retracted) {
        continue;
      }
      Event& shown = events_.emplace_back(event_of(member));
      Event* deciding = &shown;
      if (member.deciding) {
        deciding = &events_.emplace_back(shown);
        deciding->kind = member.deciding->kind;
        deciding->place = member.deciding->place;
      }
      rules::Report& report = reports_.emplace_back();
      report.shown = &shown;
      report.deciding = deciding;
      const auto kind = kinds.find(shown.kind);
      report.kind = kind == kinds.end() ? kinds.at("unclassified") : kind->second;
      report.witness = member.witness;
      if (deciding->place) {
        const auto at = fusion::to_grid(deciding->place->lat_e7, deciding->place->lon_e7);
        report.at = rules::Point{at.x, at.y, at.z};
      }
    }
  }
  [[nodiscard]] const std::vector<rules::Report>& reports() const { return reports_; }

 private:
  static Event event_of(const Member& member) {
    Event event;
    event.id = member.event_id;
    event.source = member.source;
    event.source_event_id = member.source_event_id;
    event.source_kind = member.source_kind;
    event.lifecycle = member.lifecycle;
    event.kind = member.kind;
    event.occurred = member.occurred;
    event.received = member.received;
    event.place = member.place;
    event.keys = member.keys;
    event.priority = member.stated_priority;
    event.confidence_permille = member.confidence_permille;
    event.headline = member.headline;
    event.plate_lists = member.plate_lists;
    return event;
  }
  std::vector<Event> events_;  // never grows beyond what is reserved
  std::vector<rules::Report> reports_;
};

// What one rule says of the members anew, or what each lacks to open it.
class Asking {
 public:
  Asking(const fusion::AssociationConfig& association, OneRule rule) : rule_(std::move(rule)) {
    for (const auto& [kind, row] : association.kinds) {
      kinds_.emplace(kind, static_cast<std::uint32_t>(kinds_.size()));
    }
  }

  explain::Section ask(const IncidentContent& content, const explain::Called& called) const {
    if (const rules::Rule& asked = rule_.bundle.rules.front(); asked.pattern) {
      return {"rule",
              "Rule " + asked.name + ": puts reports together by a key",
              {},
              {{"pattern",
                "It speaks of incidents of its own, which `fusiond explain` shows by their ids."}}};
    }
    const Members members(content, kinds_);
    const auto kind_of = [this](const std::string& kind) { return kinds_.at(kind); };
    std::vector<Finding> findings;
    std::vector<rules::Wait> waits;
    const auto point_of = [](std::int32_t lat_e7, std::int32_t lon_e7) {
      const auto at = fusion::to_grid(lat_e7, lon_e7);
      return rules::Point{at.x, at.y, at.z};
    };
    rules::CaseRules(rule_.bundle, kind_of, point_of)
        .evaluate(members.reports(), {}, findings, waits);
    explain::Section section;
    const rules::Rule& rule = rule_.bundle.rules.front();
    if (findings.empty()) {
      section = unopened(rule, members, called, kind_of);
    } else {
      IncidentContent asked;
      asked.findings = std::move(findings);
      asked.findings.front().probability_permille =
          fusion::permille_of(asked.findings.front().odds_mn);
      section = explain::finding_sections(asked, called).front();
    }
    if (!rule_.status.empty()) {
      section.facts.insert(section.facts.begin(),
                           {"status", "The rule is " + rule_.status + ": it says nothing live."});
    }
    section.facts.push_back({"by", "Asked anew by the rules " + rule_.bundle.version + "."});
    return section;
  }

 private:
  template <class KindOf>
  explain::Section unopened(const rules::Rule& rule, const Members& members,
                            const explain::Called& called, const KindOf& kind_of) const {
    const rules::PartLimits anchor(rule_.bundle, rule.anchor(), kind_of);
    std::vector<explain::NotOpening> reports;
    std::vector<EventId> outside;
    for (const rules::Report& report : members.reports()) {
      if (!anchor.takes(report)) {
        reports.push_back({report.shown->id, true, {}});
      } else if (const auto missed = anchor.missed(report, {}, rule.threat_to_life)) {
        reports.push_back({report.shown->id, false, {report.shown->id, missed->limit, missed->by}});
      } else {
        outside.push_back(report.shown->id);
      }
    }
    auto section = explain::unopened_section(rule.name, rule.anchor().name, reports, called);
    for (const EventId& event : outside) {
      section.facts.push_back(
          {"outside", called(event) + " fits, but not the rule's zone, hours or last day."});
    }
    return section;
  }

  OneRule rule_;
  std::map<std::string, std::uint32_t> kinds_;
};

}  // namespace

Result<explain::Page> rule_page(const ExplainOptions& options, const IncidentRevision& revision,
                                const std::optional<EventId>& event) {
  const IncidentContent& content = revision.content;
  const explain::Called called = [&content](const EventId& id) {
    const auto member = std::find_if(content.members.begin(), content.members.end(),
                                     [&](const Member& one) { return one.event_id == id; });
    return member == content.members.end() ? "event " + id.str() : explain::name_of(*member);
  };
  const auto finding = std::find_if(content.findings.begin(), content.findings.end(),
                                    [&](const Finding& one) { return one.rule == options.rule; });
  explain::Page page;
  if (options.folder.empty() && finding != content.findings.end()) {
    if (event) {
      page.sections.push_back(explain::report_in_rule(*finding, *event, called));
    }
    IncidentContent only;
    only.findings = {*finding};
    page.sections.push_back(explain::finding_sections(only, called).front());
    return page;
  }
  if (!content.members_left_out.empty()) {
    return fail(Fault::bad_input, "the record lists not all of its reports: " +
                                      std::to_string(content.members_total));
  }
  auto bundle = options.folder.empty() ? of_log(options, revision) : of_folder(options);
  if (!bundle) {
    return fail(bundle.error());
  }
  auto rule = one_rule(std::move(*bundle), options.rule);
  if (!rule) {
    return fail(rule.error());
  }
  page.sections.push_back(Asking(options.association, std::move(*rule)).ask(content, called));
  return page;
}

}  // namespace fusiond::app
