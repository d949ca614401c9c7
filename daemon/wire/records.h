// Records as they stand on the topics: key, value and CloudEvents headers (Kafka binding, binary
// mode).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/model/event.h"
#include "daemon/model/event_state.h"
#include "daemon/model/incident.h"
#include "daemon/model/word.h"
#include "daemon/ports/bus.h"
#include "daemon/wire/deadletter_wire.h"

namespace fusiond::wire {

// ce_type tells the records of a topic apart.
inline constexpr std::string_view kEventType = "fusiond.event.v1";
inline constexpr std::string_view kTickType = "fusiond.tick.v1";
inline constexpr std::string_view kWordType = "fusiond.word.v1";
inline constexpr std::string_view kIncidentType = "fusiond.incident.v1";
inline constexpr std::string_view kDeadLetterType = "fusiond.deadletter.v1";

// ce_source of what fusiond itself says; an event's is its own source.
inline constexpr std::string_view kOwnSource = "/fusiond";

// The value of a header, nothing when it is not there.
std::optional<std::string_view> header_of(const ports::Headers& headers, std::string_view name);

// `bytes` is the v1.Event as intake finished it, `event` what event_from made of it. Key: the event
// id, of a copy its root's.
ports::OutRecord event_record(const std::string& topic, const Event& event, std::string bytes);

// Key: the word's id, so that a retraction follows what it retracts.
ports::OutRecord word_record(const std::string& topic, const Word& word);

// A tick goes to every partition of the events topic.
ports::OutRecord tick_record(const std::string& topic, std::uint32_t partition, const Tick& tick);

struct IncidentTopics {
  std::string incidents;  // compacted: the latest state per incident
  std::string changes;    // every revision
};
// What the headers of a revision's records say.
struct RevisionStamp {
  IncidentId id;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  WallTime updated;
};
// The change first, then the state: both the full state, the same bytes, key = incident id, ce_id =
// "<incident id>/<epoch>/<revision>". `bytes` is what encode_incident made of it.
std::array<ports::OutRecord, 2> incident_records(const IncidentTopics& topics,
                                                 const RevisionStamp& stamp,
                                                 std::string_view bytes);

// Key: the source. Requires: sealed.
ports::OutRecord dead_letter_record(const std::string& topic, const DeadLetter& letter);

}  // namespace fusiond::wire
