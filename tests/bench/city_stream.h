// The events of a made-up city, from the CSV that peers/citygen writes (id, kind, source, event and
// ingest time, place, radius, type, payload bytes), as the records that intake would put into the
// log, with the ticks between them.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/model/event.h"
#include "daemon/model/event_state.h"
#include "daemon/ports/bus.h"

namespace fusiond::bench {

// One line of the CSV.
struct CityRow {
  enum class Kind : std::uint8_t { bulk, call, alert } kind = Kind::bulk;
  std::string id;
  std::string device;  // who sent it: an author, a reader, a call taker's desk, a sensor
  std::string type;    // of calls and alerts
  std::uint64_t number = 0;
  std::int64_t occurred_us = 0;
  std::int64_t received_us = 0;
  std::int32_t lat_e7 = 0;
  std::int32_t lon_e7 = 0;
  std::uint32_t radius_m = 0;
  std::size_t payload_bytes = 0;
};

// What comes next: an event, or a tick of all four feeds.
struct Arrival {
  std::optional<Event> event;
  std::optional<Tick> tick;
};

class CityStream {
 public:
  // Ends after `most` events; 0 = with the file.
  CityStream(const std::string& csv, std::string events_topic, std::uint64_t most);

  // The next record, nothing at the end. A tick of all four feeds comes every 10 s of ingest time.
  // Errors: bad_input for a line that is not of citygen's making, unavailable without a file.
  Result<std::optional<ports::OutRecord>> next();
  // The same as values, without words and bytes: for measurements that leave the wire out.
  Result<std::optional<Arrival>> next_arrival();
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::uint64_t ticks() const { return ticks_; }

 private:
  // Reads on until a row waits; false at the end.
  Result<bool> read_row();
  [[nodiscard]] bool tick_is_due() const;
  Tick take_tick();
  CityRow take_row();
  [[nodiscard]] ports::OutRecord event_record(const CityRow& row) const;

  std::string path_;
  std::ifstream file_;
  std::string topic_;
  std::uint64_t most_;
  std::string filler_;
  std::optional<CityRow> waiting_;  // read, and a tick went before it
  std::int64_t next_tick_us_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t ticks_ = 0;
};

}  // namespace fusiond::bench
