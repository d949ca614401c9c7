// What intake asks of an event's times, place and kind, and what it fills in. Pure. Used by
// intake.cc alone, tested through it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/time.h"
#include "daemon/ingest/clock_watch.h"
#include "daemon/ingest/ingest_config.h"
#include "daemon/ingest/kind_table.h"
#include "fusiond/v1/event.pb.h"

namespace fusiond::ingest {

// Why an event is not admitted.
struct Refusal {
  std::string_view reason;
  std::string detail;
};

struct TimeLimits {
  Micros skew{0};
  Micros max_future{0};
};

// The latest time that a report names as past, when its clock may be judged by it: not one that
// somebody claimed or that was rounded.
std::optional<WallTime> stamp_of(const v1::Event& event);

// Adds a flag, once.
void add_flag(v1::Event& event, std::string_view flag);

// Stamps times.received and adds the clock's offset to the source's own times. A missing occurred
// becomes the receive time, and so does one that nobody can believe (before 1990, or max_future or
// more ahead): the time is refused, not the event. One later than receive time + skew is clamped to
// it. Of the other times those that cannot be are dropped. What the source said stays as claimed.
void check_times(v1::Event& event, WallTime received, const TimeLimits& limits,
                 const ClockEstimate& clock);

// Takes the place from the device registry when the event names a device and no place; fills radius
// and confidence level; refuses coordinates that are none, and the poles (beyond 85.05 degrees,
// where a web map ends). 0/0 is no place.
std::optional<Refusal> check_place(v1::Event& event, const IngestConfig& config);

// Drops scores and priorities that cannot be, fills defaults, refuses words (enum numbers) that
// this version does not know.
std::optional<Refusal> check_words(v1::Event& event);

// Sets our kind. Returns the native "<scheme>:<code>" when the table does not know it.
std::optional<std::string> set_kind(v1::Event& event, const KindTable& kinds,
                                    const std::string& default_kind);

// Who the information comes from, when the plugin does not say: a caller, an author, a device. Else
// the event itself (empty).
void set_provenance(v1::Event& event);

}  // namespace fusiond::ingest
