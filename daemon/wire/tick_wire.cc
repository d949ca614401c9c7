#include "daemon/wire/tick_wire.h"

#include "daemon/wire/fields.h"
#include "fusiond/v1/internal.pb.h"

namespace fusiond::wire {

Result<SourceClock> source_clock_from(const v1::Tick_Source& message) {
  if (message.source().empty()) {
    return bad_field("sources.source", "is missing");
  }
  const auto state =
      enum_from(static_cast<int>(message.state()), v1::SOURCE_STATE_DEGRADED, "sources.state");
  if (!state) {
    return fail(state.error());
  }
  if (message.lateness_us() < 0) {
    return bad_field("sources.lateness_us",
                     "must not be negative, got: " + std::to_string(message.lateness_us()));
  }
  return SourceClock{
      SourceId{message.source()}, *state != v1::SOURCE_STATE_DOWN,
      wall_time(message.ingest_time_us()), Micros{message.lateness_us()},
      message.has_heard_to_us() ? wall_time(message.heard_to_us()) : WallTime::min()};
}

void write_source_clock(const SourceClock& clock, v1::Tick_Source& out) {
  out.set_source(clock.source.str());
  out.set_state(clock.up ? v1::SOURCE_STATE_UP : v1::SOURCE_STATE_DOWN);
  out.set_ingest_time_us(micros_of(clock.ingest_time));
  out.set_lateness_us(clock.lateness.count());
  if (clock.heard_to > WallTime::min()) {
    out.set_heard_to_us(micros_of(clock.heard_to));
  }
}

Result<Tick> decode_tick(std::string_view bytes) {
  v1::Tick message;
  if (auto good = parse_into(message, bytes, "tick"); !good) {
    return fail(good.error());
  }
  if (message.ingest_time_us() <= 0) {
    return bad_field("ingest_time_us", "is missing");
  }
  Tick tick{wall_time(message.ingest_time_us()), {}};
  for (const auto& row : message.sources()) {
    auto clock = source_clock_from(row);
    if (!clock) {
      return fail(clock.error());
    }
    tick.sources.push_back(std::move(*clock));
  }
  return tick;
}

std::string encode_tick(const Tick& tick) {
  v1::Tick message;
  message.set_ingest_time_us(micros_of(tick.ingest_time));
  for (const SourceClock& clock : tick.sources) {
    write_source_clock(clock, *message.add_sources());
  }
  return bytes_of(message);
}

}  // namespace fusiond::wire
