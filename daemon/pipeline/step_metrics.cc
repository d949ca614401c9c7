#include "daemon/pipeline/step_metrics.h"

#include <utility>

namespace fusiond::pipeline {
namespace {

constexpr std::array<std::string_view, 6> kVerdictNames = {"admitted", "amended", "late",
                                                           "repeat",   "stale",   "forgotten"};
constexpr std::array<std::string_view, 8> kChangeNames = {
    "unspecified", "open", "update", "merged", "withdrawn", "quiet", "closed", "reopened"};

}  // namespace

StepMetrics::StepMetrics(Metrics& metrics, std::size_t source_labels)
    : metrics_(metrics),
      source_labels_(source_labels),
      other_(make("other")),
      decided_(metrics.counter("fusiond_fusion_decisions_total",
                               "Decisions which incident an event belongs to, repeated ones too")),
      crowded_(metrics.counter("fusiond_fusion_crowded_total",
                               "Decisions that looked at the latest reports of a crowd only")),
      held_back_(metrics.counter("fusiond_fusion_held_back_total",
                                 "Times that news of a large incident waited for more")),
      left_out_(metrics.counter("fusiond_fusion_members_left_out_total",
                                "Members of large incidents that records only name")),
      open_incidents_(metrics.gauge("fusiond_incidents_open", "Incidents that are open or quiet")),
      incidents_(metrics.gauge("fusiond_incidents_remembered",
                               "Incidents in the state, whatever became of them")),
      event_ids_(metrics.gauge("fusiond_event_ids_remembered",
                               "Event ids whose repeats would be recognised")) {
  for (std::size_t i = 1; i < changes_.size(); ++i) {
    changes_[i] = &metrics.counter("fusiond_incident_revisions_total",
                                   "Revisions of incidents, by what they did",
                                   {{"change", std::string(kChangeNames[i])}});
  }
  changes_[0] = changes_[static_cast<std::size_t>(IncidentChange::update)];
}

StepMetrics::OfSource StepMetrics::make(const std::string& label) {
  OfSource counters;
  for (std::size_t i = 0; i < kVerdicts; ++i) {
    counters.verdicts[i] = &metrics_.counter(
        "fusiond_route_verdicts_total", "What routing said of the events of the log",
        {{"verdict", std::string(kVerdictNames[i])}, {"source", label}});
  }
  counters.conflicts = &metrics_.counter(
      "fusiond_route_conflicts_total",
      "Events with the id and revision of another, but other content", {{"source", label}});
  return counters;
}

StepMetrics::OfSource& StepMetrics::of(const SourceId& source) {
  const auto found = sources_.find(source);
  if (found != sources_.end()) {
    return found->second;
  }
  if (sources_.size() >= source_labels_) {
    return other_;
  }
  return sources_.emplace(source, make(source.str())).first->second;
}

void StepMetrics::record(std::string_view kind) {
  Counter*& counter = records_[std::string(kind)];
  if (counter == nullptr) {
    counter = &metrics_.counter("fusiond_shard_records_total",
                                "Records read from the events topic, by what they are",
                                {{"kind", std::string(kind)}});
  }
  counter->add();
}

void StepMetrics::verdict(const SourceId& source, Verdict verdict) {
  of(source).verdicts.at(static_cast<std::size_t>(verdict))->add();
}

void StepMetrics::conflict(const SourceId& source) {
  of(source).conflicts->add();
}

void StepMetrics::dead_letter(std::string_view reason) {
  metrics_
      .counter("fusiond_shard_dead_letters_total",
               "Records of the log that could not be used, by reason",
               {{"reason", std::string(reason)}})
      .add();
}

void StepMetrics::revision(IncidentChange change) {
  changes_.at(static_cast<std::size_t>(change))->add();
}

void StepMetrics::decisions(const fusion::Engine::Stats& stats) {
  const fusion::Engine::Stats before = std::exchange(before_, stats);
  decided_.add(static_cast<double>(stats.decided - before.decided));
  crowded_.add(static_cast<double>(stats.crowded - before.crowded));
  held_back_.add(static_cast<double>(stats.held_back - before.held_back));
  left_out_.add(static_cast<double>(stats.left_out - before.left_out));
}

StepMetrics::OfRule StepMetrics::make_rule(const std::string& name) {
  const Labels labels{{"rule", name}};
  const auto findings = [&](const char* what) {
    return &metrics_.counter("fusiond_rule_findings_total",
                             "Incidents of which a rule came to say something, or ceased to",
                             {{"rule", name}, {"became", what}});
  };
  OfRule of;
  of.opened = &metrics_.counter(
      "fusiond_rule_evaluations_total",
      "Times that a rule was asked of an incident and its anchor was there", labels);
  of.looked = &metrics_.counter("fusiond_rule_reports_total",
                                "Reports that a rule counted or refused: what it costs", labels);
  of.provisional = findings("provisional");
  of.firm = findings("firm");
  of.ended = findings("nothing");
  of.last_opened = &metrics_.gauge("fusiond_rule_last_evaluated_seconds",
                                   "Ingest time when its anchor was there last; 0: never", labels);
  of.last_said =
      &metrics_.gauge("fusiond_rule_last_fired_seconds",
                      "Ingest time when it last came to say something; 0: never", labels);
  return of;
}

void StepMetrics::rules(const fusion::RuleTally::Counts& counts) {
  const auto more = [](Counter* counter, std::uint64_t now, std::uint64_t before) {
    if (now != before) {
      counter->add(static_cast<double>(now < before ? now : now - before));
    }
  };
  const auto seconds = [](WallTime time) { return static_cast<double>(micros_of(time)) * 1e-6; };
  for (const auto& [name, now] : counts) {
    auto found = rules_.find(name);
    if (found == rules_.end()) {
      found = rules_.emplace(name, make_rule(name)).first;
    }
    OfRule& of = found->second;
    if (now == of.before) {
      continue;
    }
    more(of.opened, now.opened, of.before.opened);
    more(of.looked, now.looked, of.before.looked);
    more(of.provisional, now.provisional, of.before.provisional);
    more(of.firm, now.firm, of.before.firm);
    more(of.ended, now.ended, of.before.ended);
    of.last_opened->set(seconds(now.last_opened));
    of.last_said->set(seconds(now.last_said));
    of.before = now;
  }
}

void StepMetrics::sizes(std::size_t open_incidents, std::size_t incidents, std::size_t event_ids) {
  open_incidents_.set(static_cast<double>(open_incidents));
  incidents_.set(static_cast<double>(incidents));
  event_ids_.set(static_cast<double>(event_ids));
}

}  // namespace fusiond::pipeline
