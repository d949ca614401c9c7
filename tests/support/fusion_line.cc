#include "tests/support/fusion_line.h"

#include <algorithm>
#include <utility>

#include "daemon/wire/told_wire.h"
#include "tests/support/decoded.h"
#include "tests/support/event_builder.h"

namespace fusiond::support {
namespace {

// Of the fold: those of pattern rules name reports that stand in others, too.
bool is_live(const IncidentRevision& revision) {
  return !revision.content.pattern && revision.content.state != IncidentState::merged &&
         revision.content.state != IncidentState::withdrawn;
}

std::vector<EventId> sorted_ids(const IncidentContent& content) {
  std::vector<EventId> ids;
  ids.reserve(content.members.size());
  for (const Member& member : content.members) {
    ids.push_back(member.event_id);
  }
  ids.insert(ids.end(), content.members_left_out.begin(), content.members_left_out.end());
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

FusionLine::FusionLine(Micros remember, fusion::AssociationConfig association, rules::Bundle bundle)
    : association_(std::move(association)),
      bundle_(std::move(bundle)),
      remember_{remember, 32},
      router_(remember_),
      engine_(config(), writer_) {}

fusion::EngineConfig FusionLine::config() const {
  return {association_, small_priorities(), {}, epoch_, bundle_};
}

const std::vector<IncidentRevision>& FusionLine::say(const Event& record) {
  const Routed routed = router_.take(record);
  last_.clear();
  if (routed.changed) {
    states_[record.id] = *routed.changed;
    consume(decoded(engine_.apply(*routed.changed,
                                  {"event", record.id, record.revision, {}, record.received})));
  }
  return last_;
}

const std::vector<IncidentRevision>& FusionLine::say(const Word& word) {
  consume(decoded(engine_.apply(word, {"word", word.event, 0, {}, word.said, word})));
  words_[word.id] = *engine_.word(word.id);
  return last_;
}

const std::vector<IncidentRevision>& FusionLine::tick(const Tick& tick) {
  consume(decoded(engine_.tick(tick, {"tick", {}, 0, {}, tick.ingest_time})));
  return last_;
}

const std::vector<IncidentRevision>& FusionLine::use(const rules::Bundle& bundle) {
  bundle_ = bundle;
  consume(decoded(engine_.use_rules(bundle_, {"rules", {}, 0, {}, wall_time(kStartUs)})));
  return last_;
}

const std::vector<IncidentRevision>& FusionLine::take(const Step& step) {
  if (step.record) {
    return say(*step.record);
  }
  if (step.tick) {
    return tick(*step.tick);
  }
  if (step.word) {
    return say(*step.word);
  }
  if (step.rules) {
    return use(*step.rules);
  }
  restart();
  last_.clear();
  return last_;
}

void FusionLine::restart() {
  fusion::EngineSnapshot snapshot;
  router_ = route::Router{remember_};
  for (const auto& [id, state] : states_) {
    snapshot.events.push_back(state);
    router_.restore(state);
  }
  for (const auto& [id, revision] : newest_) {
    snapshot.incidents.push_back(wire::told_of(revision));
  }
  snapshot.sources = engine_.sources();
  for (const auto& [id, word] : words_) {
    snapshot.words.push_back(word);
  }
  ++epoch_;
  engine_ = fusion::Engine{config(), writer_};
  engine_.restore(snapshot);
}

std::size_t FusionLine::forget(WallTime reached) {
  const std::vector<IncidentId> gone = engine_.forget(router_.forget(reached));
  for (const EventId& id : engine_.forgotten()) {
    states_.erase(id);
  }
  for (const IncidentId& id : gone) {
    newest_.erase(id);
  }
  return gone.size();
}

void FusionLine::expect(bool holds, const std::string& promise) {
  if (!holds && broken_.empty()) {
    broken_ = promise;
  }
}

std::set<EventId> FusionLine::events_in_incidents() const {
  std::set<EventId> events;
  for (const auto& [id, revision] : newest_) {
    if (!is_live(revision)) {
      continue;
    }
    const std::vector<EventId> ids = sorted_ids(revision.content);
    events.insert(ids.begin(), ids.end());
  }
  return events;
}

void FusionLine::check(const IncidentRevision& revision) {
  const auto last = newest_.find(revision.content.id);
  const bool is_new = last == newest_.end();
  expect(revision.revision == (is_new ? 1 : last->second.revision + 1), "revisions are dense");
  expect(revision.epoch == epoch_, "the epoch is the engine's");
  expect(is_new || !(last->second.content == revision.content) ||
             last->second.supersedes != revision.supersedes,
         "only changes are emitted");
  std::vector<EventId> then = is_new ? std::vector<EventId>{} : sorted_ids(last->second.content);
  const std::vector<EventId> now = sorted_ids(revision.content);
  std::vector<EventId> added;
  std::vector<EventId> removed;
  std::set_difference(now.begin(), now.end(), then.begin(), then.end(), std::back_inserter(added));
  std::set_difference(then.begin(), then.end(), now.begin(), now.end(),
                      std::back_inserter(removed));
  expect(revision.members_added == added && revision.members_removed == removed,
         "added and removed tell the difference");
  const bool merged = revision.content.state == IncidentState::merged;
  expect(merged == (revision.change == IncidentChange::merged), "merged is merged");
  if (!merged) {
    return;
  }
  const auto into = newest_.find(revision.content.merged_into);
  expect(into != newest_.end() && into->second.content.state != IncidentState::merged,
         "the survivor is told before the merged");
  const bool named = into != newest_.end() &&
                     std::binary_search(into->second.supersedes.begin(),
                                        into->second.supersedes.end(), revision.content.id);
  expect(named, "the survivor names what it supersedes");
}

void FusionLine::consume(std::vector<IncidentRevision> revisions) {
  const std::set<EventId> before = events_in_incidents();
  std::vector<std::set<EventId>> during;
  for (const IncidentRevision& revision : revisions) {
    check(revision);
    newest_[revision.content.id] = revision;
    during.push_back(events_in_incidents());
  }
  const std::set<EventId> after = events_in_incidents();
  std::set<EventId> swapped;  // went to an incident that hands others on: then there may be no
                              // order that shows them all the time
  for (const IncidentRevision& revision : revisions) {
    if (!revision.members_removed.empty()) {
      swapped.insert(revision.members_added.begin(), revision.members_added.end());
    }
  }
  for (const auto& moment : during) {
    for (const EventId& id : before) {
      expect(!after.contains(id) || moment.contains(id) || swapped.contains(id),
             "nobody ever sees an event in no incident");
    }
  }
  std::set<EventId> seen;
  for (const auto& [id, revision] : newest_) {
    std::size_t hops = 0;
    for (auto end = newest_.find(id); end != newest_.end() && hops <= newest_.size(); ++hops) {
      if (end->second.content.state != IncidentState::merged) {
        break;
      }
      end = newest_.find(end->second.content.merged_into);  // none: it has been forgotten
    }
    expect(hops <= newest_.size(), "merged-into chains end");
    if (!is_live(revision)) {
      continue;
    }
    for (const EventId& event : sorted_ids(revision.content)) {
      expect(seen.insert(event).second, "an event is in one live incident");
    }
  }
  last_ = std::move(revisions);
}

std::vector<IncidentContent> FusionLine::told() const {
  std::vector<IncidentContent> contents;
  for (const auto& [id, revision] : newest_) {
    if (revision.content.state != IncidentState::merged) {
      contents.push_back(revision.content);
    }
  }
  return contents;
}

}  // namespace fusiond::support
