// Drains the outbox: reads entries in order, hands them to the bus, drops what the bus has
// confirmed. Journey: state/rocks_store.cc → here → the bus
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "daemon/base/bounded_queue.h"
#include "daemon/base/clock.h"
#include "daemon/base/metrics.h"
#include "daemon/pipeline/backoff.h"
#include "daemon/pipeline/pipeline_config.h"
#include "daemon/ports/bus.h"
#include "daemon/ports/state_store.h"

namespace fusiond::pipeline {

struct PublisherParts {
  ports::Bus& bus;
  ports::StateStore& store;
  const Clock& clock;
  Metrics& metrics;
};

// Order: records reach the bus in the order of the outbox. When one fails, nothing new is sent
// until all that is under way has an answer; then everything from the first unconfirmed entry on is
// sent again, byte for byte, which consumers drop as known. An entry that is too large for the bus
// is replaced by a dead letter and counted; no other is ever skipped. Threads: turn() and run() one
// at a time; the others any.
class Publisher {
 public:
  // `waiting` = entries in the outbox now; `dead_letters` = the topic for entries that are too
  // large.
  Publisher(PublisherParts parts, PublisherConfig config, std::string dead_letters,
            std::uint64_t waiting);

  // Ends the wait of a turn().
  void wake();
  // Says that a commit put `entries` into the outbox, and wakes.
  void added(std::uint64_t entries);
  // Entries not yet published.
  [[nodiscard]] std::uint64_t waiting() const;

  // One round: sends what the window has room for, waits up to `wait` for news, drops what is
  // confirmed. Errors: what stopped it; nothing is lost, the next turn goes on.
  Result<void> turn(std::chrono::milliseconds wait);
  // Turns until it is asked to stop; then waits for what is under way, at most `stop_wait`.
  void run(const std::stop_token& stop);
  [[nodiscard]] bool idle() const { return in_flight_.empty(); }

 private:
  enum class Outcome : std::uint8_t { waiting, confirmed, failed };
  struct InFlight {
    std::uint64_t sequence = 0;
    Outcome outcome = Outcome::waiting;
  };
  struct Notice {
    std::uint64_t sequence = 0;  // 0: wake up
    std::optional<Error> error;
  };
  Result<void> send();
  Result<void> send_one(const ports::OutboxEntry& entry);
  Result<void> append(ports::OutRecord record, std::uint64_t sequence);
  void hear(std::chrono::milliseconds wait);
  void note(const Notice& notice);
  Result<void> drop_confirmed();
  void rewind_if_settled();
  void pause(std::chrono::milliseconds time, const std::stop_token& stop);

  PublisherParts parts_;
  PublisherConfig config_;
  std::string dead_letters_;
  std::shared_ptr<BoundedQueue<Notice>>
      notices_;  // shared with callbacks that the bus may call after this is gone
  std::atomic<bool> woken_{false};
  std::atomic<std::int64_t> waiting_;
  std::deque<InFlight> in_flight_;  // by rising sequence
  std::uint64_t next_ = 0;          // sequence to read the outbox from
  std::optional<Error> failure_;    // of an entry under way; cleared when it is sent again
  Gauge& waiting_gauge_;
  Counter& published_;
  Counter& retries_;
  Counter& too_large_;
};

}  // namespace fusiond::pipeline
