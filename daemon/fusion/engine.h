// Step 2: the event-time fold (design/0005). Takes changed event states in, answers with
// the incident revisions to emit. Journey: route/router.cc -> here -> state/rocks_store.cc
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "daemon/fusion/area_rows.h"
#include "daemon/fusion/association_config.h"
#include "daemon/fusion/rule_tally.h"
#include "daemon/fusion/standing.h"
#include "daemon/model/event_state.h"
#include "daemon/model/incident.h"
#include "daemon/model/incident_writer.h"
#include "daemon/model/word.h"
#include "daemon/rules/bundle.h"
#include "daemon/rules/priority_table.h"

namespace fusiond::fusion {

struct EngineConfig {
  AssociationConfig association;
  rules::PriorityTable priorities;
  Versions versions;
  std::uint64_t epoch = 1;
  rules::Bundle bundle{};
  Seat seat{};
};

// How far off, in metres, events may be that a decision with all its reasons depends on: members of
// an episode of which one is within reach (design/0013).
[[nodiscard]] inline std::uint32_t near_m(const AssociationConfig& config) {
  return std::max(3 * config.reach_m, config.background_reach_m);
}

// What a restart gives back: the same engine as if it had never stopped.
struct EngineSnapshot {
  std::vector<EventState> events;
  std::vector<ToldIncident> incidents;  // as last told
  std::vector<SourceClock> sources;
  std::vector<Word> words{};
  AreaRows areas{};  // this and the next where there are several shards
  Sequences sequences{};
};

// Pure: no clock, I/O, thread or randomness. After any sequence of calls the incidents equal F of
// the set of records (tests/support/reference_fold.h).
class Engine {
 public:
  // `writer` turns incidents into records (wire/incident_bytes.h) and outlives the engine.
  Engine(EngineConfig config, const IncidentWriter& writer);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  // Requires: nothing was applied yet. Emits nothing; differences between what the events give and
  // what was told, and what is not confirmed, come out with the next call.
  void restore(const EngineSnapshot& snapshot);
  // That call, when nothing else has happened.
  std::span<const IncidentRecord> resume(const Cause& cause);

  // One id's new state. Records in the order they must be published: a survivor's update before
  // the `merged` of what it took over; they stand until the next call.
  std::span<const IncidentRecord> apply(EventState state, const Cause& cause);
  // What a person says or takes back; nothing happens when another record of the word holds.
  std::span<const IncidentRecord> apply(const Word& word, const Cause& cause);
  // Other rules hold from now on: every incident that is remembered and that the old or the new
  // ones read is looked at anew. The same as if the new ones had always held, but for what was
  // told.
  std::span<const IncidentRecord> use_rules(rules::Bundle bundle, const Cause& cause);
  // Time passed: may turn incidents quiet or closed.
  std::span<const IncidentRecord> tick(const Tick& tick, const Cause& cause);

  // Several shards (design/0013): an event belongs to the one that owns its area. It came, or says
  // something else; it went to another shard; another shard has news. The caller sees to it that
  // what take_news() gives reaches whom it is for at least once, in order between each two.
  std::span<const IncidentRecord> enter(EventState state, Surroundings around, const Cause& cause);
  std::span<const IncidentRecord> leave(const EventId& id, Owner to, const Cause& cause);
  std::span<const IncidentRecord> hear(const AreaNews& news, const Cause& cause);
  [[nodiscard]] std::vector<AreaNews> take_news();
  // What must be kept across a restart beside the states of its own events and what was told: the
  // rows that are other ones than at the last call. And how far the news has got. A restart tells
  // everything again: with resume(), the caller sees to that news like to any other.
  [[nodiscard]] AreaRows take_rows();
  [[nodiscard]] Sequences sequences() const;

  // Event ids (as the router forgets them) that need no memory any more, and the incidents that
  // went with them. An event stays as long as anything of its incident is remembered or not over.
  // Of other shards' events it keeps none either of which nothing was heard since `horizon`, where
  // it is in no incident that is needed.
  [[nodiscard]] std::vector<IncidentId> forget(const std::vector<EventId>& ids,
                                               WallTime horizon = WallTime::min());
  // How many event ids it knows something of, other shards' too.
  [[nodiscard]] std::size_t size() const;
  // The events that the last forget() dropped: their journal rows may go, and no others.
  [[nodiscard]] const std::vector<EventId>& forgotten() const;

  // The record that holds of a word, for the journal; none when there is none.
  [[nodiscard]] const Word* word(const WordId& id) const;
  // Drops the words said before `horizon` of which no event is remembered; which they were.
  [[nodiscard]] std::vector<WordId> forget_words(WallTime horizon);

  // What has been counted since the start.
  struct Stats {
    std::uint64_t decided = 0;    // events, each time that one was decided
    std::uint64_t crowded = 0;    // of those, the ones that met a crowd bound (association.yaml)
    std::uint64_t held_back = 0;  // times that news of a large incident waited
    std::uint64_t left_out = 0;   // members that records only name
  };
  [[nodiscard]] Stats stats() const;
  // Of each live rule, what it has done since the start or since it came.
  [[nodiscard]] const RuleTally::Counts& rule_counts() const;

  [[nodiscard]] const std::vector<SourceClock>& sources() const;
  // The contents of all incidents that are not merged away, sorted by id: what tests compare with
  // F.
  [[nodiscard]] std::vector<IncidentContent> incidents() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fusiond::fusion
