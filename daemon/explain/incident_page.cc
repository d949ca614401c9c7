#include "daemon/explain/incident_page.h"

#include <algorithm>
#include <optional>

#include "daemon/explain/factor_words.h"
#include "daemon/explain/finding_words.h"
#include "daemon/explain/people_words.h"
#include "daemon/explain/term_words.h"
#include "daemon/explain/words.h"

namespace fusiond::explain {
namespace {

std::string time_words(std::int64_t us) {
  return to_rfc3339(us / 1'000'000 * 1'000'000);
}

// One incident on its way to a page.
class Writer {
 public:
  Writer(const IncidentRevision& revision, const Surroundings& around)
      : revision_(revision), content_(revision.content), around_(around) {
    for (std::size_t i = 0; i < content_.members.size(); ++i) {
      numbers_.emplace(content_.members[i].event_id, i + 1);
    }
  }

  [[nodiscard]] Section incident() const;
  [[nodiscard]] std::vector<Section> findings() const {
    return finding_sections(content_, [this](const EventId& id) { return called(id); });
  }
  [[nodiscard]] Section report(const Member& member) const;
  [[nodiscard]] Section link(const CaseLink& link) const;

 private:
  [[nodiscard]] const Member* member(const EventId& id) const {
    const auto found = numbers_.find(id);
    return found == numbers_.end() ? nullptr : &content_.members[found->second - 1];
  }
  // "report 2", or what is known of an event that this incident does not hold.
  [[nodiscard]] std::string called(const EventId& id) const;
  [[nodiscard]] std::string called(const IncidentId& id) const;
  [[nodiscard]] std::string group_of(const EventId& anchor) const {
    return "the group that began with " + called(anchor);
  }
  [[nodiscard]] std::string others_of(const Member& member) const;
  void say_place(Section& section) const;
  void say_others(Section& section) const;
  void say_anchor(const Member& member, Section& section) const;
  void say_joined(const Member& member, Section& section) const;
  void say_runner_up(const Member& member, Section& section) const;
  void say_standing(const Member& member, Section& section) const;

