#include "tests/property/against_f.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "daemon/fusion/earth_grid.h"
#include "tests/support/event_builder.h"
#include "tests/support/reference_fold.h"
#include "tests/support/small_association.h"
#include "tests/support/smallest.h"

namespace fusiond {

using support::FusionLine;
using support::Step;

std::vector<IncidentContent> reference(const std::vector<Event>& records,
                                       const std::vector<Word>& words,
                                       const std::vector<SourceClock>& clocks,
                                       const fusion::AssociationConfig& association,
                                       const rules::Bundle& bundle) {
  return support::reference_fold(records, words, clocks, association, support::small_priorities(),
                                 bundle);
}

// A finding, as short as can be.
std::string words_of(const Finding& finding) {
  std::string text = finding.rule + " state " + std::to_string(static_cast<int>(finding.state)) +
                     " odds " + std::to_string(finding.odds_mn) + " priority " +
                     std::to_string(finding.priority) + " to " + finding.route.to;
  for (const FindingPart& part : finding.parts) {
    text += " | " + part.name + " " + std::to_string(static_cast<int>(part.state)) + " n" +
            std::to_string(part.count) + " " + std::to_string(part.total_mn);
    for (const Miss& miss : part.misses) {
      text += " " + miss.event_id.str().substr(0, 4) + ":" +
              std::to_string(static_cast<int>(miss.limit)) + ":" + std::to_string(miss.by);
    }
  }
  return text;
}

// Which incident differs and in what, so that a failure can be read.
std::string difference(const std::vector<IncidentContent>& engine,
                       const std::vector<IncidentContent>& truth) {
  const auto line_of = [](const IncidentContent& content) {
    std::string text = content.id.str().substr(0, 8) + " state " +
                       std::to_string(static_cast<int>(content.state)) + " family " +
                       content.family;
    if (content.pattern) {
      text += " pattern " + content.pattern->rule + " " + content.pattern->by + " " +
              content.pattern->key + " most " + std::to_string(content.pattern->most);
    }
    for (const Member& member : content.members) {
      text += "\n    " + member.source_event_id + " @" + member.reason.anchor.str().substr(0, 4) +
              " n" + std::to_string(member.copies);
      if (member.reason.terms) {
        const ScoreTerms& t = *member.reason.terms;
        text += " total " + std::to_string(t.total_mn) + " need " + std::to_string(t.need_mn) +
                " kind " + std::to_string(t.kind_mn) + " place " + std::to_string(t.place_mn) +
                " bg " + std::to_string(t.background_n) + " key " + t.key;
      }
      if (member.reason.runner_up) {
        text += " | runner-up " + member.reason.runner_up->anchor.str().substr(0, 4) + " " +
                std::to_string(static_cast<int>(member.reason.runner_up->missed)) + " " +
                std::to_string(member.reason.runner_up->terms.total_mn) + "/" +
                std::to_string(member.reason.runner_up->terms.need_mn);
      }
    }
    for (const CaseLink& link : content.links) {
      text += "\n    link " + link.anchor.str().substr(0, 4) + " to " +
              link.parent_anchor.str().substr(0, 4) + " " + link.key + " basis " +
              std::to_string(static_cast<int>(link.basis)) + " " + link.word.str().substr(0, 4);
    }
    for (const Finding& finding : content.findings) {
      text += "\n    " + words_of(finding);
    }
    for (const Factor& factor : content.factors) {
      text += "\n    factor " + std::to_string(static_cast<int>(factor.factor)) + " " +
              factor.about + " " + std::to_string(factor.total_mn);
    }
    for (const WordNote& note : content.words) {
      text += "\n    word " + note.word.id.str().substr(0, 4) + " kind " +
              std::to_string(static_cast<int>(note.word.kind)) + " effect " +
              std::to_string(static_cast<int>(note.effect));
    }
    for (const IncidentId& id : content.related_to) {
      text += "\n    related " + id.str().substr(0, 8);
    }
    for (const MaybeSame& maybe : content.maybe_same_as) {
      text += "\n    maybe " + maybe.incident_id.str().substr(0, 8) + " " +
              std::to_string(maybe.short_by_mn);
    }
    return text + "\n";
  };
  std::string text;
  for (const IncidentContent& content : engine) {
    if (std::find(truth.begin(), truth.end(), content) == truth.end()) {
      text += "  engine: " + line_of(content);
    }
  }
  for (const IncidentContent& content : truth) {
    if (std::find(engine.begin(), engine.end(), content) == engine.end()) {
      text += "  F:      " + line_of(content);
    }
  }
  return text.empty() ? "the order differs" : text;
}

namespace {

// Every member lies within rho and T of its anchor, by the records that decide.
std::string out_of_bounds(FusionLine& line) {
  const auto config = support::small_association();
  for (const IncidentContent& content : line.engine().incidents()) {
    if (content.late || content.pattern) {
      continue;
    }
    for (const Member& member : content.members) {
      if (member.reason.anchor == member.event_id) {
        continue;
      }
      const auto own = line.states().at(member.event_id).deciding;
      const auto anchor = line.states().at(member.reason.anchor).deciding;
      if (content.state == IncidentState::withdrawn) {
        continue;
      }
      const Micros gap{micros_of(own->occurred) - micros_of(anchor->occurred)};
      const auto here = fusion::to_grid(own->place->lat_e7, own->place->lon_e7);
      const auto there = fusion::to_grid(anchor->place->lat_e7, anchor->place->lon_e7);
      if (gap > config.window || gap < Micros{0} || !within(here, there, config.reach_m)) {
        return member.source_event_id;
      }
    }
  }
  return "";
}

// F knows the clocks as they stand. What was told quiet or closed stays so when C goes back, until
// there is something else to say of the incident.
std::vector<IncidentContent> with_finality(std::vector<IncidentContent> truth,
                                           const std::vector<IncidentContent>& before) {
  for (IncidentContent& now : truth) {
    const auto then = std::find_if(before.begin(), before.end(),
                                   [&](const IncidentContent& one) { return one.id == now.id; });
    if (then == before.end() || now.state >= then->state || then->state > IncidentState::closed) {
      continue;
    }
    IncidentContent kept = now;
    kept.state = then->state;
    if (kept == *then) {
      now = kept;
    }
  }
  return truth;
}

// News of an open and large incident may wait for the next tick, or until it has grown by 1/8.
bool may_wait(const IncidentContent& told, const IncidentContent& now, std::size_t listed) {
  const std::size_t then = told.members_total;
  const std::size_t grown =
      now.members_total < then ? then - now.members_total : now.members_total - then;
  return told.state == IncidentState::open && now.state == IncidentState::open && then > listed &&
         8 * grown < then && told.priority == now.priority && told.family == now.family &&
         told.status == now.status;
}

std::string seconds_of(std::int64_t micros) {
  return std::to_string((micros - support::kStartUs) / 1000000) + "s";
}

// One step in words, as short as can be.
std::string words_of(const Step& step) {
  if (step.tick) {
    std::string text = "tick";
    for (const SourceClock& clock : step.tick->sources) {
      text += " " + clock.source.str() + (clock.up ? "=" : " down=") +
              seconds_of(micros_of(clock.ingest_time));
    }
    return text;
  }
  if (step.word) {
    const Word& word = *step.word;
    const char* kind = word.kind == WordKind::same    ? " same "
                       : word.kind == WordKind::apart ? " apart "
                                                      : " eject ";
    return "word " + word.id.str().substr(0, 8) + " rev " + std::to_string(word.revision) + kind +
           word.event.str().substr(0, 8) + " " + word.other.str().substr(0, 8) + " said " +
           seconds_of(micros_of(word.said)) + (word.retracted ? " RETRACTED" : "");
  }
  if (step.rules) {
    return "other rules: " + std::to_string(step.rules->rules.size());
  }
  if (!step.record) {
    return "restart";
  }
  const Event& e = *step.record;
  std::string text = e.source.str() + "/" + e.source_event_id + " (" + e.id.str().substr(0, 8) +
                     ") rev " + std::to_string(e.revision) + " " + e.kind + " at " +
                     seconds_of(micros_of(e.occurred)) + " heard " +
                     seconds_of(micros_of(e.received));
  if (e.place) {
    text += " place " + std::to_string(e.place->lat_e7) + "," + std::to_string(e.place->lon_e7) +
            " +-" + std::to_string(e.place->radius_cm) + "cm";
  }
  const Keys& keys = e.keys;
  for (const auto& [name, value] :
       {std::pair{"cad", keys.cad_number},
        {"dup_of", keys.duplicate_of},
        {"plate", keys.plate},
        {"caller", keys.caller},
        {"device", keys.device},
        {"by", e.provenance},
        {"copy_of", e.copy_of ? e.copy_of->str().substr(0, 8) : std::string{}}}) {
    text += value.empty() ? "" : " " + std::string(name) + "=" + value;
  }
  text += e.lifecycle == Lifecycle::retract ? " RETRACT" : "";
  text += e.status == Status::actual ? "" : " status " + std::to_string(static_cast<int>(e.status));
  return text;
}

}  // namespace

// The same incidents whatever the clocks have made of their states.
std::vector<IncidentContent> without_states(std::vector<IncidentContent> contents) {
  for (IncidentContent& content : contents) {
    if (content.state != IncidentState::withdrawn) {
      content.state = IncidentState::open;
    }
  }
  return contents;
}

// What a rule that came into force later would have said of a pattern that was over by then, nobody
// was told (design/0017): F, which knows the last rules only, has it.
std::vector<IncidentContent> without_unsaid(std::vector<IncidentContent> truth,
                                            const std::vector<IncidentContent>& engine) {
  std::erase_if(truth, [&](const IncidentContent& content) {
    return content.pattern && content.state == IncidentState::closed &&
           std::none_of(engine.begin(), engine.end(),
                        [&](const IncidentContent& said) { return said.id == content.id; });
  });
  return truth;
}

std::string fault_of(const std::vector<Step>& steps, Compare when,
                     const fusion::AssociationConfig& association, const rules::Bundle& first) {
  rules::Bundle bundle = first;
  FusionLine line{std::chrono::hours{72}, association, bundle};
  std::vector<Event> said;
  std::vector<Word> words;
  std::vector<IncidentContent> before;
  bool switched = false;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string after = "after step " + std::to_string(i + 1) + ": ";
    (void)line.take(steps[i]);
    if (steps[i].record) {
      said.push_back(*steps[i].record);
    }
    if (steps[i].word) {
      words.push_back(*steps[i].word);
    }
    if (steps[i].rules) {
      bundle = *steps[i].rules;
      switched = true;
    }
    if (!line.broken().empty()) {
      return after + "broken promise: " + line.broken();
    }
    if (when == Compare::at_end && i + 1 < steps.size()) {
      continue;
    }
    auto engine = line.engine().incidents();
    for (const IncidentContent& now : engine) {
      const auto told = line.newest().find(now.id);
      if (told != line.newest().end() && !steps[i].tick &&
          may_wait(told->second.content, now, association.members_listed)) {
        continue;
      }
      if (told == line.newest().end() || !(told->second.content == now)) {
        return after + "told otherwise than it is\n" +
               difference({now},
                          {told == line.newest().end() ? IncidentContent{} : told->second.content});
      }
    }
    auto truth =
        with_finality(reference(said, words, line.engine().sources(), association, bundle), before);
    before = truth;
    if (switched) {
      truth = without_unsaid(truth, engine);
    }
    if (when == Compare::at_end) {
      engine = without_states(engine);
      truth = without_states(truth);
    }
    if (engine != truth) {
      return after + "engine and F differ\n" + difference(engine, truth);
    }
    if (const std::string far = out_of_bounds(line); !far.empty()) {
      return after + "beyond rho or T of its anchor: " + far;
    }
  }
  return "";
}

void require_f(const std::vector<Step>& steps, Compare when,
               const fusion::AssociationConfig& association, const rules::Bundle& bundle) {
  if (fault_of(steps, when, association, bundle).empty()) {
    SUCCEED();
    return;
  }
  const std::vector<Step> least = support::smallest(steps, [&](const std::vector<Step>& some) {
    return !fault_of(some, when, association, bundle).empty();
  });
  FAIL("cut down from " << steps.size() << " steps to " << least.size() << ":" << words_of(least)
                        << "\n"
                        << fault_of(least, when, association, bundle));
}

std::string words_of(const std::vector<Step>& steps) {
  std::string text;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    text += "\n  " + std::to_string(i + 1) + ". " + words_of(steps[i]);
  }
  return text;
}

std::vector<IncidentContent> outcome(const std::vector<Step>& steps) {
  FusionLine line;
  for (const Step& step : steps) {
    (void)line.take(step);
  }
  return line.engine().incidents();
}

}  // namespace fusiond
