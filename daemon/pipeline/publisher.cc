#include "daemon/pipeline/publisher.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/base/log.h"
#include "daemon/wire/deadletter_wire.h"
#include "daemon/wire/records.h"
#include "daemon/wire/state_wire.h"

namespace fusiond::pipeline {
namespace {

constexpr std::chrono::milliseconds kIdleWait{500};  // a lost wake-up costs at most this
constexpr std::chrono::milliseconds kSlice{50};      // how soon a pause notices a stop, and how
                                                     // long few answers wait for more
constexpr std::size_t kPartOfWindow = 4;             // that is answered before more is sent
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
      answers_(std::make_shared<Answers>()),
      waiting_gauge_(
          parts.metrics.gauge("fusiond_outbox_entries",
                              "Revisions and dead letters in the outbox, waiting to be published")),
      published_(parts.metrics.counter("fusiond_published_total",
                                       "Records of the outbox that the bus has confirmed")),
      retries_(parts.metrics.counter("fusiond_publish_retries_total",
                                     "Times the bus refused or lost a record of the outbox")),
      too_large_(parts.metrics.counter(
          "fusiond_publish_too_large_total",
          "Records that the bus will never take; each became a dead letter")) {}

void Publisher::wake() {
  answers_->wake();
}

// Notes a record before the bus has it, since its answer may come before append() returns; its
// ticket.
std::uint64_t Publisher::note_sent(const ports::OutboxItem& item, bool last) {
  sent_.push_back({.number = item.number, .last = last});
  ++under_way_;
  return first_ticket_ + sent_.size() - 1;
}

// What the bus says of the record that was noted last; takes it back when it was not taken.
Result<void> Publisher::taken(Result<void> queued) {
  if (!queued) {
    sent_.pop_back();
    --under_way_;
  }
  return queued;
}

Result<void> Publisher::append(ports::OutRecord record, std::uint64_t ticket) {
  return parts_.bus.append(std::move(record),
                           [answers = answers_, ticket](const Result<ports::Appended>& result) {
                             answers->answered(ticket, result);
                           });
}

// The bus will never take the record: its dead letter takes its place.
Result<void> Publisher::bury(const ports::OutboxItem& item, std::string_view topic,
                             std::string_view key, const Error& error, bool last) {
  log_error("a record is too large for the bus; its dead letter keeps the first bytes",
            {{"topic", std::string(topic)}, {"key", std::string(key)}});
  too_large_.add();
  wire::DeadLetter letter;
  letter.reason = "too_large_to_publish";
  letter.detail = std::string(topic) + ": " + error.message;
  letter.original = original_of(item);
  letter.received = parts_.clock.now();
  letter.position = "outbox/" + std::string(key);
  const std::uint64_t ticket = note_sent(item, last);
  return taken(
      append(wire::dead_letter_record(topics_.dead_letters, wire::sealed(letter, kTooLargeBytes)),
             ticket));
}

Result<void> Publisher::send_revision(const ports::OutboxItem& item, const Held& held) {
  headers_.set(
      {IncidentId{item.row.id}, item.row.epoch, item.row.revision, wall_time(item.row.updated_us)});
  const std::array<std::string_view, 2> topics{topics_.changes, topics_.incidents};
  while (next_part_ < topics.size() && under_way_ < config_.window) {
    const std::string_view topic = topics[next_part_];
    const bool last = next_part_ + 1 == topics.size();
    const std::uint64_t ticket = note_sent(item, last);
    auto queued = taken(parts_.bus.append_view(
        {topic, headers_.key(), item.bytes, headers_.headers(), ticket}, held, answers_));
    if (!queued && queued.error().fault == Fault::bad_input) {
      queued = bury(item, topic, headers_.key(), queued.error(), last);
    }
    if (!queued) {
      return queued;
    }
    ++next_part_;
  }
  if (next_part_ == topics.size()) {
    next_ = item.number + 1;
    next_part_ = 0;
  }
  return {};
}

// A record that was saved as it is.
Result<void> Publisher::send_kept(const ports::OutboxItem& item) {
  auto record = wire::decode_out_record(item.bytes);
  if (!record) {
    return fail(record.error().within("outbox item " + std::to_string(item.number)));
  }
  const std::string topic = record->topic;
  const std::string key = record->key;
  const std::uint64_t ticket = note_sent(item, true);
  auto queued = taken(append(std::move(*record), ticket));
  if (!queued && queued.error().fault == Fault::bad_input) {
    queued = bury(item, topic, key, queued.error(), true);
  }
  if (queued) {
    next_ = item.number + 1;
  }
  return queued;
}

Result<void> Publisher::send_item(const ports::OutboxItem& item, const Held& held) {
  return item.row.kind == ports::RowKind::revision ? send_revision(item, held) : send_kept(item);
}

Result<void> Publisher::send_page(const ports::OutboxPage& page) {
  for (const auto& item : page.items) {
    if (under_way_ >= config_.window) {
      break;
    }
    if (auto sent = send_item(item, page.held[item.held]); !sent) {
      return sent;
    }
  }
  return {};
}

Result<void> Publisher::send() {
  while (!failure_ && under_way_ < config_.window) {
    const auto page = parts_.store.outbox(next_, config_.window - under_way_);
    if (!page) {
      return fail(page.error());
    }
    if (page->items.empty()) {
      break;
    }
    if (auto sent = send_page(*page); !sent) {
      retries_.add();
      // A full queue empties by itself while something is under way.
      const bool only_busy = sent.error().fault == Fault::overloaded && under_way_ != 0;
      return only_busy ? Result<void>() : sent;
    }
  }
  return {};
}

// Woken by a part of the window at a time, or by all that is under way; few answers wait for more,
// but not for long.
void Publisher::hear(std::chrono::milliseconds wait) {
  const std::size_t part = std::max<std::size_t>(1, config_.window / kPartOfWindow);
  answers_->take(std::min(under_way_, part), under_way_ == 0 ? wait : std::min(wait, kSlice),
                 heard_);
  for (const Answer& answer : heard_) {
    note(answer);
  }
}

void Publisher::note(const Answer& answer) {
  const std::uint64_t at = answer.ticket - first_ticket_;
  FUSIOND_CHECK(at < sent_.size() && !sent_[at].answered,
                "the bus answers once for each record, and none is forgotten before");
  sent_[at].answered = true;
  --under_way_;
  if (answer.error) {
    sent_[at].failed = true;
    retries_.add();
    failure_ = answer.error;
  }
}

Result<void> Publisher::drop_confirmed() {
  std::size_t records = 0;  // of whole items
  for (std::size_t i = 0; i < sent_.size() && sent_[i].answered && !sent_[i].failed; ++i) {
    records = sent_[i].last ? i + 1 : records;
  }
  if (records == 0) {
    return {};
  }
  if (auto dropped = parts_.store.published(sent_[records - 1].number); !dropped) {
    return dropped;
  }
  sent_.erase(sent_.begin(), sent_.begin() + static_cast<std::ptrdiff_t>(records));
  first_ticket_ += records;
  published_.add(static_cast<double>(records));
  waiting_gauge_.set(static_cast<double>(waiting()));
  return {};
}

void Publisher::rewind_if_settled() {
  if (!failure_ || under_way_ != 0) {
    return;
  }
  if (!sent_.empty()) {
    next_ = sent_.front().number;
    next_part_ = 0;
    first_ticket_ += sent_.size();
    sent_.clear();
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
  waiting_gauge_.set(static_cast<double>(waiting()));
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
