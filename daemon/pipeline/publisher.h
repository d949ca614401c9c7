// Drains the outbox: takes items in order, makes their records, hands them to the bus, says what
// the bus has confirmed. Journey: state/rocks_store.cc → here → the bus
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/metrics.h"
#include "daemon/pipeline/answers.h"
#include "daemon/pipeline/backoff.h"
#include "daemon/pipeline/pipeline_config.h"
#include "daemon/ports/bus.h"
#include "daemon/ports/state_store.h"
#include "daemon/wire/records.h"

namespace fusiond::pipeline {

struct PublisherParts {
  ports::Bus& bus;
  ports::StateStore& store;
  const Clock& clock;
  Metrics& metrics;
};

// Order: records reach the bus in the order of the outbox; of a revision first the change, then the
// state. When one fails, nothing new is sent until all that is under way has an answer; then
// everything from the first unconfirmed item on is sent again, byte for byte, which consumers drop
// as known. A record that is too large for the bus
// is replaced by a dead letter and counted; no other is ever skipped. Threads: turn() and run() one
// at a time; the others any.
class Publisher {
 public:
  Publisher(PublisherParts parts, PublisherConfig config, Topics topics);

  // Ends the wait of a turn(): a commit put something into the outbox.
  void wake();
  // Items not yet published.
  [[nodiscard]] std::uint64_t waiting() const { return parts_.store.unpublished(); }

  // One round: sends what the window has room for, waits up to `wait` for news, drops what is
  // confirmed. Errors: what stopped it; nothing is lost, the next turn goes on.
  Result<void> turn(std::chrono::milliseconds wait);
  // Turns until it is asked to stop; then waits for what is under way, at most `stop_wait`.
  void run(const std::stop_token& stop);
  [[nodiscard]] bool idle() const { return sent_.empty(); }

 private:
  // A record under way, until those before it are answered too.
  struct Sent {
    std::uint64_t number = 0;  // of its item
    bool last = false;         // of the item's records
    bool answered = false;
    bool failed = false;
  };
  using Held = std::shared_ptr<const ports::StateBatch>;
  Result<void> send();
  Result<void> send_page(const ports::OutboxPage& page);
  Result<void> send_item(const ports::OutboxItem& item, const Held& held);
  Result<void> send_revision(const ports::OutboxItem& item, const Held& held);
  Result<void> send_kept(const ports::OutboxItem& item);
  Result<void> bury(const ports::OutboxItem& item, std::string_view topic, std::string_view key,
                    const Error& error, bool last);
  std::uint64_t note_sent(const ports::OutboxItem& item, bool last);
  Result<void> taken(Result<void> queued);
  Result<void> append(ports::OutRecord record, std::uint64_t ticket);
  void hear(std::chrono::milliseconds wait);
  void note(const Answer& answer);
  Result<void> drop_confirmed();
  void rewind_if_settled();
  void pause(std::chrono::milliseconds time, const std::stop_token& stop);

  PublisherParts parts_;
  PublisherConfig config_;
  Topics topics_;
  std::shared_ptr<Answers> answers_;  // shared with the bus, which may answer after this is gone
  std::vector<Answer> heard_;
  wire::RevisionHeaders headers_;
  std::deque<Sent> sent_;           // in the order of their tickets
  std::uint64_t first_ticket_ = 0;  // of the front of sent_
  std::uint64_t next_ = 0;          // the item to send next
  std::size_t next_part_ = 0;       // and which of its records
  std::size_t under_way_ = 0;       // records without an answer
  std::optional<Error> failure_;    // of a record under way; cleared when it is sent again
  Gauge& waiting_gauge_;
  Counter& published_;
  Counter& retries_;
  Counter& too_large_;
};

}  // namespace fusiond::pipeline
