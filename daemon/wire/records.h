// Records as they stand on the topics: key, value and CloudEvents headers (Kafka binding, binary
// mode).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
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

// What the headers of a revision's records say.
struct RevisionStamp {
  IncidentId id;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  WallTime updated;
};
// Key and headers of a revision's record, without copies; used again for the next one. Key =
// incident id, ce_id = "<incident id>/<epoch>/<revision>"; the value is what encode_incident makes
// of it.
class RevisionHeaders {
 public:
  void set(const RevisionStamp& stamp);
  // Good until the next set().
  [[nodiscard]] std::string_view key() const { return id_; }
  [[nodiscard]] std::span<const ports::HeaderView> headers() const { return headers_; }

 private:
  std::string id_;
  std::string ce_id_;
  std::string time_;
  std::string sequence_;
  std::array<ports::HeaderView, 8> headers_;
};

// Key: the source. Requires: sealed.
ports::OutRecord dead_letter_record(const std::string& topic, const DeadLetter& letter);

}  // namespace fusiond::wire
