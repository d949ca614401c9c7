// What the model asks of an event's message, as it stands there: views into it, nothing judged yet.
// Inside daemon/wire only. Two read it: event_reader.h from bytes that are as they mostly are,
// event_wire.cc from protobuf's own message whatever they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace fusiond::v1 {
class Location;
}

namespace fusiond::wire {

struct EventFields {
  struct Time {
    std::int64_t seconds = 0;
    std::int32_t nanos = 0;
  };
  struct Reference {
    std::string_view source;
    std::string_view source_event_id;
    std::string_view event_id;
    int relation = 0;
  };
  struct Plate {
    std::string_view normalised;
    std::string_view raw;
  };

  std::string_view event_id;
  std::string_view source;
  std::string_view source_event_id;
  std::uint64_t revision = 0;
  int source_kind = 0;
  int lifecycle = 0;
  int status = 0;
  std::optional<std::string_view> kind;  // the first code of scheme "fusiond"
  std::optional<std::uint32_t> priority;
  std::optional<double> confidence;
  std::optional<Time> occurred;
  std::optional<Time> received;
  std::int64_t lateness_us = 0;
  const v1::Location* location = nullptr;  // its shape and what belongs to that; none without one
  std::string_view address_text;
  std::string_view device_ref;
  std::string_view provenance;
  std::uint64_t content_hash = 0;
  std::vector<Reference> references;
  std::vector<std::string_view> flags;
  std::vector<std::string_view> lists;       // of plates: its own, then those of the read's hits
  std::vector<Plate> plates;                 // the read's, then those of vehicles
  std::string_view device;                   // the first one that has an id
  std::optional<std::string_view> headline;  // of the first text
  // Of the payload.
  std::string_view payload_headline;
  std::string_view local_device;  // a device's name that only its source knows
  std::string_view agency;
  std::string_view cad_number;
  std::string_view caller_hash;
};

inline std::string_view first_filled(std::string_view a, std::string_view b) {
  return a.empty() ? b : a;
}

}  // namespace fusiond::wire
