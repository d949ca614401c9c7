// Feeds gone quiet for the reference fold: every gap of every feed, from nothing (design/0017).
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "tests/support/reference_rules.h"

namespace fusiond::support {
namespace {

struct Gap {
  const rules::Rule& rule;
  const std::string& feed;
  FirstHeard last;
  std::optional<FirstHeard> back;
};

IncidentContent content_of(const Gap& gap, const rules::Bundle& bundle,
                           const std::vector<SourceClock>& clocks,
                           const fusion::AssociationConfig& config) {
  Report last;
  last.shows.id = gap.last.id;
  last.decides.id = gap.last.id;
  const std::vector<RuledReport> reports = {{&last, 0}};
  std::set<std::size_t> used;
  Finding finding =
      reference_run({bundle, gap.rule, reports, clocks, config}, {{0, gap.feed}}, 1, used);
  if (gap.back) {
    finding.parts[0].event_ids.push_back(gap.back->id);
  }
  IncidentContent content;
  content.id = incident_id_of(gap.rule.name, "quiet " + gap.feed, gap.last.id);
  content.type = finding.type;
  content.title = finding.title;
  content.priority = finding.priority;
  content.address_text = gap.feed;
  content.pattern = PatternOf{gap.rule.name, "feed", gap.feed, *gap.rule.pattern->quiet_for, 0};
  content.odds_mn = finding.odds_mn;
  content.confidence_permille = finding.probability_permille;
  content.first_occurred = event_time(micros_of(gap.last.at));
  content.last_occurred = event_time(micros_of(gap.back ? gap.back->at : gap.last.at));
  content.findings = {finding};
  return content;
}

// Whether the rule speaks of a silence that becomes too long at that moment.
bool speaks_at(const rules::Rule& rule, WallTime moment) {
  const EventTime time = event_time(micros_of(moment));
  bool in_hours = rule.hours.empty();
  for (const rules::TimeSpan& span : rule.hours) {
    in_hours = in_hours || span.has(time);
  }
  return in_hours && time < rule.expires;
}

}  // namespace

std::vector<IncidentContent> reference_quiet(
    const rules::Bundle& bundle, const std::map<std::string, std::vector<FirstHeard>>& feeds,
    const std::vector<SourceClock>& clocks, const fusion::AssociationConfig& config) {
  WallTime now = WallTime::min();
  std::optional<std::int64_t> closing;
  std::set<std::string> ended;
  for (const SourceClock& clock : clocks) {
    if (clock.ingest_time >= kEndOfTime) {
      ended.insert(clock.source.str());
    } else {
      now = std::max(now, clock.ingest_time);
    }
    const std::int64_t reached =
        micros_of(clock.ingest_time) - clock.lateness.count() - config.skew.count();
    if (clock.up) {
      closing = closing ? std::min(*closing, reached) : reached;
    }
  }
  std::vector<IncidentContent> contents;
  for (const rules::Rule& rule : bundle.rules) {
    if (rule.status != rules::RuleStatus::live || !rule.pattern || !rule.pattern->quiet_for) {
      continue;
    }
    for (const auto& [feed, unsorted] : feeds) {
      const auto& of = rule.pattern->of;
      if (!of.empty() && std::find(of.begin(), of.end(), feed) == of.end()) {
        continue;
      }
      std::vector<FirstHeard> heard = unsorted;
      std::sort(heard.begin(), heard.end());
      for (std::size_t i = 0; i < heard.size(); ++i) {
        const bool is_last = i + 1 == heard.size();
        const WallTime too_long = heard[i].at + *rule.pattern->quiet_for;
        const bool silent =
            is_last ? now > too_long && !ended.contains(feed) : heard[i + 1].at > too_long;
        const bool read = rule.anchor().from.has(
            witness_kind(heard[i].kind, LocationMethod::unspecified));  // of the last report
        if (!silent || !read || !speaks_at(rule, too_long)) {
          continue;
        }
        const Gap gap{rule, feed, heard[i], is_last ? std::nullopt : std::optional(heard[i + 1])};
        IncidentContent content = content_of(gap, bundle, clocks, config);
        if (gap.back && closing) {
          const std::int64_t closed = micros_of(gap.back->at) + config.complete_after.count();
          content.state = *closing > closed ? IncidentState::closed : IncidentState::quiet;
        }
        if (content.findings[0].state > FindingState::unmet) {
          contents.push_back(std::move(content));
        }
      }
    }
  }
  return contents;
}

}  // namespace fusiond::support
