#include "daemon/explain/finding_words.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "daemon/explain/words.h"
#include "daemon/model/chance.h"

namespace fusiond::explain {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

std::string_view word_of(FindingState state) {
  switch (state) {
    case FindingState::firm:
      return "firm";
    case FindingState::provisional:
      return "provisional";
    default:
      return "not enough";
  }
}

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    all += i == 0 ? "" : i + 1 == names.size() ? " and " : ", ";
    all += names[i];
  }
  return all;
}

std::string beyond_metres(std::int64_t cm) {
  return "too far away by " + metres((cm + 99) / 100);
}
std::string beyond_time(std::int64_t us) {
  return "out of the time by " + span(Micros{(us + kSecond - 1) / kSecond * kSecond});
}
std::string beyond_age(std::int64_t us) {
  return "on a list that was too old by " + span(Micros{us});
}
std::string beyond_speed(std::int64_t mm_per_s) {
  return mm_per_s == 0 ? "elsewhere at the same time"
                       : "too far to have gone there, by " +
                             std::to_string(mm_per_s * 36 / 10'000 + 1) + " km/h";
}
std::string below_share(std::int64_t permille) {
  return "less sure of itself than asked, by " + percent(permille);
}
std::string below_priority(std::int64_t steps) {
  return "less urgent than asked, by " + std::to_string(steps);
}

struct LimitRow {
  Limit limit;
  std::string_view about;
  std::string (*amount)(std::int64_t);  // none: `words` says it all
  std::string_view words;
};

// Every limit. A new one: one row.
constexpr std::array<LimitRow, 16> kLimits = {{
    {Limit::confidence, "confidence", below_share, ""},
    {Limit::priority, "priority", below_priority, ""},
    {Limit::state, "state", nullptr, "called off, or not, as the rule does not ask"},
    {Limit::list, "list", nullptr, "on none of the lists"},
    {Limit::list_age, "list_age", beyond_age, ""},
    {Limit::words, "words", nullptr, "without any of the words"},
    {Limit::time, "time", beyond_time, ""},
    {Limit::near, "near", beyond_metres, ""},
    {Limit::speed, "speed", beyond_speed, ""},
    {Limit::same, "same", nullptr, "about another plate, caller, device or call"},
    {Limit::inside, "inside", nullptr, "outside the zone"},
    {Limit::distinct, "distinct", nullptr, "by a witness that counts already"},
    {Limit::count, "count", nullptr, "more than count"},
    {Limit::missing, "missing", nullptr, "without what the rule asks for"},
    {Limit::reference, "reference", nullptr, "measured from what is not there"},
    {Limit::protected_, "protected", nullptr,
     "from a protected event, where posts and plates are not read"},
}};

std::string missed_words(const Miss& miss) {
  for (const LimitRow& row : kLimits) {
    if (row.limit == miss.limit) {
      return row.amount == nullptr ? std::string(row.words) : row.amount(miss.by);
    }
  }
  return "missing a limit that this version does not know";
}

std::string_view name_of(Limit limit) {
  for (const LimitRow& row : kLimits) {
    if (row.limit == limit) {
      return row.about;
    }
  }
  return "unknown";
}

std::string reports_of(const FindingPart& part, const Called& called) {
  std::vector<std::string> names;
  for (const EventId& id : part.event_ids) {
    names.push_back(called(id));
  }
  if (part.count > part.event_ids.size()) {
    names.push_back(count(part.count - part.event_ids.size(), "more"));
  }
  return listed(names);
}

std::string absent_words(const FindingPart& part, const Called& called) {
  const std::string until = to_rfc3339(part.until.count() / kSecond * kSecond);
  switch (part.state) {
    case PartState::found:
      return part.name + ": none came until " + until;
    case PartState::waiting:
      return part.name + ": none has come; it may until " + until + ", or its feed is silent";
    default:
      return part.name + ": one came, " + reports_of(part, called);
  }
}

std::string part_words(const FindingPart& part, const Called& called) {
  if (part.role == PartRole::absent) {
    return absent_words(part, called);
  }
  if (part.state != PartState::found) {
    return part.name + ": " +
           (part.count == 0 ? std::string("none")
                            : std::to_string(part.count) + " (" + reports_of(part, called) + "), " +
                                  std::to_string(part.wanted) + " are asked for");
  }
  return part.name + ": " + reports_of(part, called);
}

Fact part_fact(const FindingPart& part, const Called& called) {
  std::string words = part_words(part, called);
  if (part.role == PartRole::anchor) {
    words += ", alone " + (part.total_mn >= 0 ? times(part.total_mn) + " likelier true than not"
                                              : times(-part.total_mn) + " likelier not true");
  } else if (part.total_mn != 0) {
    words += ": " + times_of(part.total_mn) + " the odds";
  }
  return {"part", words + ".", {{"total_mn", part.total_mn}, {"count", part.count}}};
}

void add_misses(const FindingPart& part, const Called& called, Section& section) {
  for (const Miss& miss : part.misses) {
    section.facts.push_back({"missed_" + std::string(name_of(miss.limit)),
                             "Not counted in " + part.name + ": " + called(miss.event_id) + ", " +
                                 missed_words(miss) + ".",
                             {{"by", miss.by}}});
  }
  if (part.missed > part.misses.size()) {
    section.facts.push_back({"missed_more",
                             "Not counted in " + part.name + ": " +
                                 count(part.missed - part.misses.size(), "more") + ".",
                             {{"missed", part.missed}}});
  }
}

const Finding* finding_of(const IncidentContent& content, const std::string& rule) {
  for (const Finding& finding : content.findings) {
    if (finding.rule == rule) {
      return &finding;
    }
  }
  return nullptr;
}

void add_judgement(const Finding& finding, Section& section) {
  section.facts.push_back(
      {"probability",
       "True in " + chance_words(finding.probability_permille) + " such cases, by its parts.",
       {{"probability_permille", finding.probability_permille},
        {"odds_mn", finding.odds_mn},
        {"provisional_mn", finding.provisional_mn},
        {"firm_mn", finding.firm_mn}}});
  if (!finding.needs.empty()) {
    section.facts.push_back({"needs", "To be firm it lacks of: " + listed(finding.needs) + "."});
  } else if (finding.state != FindingState::firm && finding.odds_mn < finding.firm_mn) {
    section.facts.push_back({"short_by",
                             "To be firm its odds would have to be " +
                                 times(finding.firm_mn - finding.odds_mn) + " as high.",
                             {{"short_by_mn", finding.firm_mn - finding.odds_mn}}});
  }
  for (const PriorityStep& step : finding.priority_steps) {
    section.facts.push_back(
        {"priority",
         "Priority " + std::to_string(step.to) +
             (step.because.empty() ? ", the rule's own." : ", because of " + step.because + "."),
         {{"to", step.to}}});
  }
  for (const std::string& name : finding.suppressed_by) {
    section.facts.push_back({"suppressed", "The suppression " + name + " holds for it."});
  }
  if (!finding.verify_before.empty()) {
    section.facts.push_back({"verify", "Verify the evidence before anybody may " +
                                           listed(finding.verify_before) + "."});
  }
  if (!finding.cameras.empty()) {
    std::vector<std::string> views;
    for (const CameraView& view : finding.cameras) {
      views.push_back(view.device + ", " + metres(view.distance_m) + " off");
    }
    section.facts.push_back({"cameras", "Cameras to look at: " + listed(views) + "."});
  }
  for (const EvidencePin& pin : finding.pins) {
    section.facts.push_back({"pin", "What " + pin.device + " recorded from " +
                                        to_rfc3339(micros_of(pin.from)) + " to " +
                                        to_rfc3339(micros_of(pin.to)) + " is to be kept."});
  }
  if (!finding.route.to.empty()) {
    std::string words = "It goes to " + finding.route.to;
    if (finding.route.ack_s > 0) {
      words += "; somebody answers within " + span(Micros{finding.route.ack_s * kSecond}) +
               ", or it goes to " + finding.route.otherwise;
    }
    section.facts.push_back({"route", words + ".", {{"ack_s", finding.route.ack_s}}});
  }
}

}  // namespace

