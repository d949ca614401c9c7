#include "daemon/pipeline/publisher.h"

#include <algorithm>
#include <utility>

#include "daemon/base/log.h"
#include "daemon/wire/deadletter_wire.h"
#include "daemon/wire/records.h"

namespace fusiond::pipeline {
namespace {

constexpr std::chrono::milliseconds kIdleWait{500};  // a lost wake-up costs at most this
constexpr std::chrono::milliseconds kSlice{50};      // how soon a pause notices a stop
constexpr std::size_t kTooLargeBytes = 64ULL
                                       << 10U;  // of a too large record that its dead letter keeps

}  // namespace

Publisher::Publisher(PublisherParts parts, PublisherConfig config, std::string dead_letters,
                     std::uint64_t waiting)
    : parts_(parts),
      config_(config),
      dead_letters_(std::move(dead_letters)),
      // Room for an answer to all that is under way and one wake-up: no writer ever waits.
      notices_(std::make_shared<BoundedQueue<Notice>>(config.window + 2, WhenFull::wait)),
      waiting_(static_cast<std::int64_t>(waiting)),
      waiting_gauge_(parts.metrics.gauge("fusiond_outbox_entries",
                                         "Records in the outbox, waiting to be published")),
      published_(parts.metrics.counter("fusiond_published_total",
                                       "Records of the outbox that the bus has confirmed")),
      retries_(parts.metrics.counter("fusiond_publish_retries_total",
                                     "Times the bus refused or lost a record of the outbox")),
      too_large_(parts.metrics.counter(
          "fusiond_publish_too_large_total",
          "Records that the bus will never take; each became a dead letter")) {
  waiting_gauge_.set(static_cast<double>(waiting));
}

void Publisher::added(std::uint64_t entries) {
  waiting_ += static_cast<std::int64_t>(entries);
  wake();
}

void Publisher::wake() {
  if (!woken_.exchange(true)) {
    notices_->push(Notice{});
  }
}

std::uint64_t Publisher::waiting() const {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(waiting_, 0));
}

Result<void> Publisher::append(ports::OutRecord record, std::uint64_t sequence) {
  auto queue = notices_;
  in_flight_.push_back({sequence, Outcome::waiting});
  auto queued = parts_.bus.append(
      std::move(record), [queue, sequence](const Result<ports::Appended>& result) {
        queue->push(Notice{sequence, result ? std::nullopt : std::optional(result.error())});
      });
  if (!queued) {
    in_flight_.pop_back();
  }
  return queued;
}

Result<void> Publisher::send_one(const ports::OutboxEntry& entry) {
  auto queued = append(entry.record, entry.sequence);
  if (queued || queued.error().fault != Fault::bad_input) {
    return queued;
  }
  log_error("a record is too large for the bus; its dead letter keeps the first bytes",
            {{"topic", entry.record.topic}, {"key", entry.record.key}});
  too_large_.add();
  wire::DeadLetter letter;
  letter.reason = "too_large_to_publish";
  letter.detail = entry.record.topic + ": " + queued.error().message;
  letter.original = entry.record.value.value_or("");
  letter.received = parts_.clock.now();
  letter.position = "outbox/" + entry.record.key;
  return append(wire::dead_letter_record(dead_letters_, wire::sealed(letter, kTooLargeBytes)),
                entry.sequence);
}

Result<void> Publisher::send() {
  if (failure_) {
    return {};
  }
  while (in_flight_.size() < config_.window) {
    const auto entries = parts_.store.outbox(next_, config_.window - in_flight_.size());
    if (!entries) {
      return fail(entries.error());
    }
    if (entries->empty()) {
      break;
    }
    for (const auto& entry : *entries) {
      if (auto sent = send_one(entry); !sent) {
        retries_.add();
        // A full queue empties by itself while something is under way.
        const bool only_busy = sent.error().fault == Fault::overloaded && !in_flight_.empty();
        return only_busy ? Result<void>() : fail(sent.error());
      }
      next_ = entry.sequence + 1;
    }
  }
  return {};
}

void Publisher::hear(std::chrono::milliseconds wait) {
  auto notice = notices_->pop(wait);
  while (notice) {
    note(*notice);
    notice = notices_->pop(std::chrono::milliseconds{0});
  }
}

void Publisher::note(const Notice& notice) {
  if (notice.sequence == 0) {
    woken_ = false;
    return;
  }
  const auto found = std::lower_bound(
      in_flight_.begin(), in_flight_.end(), notice.sequence,
      [](const InFlight& entry, std::uint64_t sequence) { return entry.sequence < sequence; });
  if (found == in_flight_.end() || found->sequence != notice.sequence) {
    return;
  }
  found->outcome = notice.error ? Outcome::failed : Outcome::confirmed;
  if (notice.error) {
    retries_.add();
    failure_ = notice.error;
  }
}

Result<void> Publisher::drop_confirmed() {
  std::size_t count = 0;
  while (count < in_flight_.size() && in_flight_[count].outcome == Outcome::confirmed) {
    ++count;
  }
  if (count == 0) {
    return {};
  }
  if (auto dropped = parts_.store.published(in_flight_[count - 1].sequence); !dropped) {
    return dropped;
  }
  in_flight_.erase(in_flight_.begin(), in_flight_.begin() + static_cast<std::ptrdiff_t>(count));
  published_.add(static_cast<double>(count));
  waiting_ -= static_cast<std::int64_t>(count);
  waiting_gauge_.set(static_cast<double>(waiting()));
  return {};
}

void Publisher::rewind_if_settled() {
  const bool settled = std::none_of(in_flight_.begin(), in_flight_.end(), [](const auto& entry) {
    return entry.outcome == Outcome::waiting;
  });
  if (!failure_ || !settled) {
    return;
  }
  if (!in_flight_.empty()) {
    next_ = in_flight_.front().sequence;
    in_flight_.clear();
  }
  failure_.reset();
}

Result<void> Publisher::turn(std::chrono::milliseconds wait) {
  const auto sent = send();
  // With trouble there is nothing to wait for but answers that are already here.
  hear(sent || !in_flight_.empty() ? wait : std::chrono::milliseconds{0});
  const auto failure = failure_;
  const auto dropped = drop_confirmed();
  if (dropped) {
    rewind_if_settled();
  }
  for (const auto* result : {&sent, &dropped}) {
    if (!*result) {
      return fail(result->error());
    }
  }
  return failure ? fail(*failure) : Result<void>();
}

void Publisher::run(const std::stop_token& stop) {
  Backoff backoff(config_.patience);
  std::string last;
  while (!stop.stop_requested()) {
    const auto done = turn(kIdleWait);
    if (done) {
      if (!last.empty()) {
        log_info("publishing goes on");
        last.clear();
      }
      backoff.reset();
      continue;
    }
    if (done.error().message != last) {
      last = done.error().message;
      log_warn("publishing is held up; nothing is lost, trying again", {{"error", last}});
    }
    pause(backoff.next(parts_.clock.mono()), stop);
  }
  const MonoTime until = parts_.clock.mono() + config_.stop_wait;
  while (!in_flight_.empty() && !failure_ && parts_.clock.mono() < until) {
    hear(kSlice);
    if (!drop_confirmed()) {
      break;
    }
  }
}

void Publisher::pause(std::chrono::milliseconds time, const std::stop_token& stop) {
  for (; time > std::chrono::milliseconds{0} && !stop.stop_requested(); time -= kSlice) {
    parts_.clock.pause(std::min(time, kSlice));
  }
}

}  // namespace fusiond::pipeline
