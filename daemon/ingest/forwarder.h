// Moves what was accepted from the spool to the log, in order, and drops what the log has
// confirmed. Journey: ingest/intake.cc -> here -> the bus's append
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/base/metrics.h"
#include "daemon/base/mutex.h"
#include "daemon/ingest/task.h"
#include "daemon/ports/bus.h"
#include "daemon/ports/spool.h"

namespace fusiond::ingest {

struct ForwarderConfig {
  std::string dead_letter_topic = "rtcc.deadletter.v1";
  std::uint64_t dead_letter_max_bytes = 256 << 10;
  std::size_t max_in_flight = 4096;
  std::size_t batch = 512;
  std::chrono::milliseconds first_backoff{50};
  std::chrono::milliseconds max_backoff{2000};
  std::chrono::milliseconds stop_wait{3000};  // for what is in flight when stopping
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
  // Sends what it can; false when the log does not take any.
  bool send(const Stop& stop, std::chrono::milliseconds wait);
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
  Gauge& bytes_;
  Gauge& entries_;
  Gauge& stuck_s_;
  std::shared_ptr<Flight> flight_;
  std::uint64_t next_ = 0;                // the first sequence that was not handed to the bus yet
  std::optional<std::uint64_t> to_drop_;  // up to here the log has it, but the spool still holds it
  std::set<std::uint64_t> lettered_;      // entries that were refused and became dead letters
  MonoTime moved_{};  // when the spool was last empty or something was confirmed
  std::chrono::milliseconds backoff_;
  Task task_;
};

}  // namespace fusiond::ingest
