// One report as routing and fusion see it: the part of proto/fusiond/v1/event.proto that decides or
// is shown. Made by wire/event_wire.cc; a value, valid once built.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/ids.h"
#include "daemon/base/time.h"

namespace fusiond {

// Numbers as in the proto enums of the same names.
enum class SourceKind : std::uint8_t {
  unspecified,
  camera,
  cad,
  alarm,
  acoustic,
  plate,
  social,
  public_alert,
  traffic,
  track,
  operator_
};
enum class Lifecycle : std::uint8_t { unspecified, fresh, update, end, cancel, retract };
enum class Status : std::uint8_t { unspecified, actual, exercise, system, test, draft };
enum class LocationMethod : std::uint8_t {
  unspecified,
  gps,
  cell,
  manual,
  derived,
  geocoded,
  acoustic,
  device_registry,
  zone_centroid,
  text
};

// WGS 84. The truth lies within `radius_cm` with probability `confidence_permille`.
struct Place {
  std::int32_t lat_e7 = 0;
  std::int32_t lon_e7 = 0;
  std::uint32_t radius_cm = 0;
  std::uint16_t confidence_permille = 950;
  LocationMethod method = LocationMethod::unspecified;
  friend bool operator==(const Place&, const Place&) = default;
};

// What two reports may share. Empty = not known.
struct Keys {
  std::string cad_number;  // "<agency>/<number>" so that two agencies' numbers do not meet
  std::string
      duplicate_of;    // a CAD number in the same form that a dispatcher called the same matter
  std::string plate;   // normalised
  std::string caller;  // keyed hash
  std::string device;
  friend bool operator==(const Keys&, const Keys&) = default;
};

struct Event {
  EventId id;
  SourceId source;
  std::string source_event_id;
  std::uint64_t revision = 0;
  SourceKind source_kind = SourceKind::unspecified;
  Lifecycle lifecycle = Lifecycle::fresh;
  Status status = Status::actual;
  std::string kind;  // our kind, a row of the association's type table; "unclassified" when the
                     // native code is unknown
  EventTime occurred;
  WallTime received;   // ingest time, stamped once
  Micros lateness{0};  // the source's allowance
  std::optional<Place> place;
  Keys keys;
  std::optional<EventId> copy_of;  // the root of a re-post, forward or re-send
  std::string provenance;          // one witness each; empty = the event itself
  std::optional<std::uint8_t> priority;
  std::optional<std::uint16_t> confidence_permille;  // the source's own, that it saw what it says
  std::string headline;
  std::string address_text;
  std::vector<std::string> flags;
  std::vector<std::string> plate_lists;  // on which its plate stands, by its source; sorted
  std::uint64_t content_hash = 0;
  friend bool operator==(const Event&, const Event&) = default;
};

// Judged from the record alone: received - occurred <= lateness.
inline bool is_on_time(const Event& event) {
  return micros_of(event.received) - micros_of(event.occurred) <= event.lateness.count();
}

}  // namespace fusiond
