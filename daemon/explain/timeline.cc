#include "daemon/explain/timeline.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "daemon/explain/finding_words.h"
#include "daemon/explain/people_words.h"
#include "daemon/explain/words.h"
#include "daemon/model/chance.h"

namespace fusiond::explain {
namespace {

const Member* member_of(const IncidentContent& content, const EventId& id) {
  const auto found = std::find_if(content.members.begin(), content.members.end(),
                                  [&](const Member& one) { return one.event_id == id; });
  return found == content.members.end() ? nullptr : &*found;
}

// Metres between two estimates, near enough for a sentence.
std::int64_t moved_m(const Estimate& a, const Estimate& b) {
  constexpr double kMetresPerE7 = 0.0111195;
  constexpr double kRadiansPerE7 = 1.7453292519943295e-9;
  const double north = static_cast<double>(a.lat_e7) - b.lat_e7;
  double east = static_cast<double>(a.lon_e7) - b.lon_e7;
  east = std::remainder(east, 3.6e9) * std::cos(a.lat_e7 * kRadiansPerE7);
  return static_cast<std::int64_t>(std::hypot(north, east) * kMetresPerE7);
}

// One revision beside the one before it.
class Step {
 public:
  Step(const IncidentRevision* before, const IncidentRevision& now, const Surroundings& around)
      : before_(before), now_(now), around_(around) {}

  [[nodiscard]] Section section() const;

 private:
  [[nodiscard]] std::string called(const EventId& id) const;
  [[nodiscard]] std::string called(const IncidentId& id) const {
    const auto known = around_.incidents.find(id);
    return known == around_.incidents.end() ? "incident " + id.str()
                                            : known->second + " (incident " + id.str() + ")";
  }
  [[nodiscard]] std::string cause() const;
  [[nodiscard]] EventTime event_time_of() const;
  void say_members(std::vector<Fact>& facts) const;
  void say_merges(std::vector<Fact>& facts) const;
  void say_links(std::vector<Fact>& facts) const;
  void say_words(std::vector<Fact>& facts) const;
  void say_chance(std::vector<Fact>& facts) const;
  void say_place(std::vector<Fact>& facts) const;
  void say_beliefs(std::vector<Fact>& facts) const;

