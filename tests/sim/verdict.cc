#include "tests/sim/verdict.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/wire/event_wire.h"
#include "daemon/wire/incident_wire.h"
#include "daemon/wire/records.h"
#include "daemon/wire/rules_wire.h"
#include "daemon/wire/state_wire.h"
#include "daemon/wire/word_wire.h"
#include "tests/property/against_f.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/reference_fold.h"

namespace fusiond::sim {
namespace {

using Newest = std::map<IncidentId, IncidentRevision>;

IncidentRevision revision_of(std::string_view bytes) {
  auto revision = wire::decode_incident(bytes);
  FUSIOND_CHECK(revision.has_value(), "what is published can be read");
  return std::move(*revision);
}

bool is_live(const IncidentRevision& revision) {
  return revision.content.state != IncidentState::merged &&
         revision.content.state != IncidentState::withdrawn;
}

// The consumer's rule: of an id the largest (epoch, revision) counts.
bool counts_over(const IncidentRevision& one, const IncidentRevision& other) {
  return std::pair(one.epoch, one.revision) > std::pair(other.epoch, other.revision);
}

std::string lost_or_overtaken(const Evidence& evidence) {
  std::map<std::string, std::uint64_t> first;  // value → where it stands first
  std::set<std::string> ticks;
  for (const ports::BusRecord& record : evidence.events) {
    first.emplace(*record.value, record.offset);
    if (wire::header_of(record.headers, "ce_type") == wire::kTickType) {
      ticks.insert(*record.value);
    }
  }
  std::uint64_t last = 0;  // of all that was accepted so far
  std::set<std::string> seen;
  for (const std::string& value : evidence.accepted) {
    const auto found = first.find(value);
    if (found == first.end()) {
      return "lost: a delivery that was accepted is not in the log";
    }
    if (ticks.contains(value) && seen.insert(value).second && found->second < last) {
      return "a tick overtook what was accepted before it";
    }
    last = std::max(last, found->second);
  }
  return "";
}

std::string contradiction(const Evidence& evidence) {
  std::map<std::tuple<IncidentId, std::uint64_t, std::uint64_t>, std::string> seen;
  for (const auto* topic : {&evidence.changes, &evidence.incidents}) {
    for (const ports::BusRecord& record : *topic) {
      const IncidentRevision told = revision_of(*record.value);
      const auto [at, is_new] =
          seen.emplace(std::tuple(told.content.id, told.epoch, told.revision), *record.value);
      if (!is_new && at->second != *record.value) {
        return "contradicting: " + told.content.id.str() + " revision " +
               std::to_string(told.revision) + " has two contents";
      }
    }
  }
  return "";
}

// What a dispatch consumer acts on, in the order of the log: no revision of an id twice. Revisions
// that were under way when a process ended may never arrive, but the newest one does, under the
// next epoch (design/0011; other_than_replay).
std::string doubled_revisions(const Evidence& evidence) {
  Newest kept;
  for (const ports::BusRecord& record : evidence.changes) {
    const IncidentRevision told = revision_of(*record.value);
    const IncidentId& id = told.content.id;
    const auto last = kept.find(id);
    if (last != kept.end() && !counts_over(told, last->second)) {
      continue;
    }
    if (last != kept.end() && told.revision <= last->second.revision) {
      return "doubled: " + id.str() + " revision " + std::to_string(told.revision);
    }
    kept.insert_or_assign(id, told);
  }
  return "";
}

Newest newest_of(const std::vector<ports::BusRecord>& records) {
  Newest newest;
  for (const ports::BusRecord& record : records) {
    IncidentRevision told = revision_of(*record.value);
    const auto last = newest.find(told.content.id);
    if (last == newest.end() || counts_over(told, last->second)) {
      newest.insert_or_assign(told.content.id, std::move(told));
    }
  }
  return newest;
}

// One process that never ends reads the log.
struct Replay {
  Newest newest;
  std::vector<SourceClock> clocks;
  std::map<std::uint64_t, RulesOutcome> outcomes;  // by offset
  rules::Bundle bundle;                            // that holds last
};

RulesOutcome outcome_of(std::string_view bytes) {
  auto outcome = wire::decode_rules_outcome(bytes);
  FUSIOND_CHECK(outcome.has_value(), "what is said of a change of rules can be read");
  outcome->told = 0;  // what is told again after a restart counts, too
  return *outcome;
}
Replay replay_of(const Evidence& evidence) {
  test::FakeMetrics metrics;
  pipeline::Step step(evidence.step, pipeline::Restored{}, 1, metrics);
  Replay replay;
  for (const ports::BusRecord& record : evidence.events) {
    const auto output = step.run({record});
    for (const ports::Row& row : output.batch->items) {
      if (row.kind == ports::RowKind::revision) {
        IncidentRevision told = revision_of(output.batch->bytes_of(row));
        const IncidentId id = told.content.id;
        replay.newest.insert_or_assign(id, std::move(told));
      } else if (row.kind == ports::RowKind::record) {
        const auto out = wire::decode_out_record(output.batch->bytes_of(row));
        if (out && out->topic == evidence.step.topics.rules) {
          RulesOutcome outcome = outcome_of(*out->value);
          if (outcome.taken) {
            replay.bundle = *evidence.step.compile(outcome.activation);
          }
          replay.outcomes.emplace(outcome.offset, std::move(outcome));
        }
      }
    }
    const auto meta = wire::decode_shard_meta(output.batch->meta);
    FUSIOND_CHECK(meta.has_value(), "a step's meta can be read");
    replay.clocks = meta->sources;
  }
  return replay;
}

std::string json_of(const Newest& newest, const IncidentId& id) {
  const auto found = newest.find(id);
  return found == newest.end() ? "nothing" : wire::incident_json(found->second);
}

std::string other_than_replay(const Evidence& evidence, const Newest& told, const Replay& replay) {
  const bool holds_back = evidence.step.engine.association.members_listed < 100;
  for (const auto& [id, revision] : told) {
    const auto expected = replay.newest.find(id);
    if (expected == replay.newest.end()) {
      return "phantom: " + id.str() + "\n" + json_of(told, id);
    }
    if (!evidence.same_rules) {
      continue;  // what is over still speaks by the rules of its time
    }
    const bool same = revision.content == expected->second.content;
    // What was told again counts too.
    const bool counted = revision.revision >= expected->second.revision;
    if (!same || (!counted && evidence.one_line && !holds_back)) {
      return "not what a replay gives: " + id.str() + "\n" + json_of(told, id) + "\n" +
             json_of(replay.newest, id);
    }
  }
  for (const auto& [id, revision] : replay.newest) {
    if (!told.contains(id)) {
      return "lost: the incident " + id.str() + "\n" + json_of(replay.newest, id);
    }
  }
  return "";
}

std::string other_outcomes(const Evidence& evidence, const Newest& /*told*/, const Replay& replay) {
  std::map<std::uint64_t, RulesOutcome> said;
  for (const ports::BusRecord& record : evidence.outcomes) {
    RulesOutcome outcome = outcome_of(*record.value);
    const auto [at, is_new] = said.emplace(outcome.offset, outcome);
    if (!is_new && !(at->second == outcome)) {
      return "two things are said of one change of rules, at " + std::to_string(outcome.offset);
    }
  }
  return said == replay.outcomes ? "" : "changes of rules went otherwise than in a replay";
}

std::string other_than_f(const Evidence& evidence, const Newest& told, const Replay& replay) {
  std::vector<Event> events;
  std::vector<Word> words;
  for (const ports::BusRecord& record : evidence.events) {
    const auto type = wire::header_of(record.headers, "ce_type");
    if (type == wire::kEventType) {
      events.push_back(*wire::decode_event(*record.value));
    } else if (type == wire::kWordType) {
      words.push_back(*wire::decode_word(*record.value));
    }
  }
  const auto truth = without_states(
      support::reference_fold(events, words, replay.clocks, evidence.step.engine.association,
                              evidence.step.engine.priorities, replay.bundle));
  std::vector<IncidentContent> live;
  for (const auto& [id, revision] : told) {
    const bool withdrawn_late =
        revision.content.state == IncidentState::withdrawn &&
        std::any_of(truth.begin(), truth.end(), [&](const auto& one) { return one.id == id; });
    if (is_live(revision) || withdrawn_late) {
      live.push_back(revision.content);
    }
  }
  live = without_states(std::move(live));
  return live == truth ? "" : "not what F gives\n" + difference(live, truth);
}

}  // namespace

std::string fault_of(const Evidence& evidence) {
  for (const auto check : {lost_or_overtaken, contradiction}) {
    if (std::string fault = check(evidence); !fault.empty()) {
      return fault;
    }
  }
  if (evidence.one_line) {
    if (std::string fault = doubled_revisions(evidence); !fault.empty()) {
      return fault;
    }
  }
  const Replay replay = replay_of(evidence);
  const Newest told = newest_of(evidence.changes);
  for (const auto check : {other_than_replay, other_outcomes, other_than_f}) {
    if (std::string fault = check(evidence, told, replay); !fault.empty()) {
      return fault;
    }
  }
  const Newest states = newest_of(evidence.incidents);
  const bool same = std::equal(told.begin(), told.end(), states.begin(), states.end(),
                               [](const auto& a, const auto& b) {
                                 return a.first == b.first && a.second.content == b.second.content;
                               });
  return same ? "" : "the topic of states and that of changes end differently";
}

}  // namespace fusiond::sim
