// Random values of the model for property tests: valid, full of optional parts, replayed by a seed.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/model/event_state.h"
#include "daemon/model/incident.h"
#include "tests/support/random_findings.h"

namespace fusiond::test {

class RandomModel : public RandomFindings {
 public:
  using RandomFindings::RandomFindings;
  Event event() {
    Event e;
    e.source = SourceId{"cad/" + std::to_string(below(5))};
    e.source_event_id = "n" + std::to_string(below(1000));
    e.id = event_id_of(e.source, e.source_event_id);
    e.revision = 1 + below(1ULL << 60U);
    e.source_kind = word(SourceKind::operator_);
    e.lifecycle = word(Lifecycle::retract);
    e.status = word(Status::draft);
    e.kind = "gunfire";
    e.occurred = event_time(number(-1'000'000'000, 1'700'000'000'000'000));
    e.received = wall_time(number(1'600'000'000'000'000, 1'700'000'000'000'000));
    e.lateness = Micros{number(0, 3'600'000'000)};
    if (often()) {
      e.place = place();
    }
    if (often()) {
      e.keys.cad_number = "OPD/" + std::to_string(below(10)) + (often() ? "" : "/7");
    }
    if (often()) {
      e.keys.duplicate_of = "/LOP" + std::to_string(below(10));
      e.keys.duplicate_of.insert(0, "OPD");
    }
    if (often()) {
      e.keys.plate = "7ABC" + std::to_string(below(999));
    }
    if (often()) {
      e.keys.caller = "c" + std::to_string(below(99));
    }
    if (often()) {
      e.keys.device = "mic " + std::to_string(below(99));
    }
    if (!often()) {
      e.copy_of = event_id();
    }
    e.provenance = text();
    if (often()) {
      e.priority = static_cast<std::uint8_t>(below(11));
    }
    if (often()) {
      e.confidence_permille = static_cast<std::uint16_t>(below(1001));
    }
    e.headline = text();
    e.address_text = text();
    e.flags = several<std::string>([this] { return text(); });
    if (often()) {
      e.plate_lists = {"felony-vehicle", "stolen-vehicle"};
    }
    e.content_hash = engine_();
    return e;
  }

  EventState event_state() {
    EventState state;
    if (often()) {
      state.deciding = event();
    }
    if (!state.deciding || often()) {
      state.shown = event();
    }
    state.others = several<EventRef>([this] { return EventRef(event()); });
    return state;
  }

  ScoreTerms terms() {
    const auto mn = [this] { return number(-50'000'000, 50'000'000); };
    return {mn(),
            mn(),
            mn(),
            mn(),
            mn(),
            mn(),
            mn(),
            static_cast<std::uint32_t>(below(5000)),
            static_cast<std::uint32_t>(below(500)),
            Micros{number(-9, 900'000'000)},
            static_cast<std::uint32_t>(below(100)),
            text()};
  }

  Member member() {
    Member m;
    m.event_id = event_id();
    m.source = SourceId{text()};
    m.source_event_id = text();
    m.source_kind = word(SourceKind::operator_);
    m.revision = engine_();
    m.deciding_revision = engine_();
    m.kind = text();
    m.family = text();
    m.headline = text();
    m.address_text = text();
    m.occurred = event_time(number(-9, 1'700'000'000'000'000));
    m.received = wall_time(number(-9, 1'700'000'000'000'000));
    m.first_received = often() ? m.received : wall_time(number(1, 1'700'000'000'000'000));
    if (often()) {
      m.place = place();
    }
    m.role = word(MemberRole::retracted);
    m.reason.anchor = event_id();
    if (often()) {
      m.reason.terms = terms();
    }
    if (often()) {
      m.reason.runner_up = Candidate{event_id(), terms(), word(Gate::person)};
    }
    m.reason.prior_members = several<EventId>([this] { return event_id(); });
    m.copies = static_cast<std::uint32_t>(below(500));
    m.flags = several<std::string>([this] { return text(); });
    m.lifecycle = word(Lifecycle::retract);
    if (!often()) {
      m.deciding = DecidingFacts{word(SourceKind::operator_), text(),
                                 often() ? std::optional(place()) : std::nullopt};
    }
    m.keys = {text(), text(), text(), text(), text()};
    m.lateness = Micros{number(0, 900'000'000)};
    m.plate_lists = several<std::string>([this] { return text(); });
    m.witness = static_cast<std::uint32_t>(below(50));
    if (often()) {
      m.stated_priority = static_cast<std::uint8_t>(below(11));
      m.confidence_permille = static_cast<std::uint16_t>(below(1001));
    }
    return m;
  }

  CaseLink link() {
    CaseLink l{event_id(),
               event_id(),
               word(LinkBasis::person),
               event_id(),
               event_id(),
               text(),
               Micros{number(-9, 900'000'000)},
               static_cast<std::uint32_t>(below(5000)),
               std::nullopt};
    if (often()) {
      l.terms = terms();
    }
    if (!often()) {
      l.word = a_word().id;
    }
    return l;
  }

  // A person's word that may stand in the log.
  Word a_word() {
    Word w;
    w.id = WordId{event_id().str()};
    w.revision = 1 + below(1ULL << 60U);
    w.kind = word(WordKind::eject);
    w.event = event_id();
    if (w.kind != WordKind::eject) {
      do {
        w.other = event_id();
      } while (w.other == w.event);
    }
    w.author = "Dispatcher " + std::to_string(below(99));
    w.reason = often() ? "the same caller" : "交通 \"ünter\" " + std::to_string(below(99));
    w.said = wall_time(number(1, 1'700'000'000'000'000));
    w.retracted = !often();
    if (w.retracted && !often()) {
      w.kind = WordKind::unspecified;
      w.event = w.other = EventId{};
    }
    return w;
  }

  IncidentContent content() {
    IncidentContent c;
    c.id = incident_id();
    c.state = word(IncidentState::withdrawn);
    if (!often()) {
      c.merged_into = incident_id();
    }
    c.related_to = several<IncidentId>([this] { return incident_id(); });
    c.maybe_same_as = several<MaybeSame>([this] {
      return MaybeSame{incident_id(), static_cast<std::uint32_t>(below(1000)), number(0, 2000)};
    });
    c.family = text();
    c.type = text();
    c.title = text();
    c.priority = static_cast<std::uint8_t>(below(11));
    c.status = word(Status::draft);
    if (often()) {
      c.place = Estimate{static_cast<std::int32_t>(number(-9, 9)),
                         static_cast<std::int32_t>(number(-9, 9)), 5};
    }
    c.address_text = text();
    c.first_occurred = event_time(number(-9, 1'700'000'000'000'000));
    c.last_occurred = event_time(number(-9, 1'700'000'000'000'000));
    c.late = often();
    c.witnesses = static_cast<std::uint32_t>(below(99));
    c.odds_mn = number(-5300, 5300);
    c.confidence_permille = static_cast<std::uint32_t>(below(1001));
    c.factors = several<Factor>([this] { return factor(); });
    c.members = several<Member>([this] { return member(); });
    c.members_left_out = several<EventId>([this] { return event_id(); });
    c.links = several<CaseLink>([this] { return link(); });
    c.words = several<WordNote>([this] { return WordNote{a_word(), word(WordEffect::overruled)}; });
    c.findings = several<Finding>([this] { return finding(); });
    c.words_total = static_cast<std::uint32_t>(c.words.size() + below(3));
    if (!often()) {
      c.pattern = PatternOf{text(), text(), text(), Micros{number(0, 1'000'000'000)},
                            static_cast<std::uint32_t>(below(99))};
    }
    return c;
  }

  IncidentRevision revision() {
    IncidentRevision r;
    r.content = content();
    r.epoch = engine_();
    r.revision = 1 + below(1000);
    r.change = word(IncidentChange::reopened);
    r.cause = {text(),
               event_id(),
               engine_(),
               {static_cast<std::uint32_t>(below(64)), engine_()},
               wall_time(number(-9, 1'700'000'000'000'000))};
    if (!often()) {
      r.cause.word = a_word();
    }
    r.supersedes = several<IncidentId>([this] { return incident_id(); });
    r.members_added = several<EventId>([this] { return event_id(); });
    r.members_removed = several<EventId>([this] { return event_id(); });
    r.findings_ended = several<std::string>([this] { return text(); });
    r.versions = {text(), text(), text()};
    r.opened = wall_time(number(-9, 1'700'000'000'000'000));
    r.updated = wall_time(number(-9, 1'700'000'000'000'000));
    return r;
  }
};

}  // namespace fusiond::test