  const IncidentRevision* before_;
  const IncidentRevision& now_;
  const Surroundings& around_;
};

std::string Step::called(const EventId& id) const {
  const Member* member = member_of(now_.content, id);
  if (member == nullptr && before_ != nullptr) {
    member = member_of(before_->content, id);
  }
  if (member != nullptr) {
    return name_of(*member) + " (" + member->kind + ")";
  }
  const auto known = around_.events.find(id);
  return known == around_.events.end() ? "event " + id.str() : known->second;
}

std::string Step::cause() const {
  const Cause& cause = now_.cause;
  if (cause.kind == "tick") {
    return "Time passed: the clocks of all feeds have moved on.";
  }
  if (cause.kind == "start") {
    return "The daemon was started and told what had changed.";
  }
  if (cause.kind == "rules") {
    return "Other rules were put into force: " + now_.versions.rules + ".";
  }
  if (cause.word) {
    return said_words(*cause.word, [this](const EventId& id) { return called(id); }) + ".";
  }
  if (cause.event_id.empty()) {
    return "Because of a record of kind " + cause.kind + ".";
  }
  return "Because of " + called(cause.event_id) + ", version " +
         std::to_string(cause.event_revision) + ".";
}

// When it happened, by the reports: the earliest of those that joined, else the incident's last.
EventTime Step::event_time_of() const {
  if (const Member* cause = member_of(now_.content, now_.cause.event_id)) {
    return cause->occurred;
  }
  return now_.content.last_occurred;
}

void Step::say_members(std::vector<Fact>& facts) const {
  for (const EventId& id : now_.members_added) {
    std::string words = called(id) + " joined";
    Values values;
    const Member* member = member_of(now_.content, id);
    if (member != nullptr && member->reason.terms) {
      const ScoreTerms& terms = *member->reason.terms;
      words += ", " + metres(terms.distance_m) + " from the others' place, with " +
               times_of(terms.total_mn - terms.need_mn) + " the evidence needed";
      values = {{"total_mn", terms.total_mn}, {"need_mn", terms.need_mn}};
    }
    facts.push_back({"added", words + ".", std::move(values)});
  }
  for (const EventId& id : now_.members_removed) {
    facts.push_back(
        {"removed", called(id) + (now_.content.state == IncidentState::merged
                                      ? " went along."
                                      : " left: it belongs elsewhere now or was taken back.")});
  }
  if (before_ == nullptr) {
    return;
  }
  for (const Member& member : now_.content.members) {
    const Member* then = member_of(before_->content, member.event_id);
    if (then == nullptr) {
      continue;
    }
    if (then->role != member.role && member.role == MemberRole::retracted) {
      facts.push_back({"retracted", name_of(member) + " was taken back."});
    } else if (then->revision != member.revision) {
      facts.push_back(
          {"revised", name_of(member) + " has a new version (" + then->kind +
                          (then->kind == member.kind ? ")." : " → " + member.kind + ").")});
    }
    if (then->copies != member.copies) {
      facts.push_back({"copies",
                       name_of(member) + " has " + count(member.copies, "copy") + " now, before " +
                           std::to_string(then->copies) + ".",
                       {{"copies", member.copies}}});
    }
  }
}

void Step::say_merges(std::vector<Fact>& facts) const {
  if (now_.content.state == IncidentState::merged) {
    facts.push_back({"merged_into", "It became part of " + called(now_.content.merged_into) + "."});
  }
  for (const IncidentId& id : now_.supersedes) {
    const bool known = before_ != nullptr &&
                       std::find(before_->supersedes.begin(), before_->supersedes.end(), id) !=
                           before_->supersedes.end();
    if (!known) {
      facts.push_back({"supersedes", "It took over " + called(id) + "."});
    }
  }
}

void Step::say_links(std::vector<Fact>& facts) const {
  for (const CaseLink& link : now_.content.links) {
    const bool known = before_ != nullptr &&
                       std::find(before_->content.links.begin(), before_->content.links.end(),
                                 link) != before_->content.links.end();
    if (known) {
      continue;
    }
    const std::string pair = called(link.event_id) + " and " + called(link.other_event_id);
    const std::string why = link.basis == LinkBasis::key      ? key_of_both(link.key)
                            : link.basis == LinkBasis::person ? "are one matter, a person said"
                                                              : "fit too well to be chance";
    facts.push_back({"linked", "Two groups were linked: " + pair + " " + why + "."});
  }
}

// What an operator reads at a glance.
void Step::say_words(std::vector<Fact>& facts) const {
  const IncidentContent& now = now_.content;
  if (before_ == nullptr) {
    facts.push_back({"title",
                     now.title + ", priority " + std::to_string(now.priority) + ".",
                     {{"priority", now.priority}}});
    return;
  }
  const IncidentContent& then = before_->content;
  if (now.title != then.title) {
    facts.push_back({"title", "It is called " + now.title + " now, before " + then.title + "."});
  }
  if (now.priority != then.priority) {
    facts.push_back({"priority",
                     "Its priority went from " + std::to_string(then.priority) + " to " +
                         std::to_string(now.priority) + ".",
                     {{"priority", now.priority}}});
  }
  if (now.witnesses != then.witnesses && now.state != IncidentState::merged) {
    facts.push_back({"witnesses",
                     "It has " + count(now.witnesses, "independent witness") + " now, before " +
                         std::to_string(then.witnesses) + ".",
                     {{"witnesses", now.witnesses}}});
  }
}

// Only when an operator would read another chance.
void Step::say_chance(std::vector<Fact>& facts) const {
  const IncidentContent& now = now_.content;
  if (now.factors.empty()) {
    return;
  }
  const std::string words = chance_words(now.confidence_permille);
  const bool had = before_ != nullptr && !before_->content.factors.empty();
  const std::string then = had ? chance_words(before_->content.confidence_permille) : "";
  if (words != then) {
    facts.push_back({"confidence",
                     "That something real happened is true in " + words + " such cases" +
                         (had ? ", before " + then + "." : "."),
                     {{"confidence_permille", now.confidence_permille}}});
  }
}

void Step::say_place(std::vector<Fact>& facts) const {
  const auto& now = now_.content.place;
  const bool had = before_ != nullptr && before_->content.place;
  if (!now || (had && *before_->content.place == *now) ||
      now_.content.state == IncidentState::merged) {
    return;
  }
  std::string words = had ? "Its place moved by " + metres(moved_m(*before_->content.place, *now))
                          : "It is at " + point(now->lat_e7, now->lon_e7);
  words += ", give or take " + metres(now->radius_m);
  words += had ? " (before " + metres(before_->content.place->radius_m) + ")." : ".";
  facts.push_back({"place", words, {{"radius_m", now->radius_m}}});
}

void Step::say_beliefs(std::vector<Fact>& facts) const {
  for (const WordNote& note : now_.content.words) {
    const bool known = before_ != nullptr &&
                       std::find(before_->content.words.begin(), before_->content.words.end(),
                                 note) != before_->content.words.end();
    const bool caused =
        now_.cause.word && now_.cause.word->id == note.word.id && note.effect == WordEffect::holds;
    if (!known && !caused) {
      facts.push_back(word_fact(note, [this](const EventId& id) { return called(id); }));
    }
  }
  for (const MaybeSame& maybe : now_.content.maybe_same_as) {
    const bool known =
        before_ != nullptr &&
        std::any_of(before_->content.maybe_same_as.begin(), before_->content.maybe_same_as.end(),
                    [&](const MaybeSame& one) { return one.incident_id == maybe.incident_id; });
    if (!known) {
      facts.push_back({"maybe_same_as",
                       "It may be the same as " + called(maybe.incident_id) +
                           ", with a chance of " + percent(maybe.probability_permille) + ".",
                       {{"chance_permille", maybe.probability_permille}}});
    }
  }
}

Section Step::section() const {
  Section section;
  section.kind = "revision";
  section.ids = {{"incident_id", now_.content.id.str()},
                 {"change", std::string(word_of(now_.change))},
                 {"heard", to_rfc3339(micros_of(now_.updated))},
                 {"occurred", to_rfc3339(micros_of(event_time_of()))},
                 {"cause", now_.cause.kind},
                 {"cause_event_id", now_.cause.event_id.str()}};
  section.title = "heard " + to_rfc3339(micros_of(now_.updated));
  if (now_.cause.kind == "event") {
    section.title += ", happened " + to_rfc3339(micros_of(event_time_of()));
  }
  section.title +=
      " · revision " + std::to_string(now_.revision) + " · " + std::string(word_of(now_.change));
  auto& facts = section.facts;
  facts.push_back({"cause",
                   cause(),
                   {{"revision", static_cast<std::int64_t>(now_.revision)},
                    {"epoch", static_cast<std::int64_t>(now_.epoch)}}});
  if (before_ != nullptr && now_.revision != before_->revision + 1) {
    facts.push_back({"gap", "The revisions before it are not kept any more."});
  }
  say_members(facts);
  say_merges(facts);
  say_links(facts);
  say_words(facts);
  say_chance(facts);
  for (Fact& fact : finding_changes(before_, now_)) {
    facts.push_back(std::move(fact));
  }
  say_place(facts);
  say_beliefs(facts);
  if (before_ == nullptr || before_->content.state != now_.content.state) {
    facts.push_back({"state", std::string(meaning_of(now_.content.state))});
  }
  return section;
}

}  // namespace

Page timeline_page(const std::vector<IncidentRevision>& revisions, const Surroundings& around) {
  Page page;
  const IncidentRevision* before = nullptr;
  for (const IncidentRevision& revision : revisions) {
    page.sections.push_back(Step(before, revision, around).section());
    before = &revision;
  }
  return page;
}

}  // namespace fusiond::explain