  const IncidentRevision& revision_;
  const IncidentContent& content_;
  const Surroundings& around_;
  std::map<EventId, std::size_t> numbers_;
};

std::string Writer::called(const EventId& id) const {
  if (const auto number = numbers_.find(id); number != numbers_.end()) {
    return "report " + std::to_string(number->second);
  }
  const auto known = around_.events.find(id);
  return known == around_.events.end() ? "event " + id.str() : known->second;
}

std::string Writer::called(const IncidentId& id) const {
  const auto known = around_.incidents.find(id);
  return known == around_.incidents.end() ? "incident " + id.str()
                                          : known->second + " (incident " + id.str() + ")";
}

// The earlier reports of its group, which it was scored against.
std::string Writer::others_of(const Member& member) const {
  const auto& prior = member.reason.prior_members;
  if (prior.size() == 1) {
    return called(prior.front());
  }
  return "the earlier reports";
}

Section Writer::incident() const {
  Section section;
  section.kind = "incident";
  section.ids = {{"incident_id", content_.id.str()}};
  section.title = content_.title + ", priority " + std::to_string(content_.priority) + ", " +
                  std::string(word_of(content_.state)) + " · incident " + content_.id.str() +
                  ", revision " + std::to_string(revision_.revision);
  if (content_.state == IncidentState::merged) {
    section.facts.push_back(
        {"state", "It became part of " + called(content_.merged_into) + ": look there."});
    return section;
  }
  section.facts.push_back({"state", std::string(meaning_of(content_.state))});
  const std::string first = time_words(micros_of(content_.first_occurred));
  const std::string last = time_words(micros_of(content_.last_occurred));
  section.facts.push_back({"time", first == last
                                       ? "It is reported for " + first + "."
                                       : "Its reports tell of " + first + " to " + last + "."});
  say_place(section);
  section.facts.push_back(
      {"witnesses",
       count(std::max<std::size_t>(content_.members_total, content_.members.size()), "report") +
           " by " + count(content_.witnesses, "independent witness") + "."});
  if (!content_.members_left_out.empty()) {
    section.facts.push_back(
        {"left_out",
         count(content_.members_left_out.size(), "report") + " in the middle are not listed.",
         {{"left_out", static_cast<std::int64_t>(content_.members_left_out.size())}}});
  }
  for (Fact& fact : confidence_facts(content_, [this](const EventId& id) { return called(id); })) {
    section.facts.push_back(std::move(fact));
  }
  say_others(section);
  section.facts.push_back({"versions", "Constants: association " + revision_.versions.association +
                                           ", rules " + revision_.versions.rules + "."});
  return section;
}

void Writer::say_place(Section& section) const {
  if (!content_.place) {
    section.facts.push_back({"place", content_.address_text.empty()
                                          ? "No report has a place."
                                          : "No report has a place; the address given is " +
                                                content_.address_text + "."});
    return;
  }
  std::string words = "It is at " + point(content_.place->lat_e7, content_.place->lon_e7);
  if (!content_.address_text.empty()) {
    words += " (" + content_.address_text + ")";
  }
  section.facts.push_back({"place",
                           words + ", give or take " + metres(content_.place->radius_m) +
                               ": of 100 such circles 95 hold the truth.",
                           {{"radius_m", content_.place->radius_m}}});
}

void Writer::say_others(Section& section) const {
  if (content_.late) {
    section.facts.push_back({"late",
                             "Its report came after the time its feed is allowed, so it was not "
                             "grouped: grouping never "
                             "changes behind people's backs."});
  }
  for (const IncidentId& id : revision_.supersedes) {
    section.facts.push_back({"supersedes", "It took over " + called(id) + "."});
  }
  for (const WordNote& note : content_.words) {
    section.facts.push_back(word_fact(note, [this](const EventId& id) { return called(id); }));
  }
  if (content_.words_total > content_.words.size()) {
    section.facts.push_back({"words_total",
                             "Of what people said of it only the newest is listed.",
                             {{"words_total", content_.words_total}}});
  }
  for (const MaybeSame& maybe : content_.maybe_same_as) {
    section.facts.push_back(
        {"maybe_same_as",
         "It may be the same as " + called(maybe.incident_id) + ", with a chance of " +
             percent(maybe.probability_permille) + ".",
         {{"chance_permille", maybe.probability_permille}, {"short_by_mn", maybe.short_by_mn}}});
  }
  for (const IncidentId& id : content_.related_to) {
    section.facts.push_back(
        {"related_to", "Of the same kind, near by and not long before: " + called(id) + "."});
  }
}

Section Writer::report(const Member& member) const {
  Section section;
  section.kind = "report";
  section.ids = {{"event_id", member.event_id.str()},
                 {"anchor_event_id", member.reason.anchor.str()}};
  section.title = std::to_string(numbers_.at(member.event_id)) + ". " + name_of(member) + " of " +
                  member.source.str() + " · " + member.kind + " · " +
                  time_words(micros_of(member.occurred));
  if (!member.headline.empty()) {
    section.title += " · " + member.headline;
  }
  if (member.reason.terms) {
    say_joined(member, section);
  } else {
    say_anchor(member, section);
  }
  say_runner_up(member, section);
  say_standing(member, section);
  return section;
}

void Writer::say_joined(const Member& member, Section& section) const {
  const bool one = member.reason.prior_members.size() == 1;
  const Told told{*member.reason.terms,
                  &member,
                  others_of(member),
                  one,
                  around_.association,
                  0,
                  Writer::member(member.reason.anchor)};
  section.facts.push_back({"joined", "It belongs to " + group_of(member.reason.anchor) + "."});
  for (Fact& fact : term_facts(told)) {
    section.facts.push_back(std::move(fact));
  }
  for (Fact& fact : need_facts(told)) {
    section.facts.push_back(std::move(fact));
  }
}

void Writer::say_anchor(const Member& member, Section& section) const {
  if (member.deciding_revision == 0) {  // no version of it came in time
    const Micros after{micros_of(member.received) - micros_of(member.occurred)};
    std::string words = "It came " + span(after) + " after what it tells of, ";
    words += member.lateness.count() == 0 ? "later than its feed is allowed"
                                          : "its feed is allowed " + span(member.lateness);
    section.facts.push_back(
        {"late",
         words + ": it is an incident of its own.",
         {{"after_us", after.count()}, {"allowed_us", member.lateness.count()}}});
    return;
  }
  section.facts.push_back({"anchor", "It opened the group: no earlier one fitted."});
  if (!member.place) {
    section.facts.push_back({"no_place",
                             "It has no place, so only a CAD number, a dispatcher's note or a "
                             "plate can join it to others."});
  } else if (!member.reason.runner_up) {
    const auto* config = around_.association;
    const std::string limits =
        config == nullptr ? "near enough"
                          : "within " + metres(config->reach_m) + " and " + span(config->window);
    section.facts.push_back({"alone", "No earlier group began " + limits +
                                          " of it or had a report near enough to compare."});
  }
}

void Writer::say_runner_up(const Member& member, Section& section) const {
  if (!member.reason.runner_up) {
    return;
  }
  const Candidate& rival = *member.reason.runner_up;
  const std::int64_t total = rival.terms.total_mn;
  const std::string why = missed_words(rival, around_.association);
  Values values{{"total_mn", total},
                {"need_mn", rival.terms.need_mn},
                {"distance_m", rival.terms.distance_m},
                {"gap_us", rival.terms.gap.count()}};
  if (!member.reason.terms) {
    section.facts.push_back({"near_miss",
                             "What came nearest was " + group_of(rival.anchor) + ": " + why + ".",
                             values});
    return;
  }
  const std::int64_t behind = member.reason.terms->total_mn - total;
  values.emplace_back("behind_mn", behind);
  std::string words = "Next best was " + group_of(rival.anchor);
  words +=
      behind >= 0 ? ", with " + times_of(-behind) + " the evidence" : ", with more evidence, but";
  words += behind >= 0 ? "; " + why : " " + why;
  section.facts.push_back({"runner_up", words + ".", values});
}

void Writer::say_standing(const Member& member, Section& section) const {
  if (member.role == MemberRole::retracted) {
    section.facts.push_back(
        {"retracted", "It was taken back later; it stays in the list and counts as no witness."});
  }
  if (member.role == MemberRole::refutes) {
    section.facts.push_back({"refutes", "It speaks against the incident."});
  }
  if (member.copies > 0) {
    section.facts.push_back(
        {"copies",
         count(member.copies, "re-post") + " of it counted here as copies, not as witnesses.",
         {{"copies", member.copies}}});
  }
  if (member.deciding_revision != 0 && member.deciding_revision != member.revision) {
    std::string words =
        "Its newest version came after the allowed time: it is what is shown, but the grouping "
        "rests on version " +
        std::to_string(member.deciding_revision);
    if (member.deciding && member.deciding->kind != member.kind) {
      words += ", which told of " + member.deciding->kind;
    }
    section.facts.push_back(
        {"amended",
         words + ".",
         {{"revision", static_cast<std::int64_t>(member.revision)},
          {"deciding_revision", static_cast<std::int64_t>(member.deciding_revision)}}});
  }
  if (member.stated_priority) {
    section.facts.push_back(
        {"stated_priority",
         "It states a priority of " + std::to_string(*member.stated_priority) + " of 10 itself.",
         {{"stated_priority", *member.stated_priority}}});
  }
  for (const std::string& flag : member.flags) {
    section.facts.push_back({"flag", "Noticed when it came in: " + flag + "."});
  }
}

Section Writer::link(const CaseLink& link) const {
  Section section;
  section.kind = "link";
  section.ids = {{"anchor_event_id", link.anchor.str()},
                 {"parent_anchor_event_id", link.parent_anchor.str()},
                 {"event_id", link.event_id.str()},
                 {"other_event_id", link.other_event_id.str()}};
  section.title = "Why " + group_of(link.anchor) + " belongs with " + group_of(link.parent_anchor);
  const std::string pair = called(link.event_id) + " and " + called(link.other_event_id);
  if (link.basis == LinkBasis::key) {
    section.facts.push_back({"key",
                             pair + " " + key_of_both(link.key) + ", " + metres(link.distance_m) +
                                 " and " + span(link.gap) + " apart.",
                             {{"distance_m", link.distance_m}, {"gap_us", link.gap.count()}}});
  } else if (link.basis == LinkBasis::person) {
    const auto note = std::find_if(content_.words.begin(), content_.words.end(),
                                   [&](const WordNote& one) { return one.word.id == link.word; });
    section.facts.push_back({"person", note == content_.words.end()
                                           ? "A person said that " + pair + " are one matter."
                                           : said_words(note->word, [this](const EventId& id) {
                                               return called(id);
                                             }) + "."});
  } else {
    section.facts.push_back({"evidence", pair +
                                             " are too far apart for one group, yet alike enough "
                                             "that chance does not explain it."});
  }
  if (link.terms) {
    const std::int64_t margin =
        around_.association == nullptr ? 0 : around_.association->case_margin_mn;
    const Told told{*link.terms,
                    member(link.event_id),
                    called(link.other_event_id),
                    true,
                    around_.association,
                    margin,
                    member(link.other_event_id)};
    for (Fact& fact : term_facts(told)) {
      section.facts.push_back(std::move(fact));
    }
    for (Fact& fact : need_facts(told)) {
      section.facts.push_back(std::move(fact));
    }
  }
  return section;
}

}  // namespace

std::string name_of(const Member& member) {
  const std::string& id =
      member.source_event_id.empty() ? member.event_id.str() : member.source_event_id;
  return std::string(word_of(member.source_kind)) + " " + id;
}

Page incident_page(const IncidentRevision& revision, const Surroundings& around) {
  const Writer writer(revision, around);
  Page page;
  page.sections.push_back(writer.incident());
  for (Section& section : writer.findings()) {
    page.sections.push_back(std::move(section));
  }
  for (const Member& member : revision.content.members) {
    page.sections.push_back(writer.report(member));
  }
  for (const CaseLink& link : revision.content.links) {
    page.sections.push_back(writer.link(link));
  }
  return page;
}

Page event_page(const IncidentRevision& revision, const EventId& event,
                const Surroundings& around) {
  const Writer writer(revision, around);
  const auto& members = revision.content.members;
  const auto member = std::find_if(members.begin(), members.end(),
                                   [&](const Member& one) { return one.event_id == event; });
  Page page;
  page.sections.push_back(writer.incident());
  page.sections.push_back(writer.report(*member));
  for (const CaseLink& link : revision.content.links) {
    if (link.anchor == member->reason.anchor) {
      page.sections.push_back(writer.link(link));
    }
  }
  return page;
}

}  // namespace fusiond::explain