std::vector<Section> finding_sections(const IncidentContent& content, const Called& called) {
  std::vector<Section> sections;
  for (const Finding& finding : content.findings) {
    Section& section = sections.emplace_back();
    section.kind = "finding";
    section.ids = {{"rule", finding.rule}};
    section.title = "Rule " + finding.rule + ", version " + std::to_string(finding.version) + ": " +
                    std::string(word_of(finding.state)) + " · " + finding.title;
    add_judgement(finding, section);
    for (const FindingPart& part : finding.parts) {
      section.facts.push_back(part_fact(part, called));
      add_misses(part, called, section);
    }
  }
  return sections;
}

Section unopened_section(const std::string& rule, const std::string& anchor,
                         const std::vector<NotOpening>& reports, const Called& called) {
  Section section{"rule", "Rule " + rule + ": says nothing of this incident", {{"rule", rule}}, {}};
  section.facts.push_back({"unopened", "No report opens it as its " + anchor + "."});
  for (const NotOpening& one : reports) {
    const std::string who = called(one.event);
    if (one.other_kind) {
      section.facts.push_back(
          {"other_kind", who + " is not of the kind, or not from a source, that opens it."});
    } else {
      section.facts.push_back({"missed_" + std::string(name_of(one.miss.limit)),
                               who + " is " + missed_words(one.miss) + ".",
                               {{"by", one.miss.by}}});
    }
  }
  return section;
}

