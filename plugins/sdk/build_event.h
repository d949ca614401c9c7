// The parts of an event that every plugin fills in the same way: times, places and their precision,
// flags.
#pragma once

#include <cstdint>
#include <string_view>

#include "fusiond/v1/event.pb.h"
#include "plugins/sdk/civil_time.h"

namespace fusiond::sdk {

void set_timestamp(google::protobuf::Timestamp& out, std::int64_t us);

// Sets times.occurred with its quality, and flags an hour that the zone has twice or not at all.
void set_occurred(v1::Event& event, const CivilInstant& instant);

// Puts a point on the event. Outside the globe or at 0,0 there is no place; a flag says which.
// Returns whether there is one.
bool set_point(v1::Event& event, double lat, double lon);

// Notes that the place is coarse; of several notes the one with the widest radius stays.
void set_precision(v1::Location& location, v1::PrecisionNote note, double radius_m);

// True when both were cut to three decimals or fewer.
[[nodiscard]] bool is_rounded_to_3_decimals(double lat, double lon);

// Adds a flag once.
void add_flag(v1::Event& event, std::string_view flag);

void add_kind_code(v1::Event& event, std::string_view scheme, std::string_view code,
                   std::string_view text);
void add_reference(v1::Event& event, std::string_view source_event_id, v1::Relation relation);

}  // namespace fusiond::sdk
