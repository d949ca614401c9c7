#include "daemon/pipeline/publisher.h"

#include <algorithm>
#include <utility>

#include "daemon/base/log.h"
#include "daemon/wire/deadletter_wire.h"
#include "daemon/wire/records.h"
#include "daemon/wire/state_wire.h"

namespace fusiond::pipeline {
namespace {

constexpr std::chrono::milliseconds kIdleWait{500};  // a lost wake-up costs at most this
constexpr std::chrono::milliseconds kSlice{50};      // how soon a pause notices a stop
constexpr std::size_t kTooLargeBytes = 64ULL
                                       << 10U;  // of a too large record that its dead letter keeps

// What the record held that is too large.
std::string original_of(const ports::OutboxItem& item) {
  if (item.row.kind == ports::RowKind::revision) {
    return std::string(item.bytes);
  }
  const auto record = wire::decode_out_record(item.bytes);
  return record ? record->value.value_or("") : std::string();
}

}  // namespace

Publisher::Publisher(PublisherParts parts, PublisherConfig config, Topics topics)
    : parts_(parts),
      config_(config),
      topics_(std::move(topics)),
      // Room for an answer to all that is under way and one wake-up: no writer ever waits.
      notices_(std::make_shared<BoundedQueue<Notice>>(config.window + 2, WhenFull::wait)),
      waiting_gauge_(
          parts.metrics.gauge("fusiond_outbox_entries",
                              "Revisions and dead letters in the outbox, waiting to be published")),
      published_(parts.metrics.counter("fusiond_published_total",
                                       "Records of the outbox that the bus has confirmed")),
      retries_(parts.metrics.counter("fusiond_publish_retries_total",
                                     "Times the bus refused or lost a record of the outbox")),
      too_large_(parts.metrics.counter(
          "fusiond_publish_too_large_total",
          "Records that the bus will never take; each became a dead letter")) {
  waiting_gauge_.set(static_cast<double>(waiting()));
}

void Publisher::wake() {
  if (!woken_.exchange(true)) {
    notices_->push(Notice{});
  }
}

Result<std::vector<ports::OutRecord>> Publisher::records_of(const ports::OutboxItem& item) const {
  std::vector<ports::OutRecord> records;
  if (item.row.kind == ports::RowKind::revision) {
    const wire::RevisionStamp stamp{IncidentId{text_of(item.row.id)}, item.row.epoch,
                                    item.row.revision, wall_time(item.row.updated_us)};
    for (auto& record :
         wire::incident_records({topics_.incidents, topics_.changes}, stamp, item.bytes)) {
      records.push_back(std::move(record));
    }
    return records;
  }
  auto record = wire::decode_out_record(item.bytes);
  if (!record) {
    return fail(record.error().within("outbox item " + std::to_string(item.number)));
  }
  records.push_back(std::move(*record));
  return records;
}

Result<void> Publisher::append(ports::OutRecord record, std::uint64_t number) {
  auto queue = notices_;
  // Counted first: the answer may come before append() returns.
  ++under_way_;
  auto queued =
      parts_.bus.append(std::move(record), [queue, number](const Result<ports::Appended>& result) {
        queue->push(Notice{number, result ? std::nullopt : std::optional(result.error())});
      });
  under_way_ -= queued ? 0 : 1;
  return queued;
}

Result<void> Publisher::send_record(ports::OutRecord record, const ports::OutboxItem& item) {
  const std::string topic = record.topic;
  const std::string key = record.key;
  auto queued = append(std::move(record), item.number);
  if (queued || queued.error().fault != Fault::bad_input) {
    return queued;
  }
  log_error("a record is too large for the bus; its dead letter keeps the first bytes",
            {{"topic", topic}, {"key", key}});
  too_large_.add();
  wire::DeadLetter letter;
  letter.reason = "too_large_to_publish";
  letter.detail = topic + ": " + queued.error().message;
  letter.original = original_of(item);
  letter.received = parts_.clock.now();
  letter.position = "outbox/" + key;
  return append(
      wire::dead_letter_record(topics_.dead_letters, wire::sealed(letter, kTooLargeBytes)),
      item.number);
}

Result<void> Publisher::send_item(const ports::OutboxItem& item) {
  auto records = records_of(item);
  if (!records) {
    return fail(records.error());
  }
  if (next_part_ == 0) {
    in_flight_.push_back({.number = item.number, .records = records->size()});
  }
  while (next_part_ < records->size() && under_way_ < config_.window) {
    if (auto sent = send_record(std::move((*records)[next_part_]), item); !sent) {
      if (next_part_ == 0) {
        in_flight_.pop_back();
      }
      return sent;
    }
    ++next_part_;
  }
  if (next_part_ == records->size()) {
    next_ = item.number + 1;
    next_part_ = 0;
  }
  return {};
}

Result<void> Publisher::send() {
  if (failure_) {
    return {};
  }
  while (under_way_ < config_.window) {
    const auto page = parts_.store.outbox(next_, config_.window - under_way_);
    if (!page) {
      return fail(page.error());
    }
    if (page->items.empty()) {
      break;
    }
    for (const auto& item : page->items) {
      if (under_way_ >= config_.window) {
        break;
      }
      if (auto sent = send_item(item); !sent) {
        retries_.add();
        // A full queue empties by itself while something is under way.
        const bool only_busy = sent.error().fault == Fault::overloaded && under_way_ != 0;
        return only_busy ? Result<void>() : fail(sent.error());
      }
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
  if (notice.number == 0) {
    woken_ = false;
    return;
  }
  const auto found = std::lower_bound(
      in_flight_.begin(), in_flight_.end(), notice.number,
      [](const InFlight& item, std::uint64_t number) { return item.number < number; });
  if (found == in_flight_.end() || found->number != notice.number) {
    return;
  }
  --under_way_;
  ++found->answered;
  if (notice.error) {
    found->failed = true;
    retries_.add();
    failure_ = notice.error;
  }
}

Result<void> Publisher::drop_confirmed() {
  std::size_t count = 0;
  std::size_t records = 0;
  while (count < in_flight_.size() && in_flight_[count].confirmed()) {
    records += in_flight_[count].records;
    ++count;
  }
  if (count == 0) {
    return {};
  }
  if (auto dropped = parts_.store.published(in_flight_[count - 1].number); !dropped) {
    return dropped;
  }
  in_flight_.erase(in_flight_.begin(), in_flight_.begin() + static_cast<std::ptrdiff_t>(count));
  published_.add(static_cast<double>(records));
  waiting_gauge_.set(static_cast<double>(waiting()));
  return {};
}

void Publisher::rewind_if_settled() {
  if (!failure_ || under_way_ != 0) {
    return;
  }
  if (!in_flight_.empty()) {
    next_ = in_flight_.front().number;
    next_part_ = 0;
    in_flight_.clear();
  }
  failure_.reset();
}

Result<void> Publisher::turn(std::chrono::milliseconds wait) {
  const auto sent = send();
  // With trouble there is nothing to wait for but answers that are already here.
  hear(sent || under_way_ != 0 ? wait : std::chrono::milliseconds{0});
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
  while (under_way_ != 0 && !failure_ && parts_.clock.mono() < until) {
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