Section report_in_rule(const Finding& finding, const EventId& event, const Called& called) {
  Section section{"rule",
                  "Rule " + finding.rule + " and " + called(event),
                  {{"rule", finding.rule}, {"event_id", event.str()}},
                  {}};
  for (const FindingPart& part : finding.parts) {
    const bool counts =
        std::find(part.event_ids.begin(), part.event_ids.end(), event) != part.event_ids.end();
    if (counts && part.role == PartRole::absent) {
      section.facts.push_back({"came", "It came where " + part.name + " says that none did."});
    } else if (counts && part.state == PartState::found) {
      section.facts.push_back({"counted", "It counts in " + part.name + ", which is there."});
    } else if (counts) {
      section.facts.push_back(
          {"too_few", "It fits " + part.name + ", of which there are too few: " +
                          std::to_string(part.count) + " of " + std::to_string(part.wanted) + "."});
    }
    for (const Miss& miss : part.misses) {
      if (miss.event_id == event) {
        section.facts.push_back(
            {"missed_" + std::string(name_of(miss.limit)),
             "Not counted in " + part.name + ": it is " + missed_words(miss) + ".",
             {{"by", miss.by}}});
      }
    }
  }
  if (section.facts.empty()) {
    section.facts.push_back({"unread",
                             "No part of the rule reads reports of its kind from its source, or it "
                             "is one of many that are only counted."});
  }
  return section;
}

std::vector<Fact> finding_changes(const IncidentRevision* before, const IncidentRevision& now) {
  std::vector<Fact> facts;
  for (const Finding& finding : now.content.findings) {
    const Finding* was = before == nullptr ? nullptr : finding_of(before->content, finding.rule);
    const bool same = was != nullptr && was->state == finding.state &&
                      was->priority == finding.priority &&
                      was->probability_permille == finding.probability_permille;
    if (same || (was == nullptr && finding.state == FindingState::unmet)) {
      continue;
    }
    facts.push_back(
        {"finding",
         "The rule " + finding.rule + " is " + std::string(word_of(finding.state)) + " (" +
             percent(finding.probability_permille) + "), priority " +
             std::to_string(finding.priority) +
             (was == nullptr ? "."
                             : "; before it was " + std::string(word_of(was->state)) + " (" +
                                   percent(was->probability_permille) + "), " +
                                   std::to_string(was->priority) + "."),
         {{"probability_permille", finding.probability_permille}, {"priority", finding.priority}}});
  }
  for (const std::string& rule : now.findings_ended) {
    if (finding_of(now.content, rule) == nullptr) {
      facts.push_back({"finding_ended", "The rule " + rule + " says nothing of it any more."});
    }
  }
  return facts;
}

}  // namespace fusiond::explain
