// Moves what was accepted from the spool to the log, in order, and drops what the log has
// confirmed. Journey: ingest/intake.cc -> here -> the bus's append
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/base/metrics.h"
#include "daemon/base/mutex.h"
#include "daemon/ingest/engine_pace.h"
#include "daemon/ingest/task.h"
#include "daemon/ports/bus.h"
#include "daemon/ports/spool.h"

namespace fusiond::ingest {

// Everything of a partition before this offset has been read.
using ReadTo = std::function<std::uint64_t(std::uint32_t partition)>;

struct ForwarderConfig {
  std::string lane = "standard";  // the label of its metrics
  std::string dead_letter_topic = "rtcc.deadletter.v1";
  std::uint64_t dead_letter_max_bytes = 256 << 10;
  std::size_t max_in_flight = 4096;
  std::size_t batch = 512;
  std::chrono::milliseconds first_backoff{50};
  std::chrono::milliseconds max_backoff{2000};
  std::chrono::milliseconds stop_wait{3000};  // for what is in flight when stopping

  // Up to which offset of a partition the engine has read; absent: nothing is held back. While this
  // forwarder's last records, and what is in flight, are more ahead of it than it works off in
  // `ahead`, only floor_per_s go out, so that nothing starves.
  ReadTo read_to = {};
  std::chrono::milliseconds ahead{50};
  std::uint32_t floor_per_s = 64;
};

// Owns one thread. What the log refused for good (too large a record) becomes a dead letter with
// the reason refused_by_bus. Order: a tick goes out alone, after everything before it is confirmed,
// so its promise about earlier records holds whatever is repeated.
class Forwarder {
 public:
  Forwarder(ports::Spool& spool, ports::Bus& bus, const Clock& clock, Metrics& metrics,
            ForwarderConfig config);
  ~Forwarder() { stop(); }
  void start();
  // Waits for what is in flight. What is not confirmed stays in the spool.
  void stop();
  // There is something new. Threads: any.
  void wake();
  // One round of its thread, for who drives it on a thread of his own (tests/sim): sends what it
  // can, waits up to `wait` for answers and for news. How long to stay away before the next.
  std::chrono::milliseconds turn(const Stop& stop, std::chrono::milliseconds wait);

 private:
  struct Flight;  // shared with the callbacks, which may come after the forwarder is gone
  void run(const Stop& stop);
  // held: more may go out once the log's reader has caught up. refused: the log takes nothing.
  enum class Sent : std::uint8_t { all, held, refused };
  Sent send(const Stop& stop, std::chrono::milliseconds wait);
  // How many records may go out now, at most a batch.
  std::size_t allowance();
  bool send_one(const ports::SpoolEntry& entry);
  void refuse(const ports::SpoolEntry& entry, const std::string& why);
  void settle();
  void drop(bool anew);
  std::chrono::milliseconds rewind(std::chrono::milliseconds wait);
  std::chrono::milliseconds back_off();
  void show_gauges();

  ports::Spool& spool_;
  ports::Bus& bus_;
  const Clock& clock_;
  ForwarderConfig config_;
  Counter& sent_;
  Counter& retries_;
  Counter& refused_;
  Counter& held_;
  Gauge& bytes_;
  Gauge& entries_;
  Gauge& stuck_s_;
  std::shared_ptr<Flight> flight_;
  std::uint64_t next_ = 0;                // the first sequence that was not handed to the bus yet
  std::optional<std::uint64_t> to_drop_;  // up to here the log has it, but the spool still holds it
  std::set<std::uint64_t> lettered_;      // entries that were refused and became dead letters
  EnginePace pace_;
  MonoTime floor_from_{};  // of the second whose floor is being used up
  std::size_t floor_used_ = 0;
  MonoTime moved_{};  // when the spool was last empty or something was confirmed
  std::chrono::milliseconds backoff_;
  Task task_;
};

}  // namespace fusiond::ingest
