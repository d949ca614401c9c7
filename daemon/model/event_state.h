// All that is known of one event id: the part of the state map of design/0005, 1 that belongs to
// one key, and the journal's row.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/model/event.h"

namespace fusiond {

// A record as the parts of a shard hold it: the router, the engine and what waits to be saved share
// one copy that nobody changes. Reads like an optional Event; equal when the events are.
class EventRef {
 public:
  EventRef() = default;
  EventRef(Event event)
      : event_(std::make_shared<const Event>(std::move(event))) {}  // NOLINT: a value like any
  [[nodiscard]] bool has_value() const { return event_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  // Requires: has_value().
  const Event& operator*() const { return *event_; }
  const Event* operator->() const { return event_.get(); }
  friend bool operator==(const EventRef& a, const EventRef& b) {
    return a.event_ == b.event_ || (a && b && *a == *b);
  }

 private:
  std::shared_ptr<const Event> event_;  // shared: no part of a shard outlives all others
};

// Lateness is judged record by record. What groups is the newest record that was on time; what is
// shown is the newest record of all. A record that comes later than the allowance is an amendment:
// it changes words, status and priority, not the grouping. An id of which no record was on time is
// late: it opens an incident of its own. A content (content_hash) that was said several times
// counts once, at its lowest revision (on time before late): a poll that repeats a row says nothing
// new. `others` are the contents that are neither deciding nor shown; they decide again when a
// lower revision of a newer content turns up (route/README.md). Everything is a function of the set
// of records, so the order cannot matter.
struct EventState {
  EventRef deciding;               // highest revision among the records on time
  EventRef shown;                  // highest revision of all; absent when it is the deciding one
  std::vector<EventRef> others{};  // by revision, bounded by the router's config
  [[nodiscard]] bool late() const { return !deciding.has_value(); }
  // Requires: it holds a record.
  [[nodiscard]] const Event& newest() const { return shown ? *shown : *deciding; }
  [[nodiscard]] const EventId& id() const { return newest().id; }
  friend bool operator==(const EventState&, const EventState&) = default;
};

// What a record did to its id.
enum class Verdict : std::uint8_t {
  admitted,   // a new id, or a newer on-time revision with new content
  amended,    // newer content after the allowance: shown, not regrouped
  late,       // a new id after the allowance: an incident of its own
  repeat,     // content that is known already
  stale,      // an older revision than the one held
  forgotten,  // so old that it cannot be told from a repeat of something dropped; goes to the dead
              // letters
};

struct Routed {
  Verdict verdict = Verdict::repeat;
  std::optional<EventState> changed;  // the id's new state, when anything changed
  bool conflict = false;              // the same revision came with different content; counted
};

// The ingest clock of a source that has come to its end (a recorded file): nothing more will come,
// so it holds the closing clock back no longer. The last second of the year 9999.
constexpr WallTime kEndOfTime{Micros{253'402'300'799'000'000}};

// What a source's ingest clock has reached, from tick records. design/0005, 5.
struct SourceClock {
  SourceId source;
  bool up = true;
  WallTime ingest_time;
  Micros lateness{0};
  // How far it was heard while it was up: the largest ingest time. Not of a tick.
  WallTime heard_to = WallTime::min();
  friend bool operator==(const SourceClock&, const SourceClock&) = default;
};
struct Tick {
  WallTime ingest_time;
  std::vector<SourceClock> sources;
};

}  // namespace fusiond
