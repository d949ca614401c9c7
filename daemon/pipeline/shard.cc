#include "daemon/pipeline/shard.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/base/log.h"
#include "daemon/pipeline/recovery.h"

namespace fusiond::pipeline {
namespace {

constexpr std::chrono::milliseconds kSlice{50};        // how soon a pause notices a stop
constexpr std::chrono::milliseconds kOutboxPause{20};  // between looks at a full outbox
constexpr Micros kLagEvery = std::chrono::seconds{1};

}  // namespace

struct Shard::Instruments {
  explicit Instruments(Metrics& m)
      : to_commit(
            m.histogram("fusiond_ingest_to_commit_seconds",
                        "From an event's ingest time to the commit that holds it",
                        {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30, 300})),
        commit(m.histogram("fusiond_commit_seconds", "One atomic write of the state",
                           {0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1})),
        commits(m.counter("fusiond_commits_total", "Atomic writes of the state")),
        commit_failures(m.counter("fusiond_commit_failures_total",
                                  "Atomic writes that failed and were tried again")),
        read_failures(m.counter("fusiond_log_read_failures_total",
                                "Reads of the events topic that failed and were tried again")),
        missed(m.counter("fusiond_log_missed_records_total",
                         "Records that the log dropped before they were read")),
        pauses(m.counter("fusiond_shard_pauses_total",
                         "Times the shard stopped reading because the outbox was full")),
        lag(m.gauge("fusiond_shard_lag_records", "Records between the shard and the log's end")) {}
  Histogram& to_commit;
  Histogram& commit;
  Counter& commits;
  Counter& commit_failures;
  Counter& read_failures;
  Counter& missed;
  Counter& pauses;
  Gauge& lag;
};

Shard::Shard(ShardParts parts, ShardConfig config, StepConfig step)
    : parts_(parts),
      config_(config),
      step_config_(std::move(step)),
      instruments_(std::make_unique<Instruments>(parts.metrics)) {
  step_config_.partition = config_.partition;
  step_config_.limits = config_.limits;
}

Shard::~Shard() {
  stop();
}

Result<void> Shard::open(WallTime real_now) {
  FUSIOND_CHECK(!step_, "a shard opens once");
  auto restored = load_state(parts_.store);
  if (!restored) {
    return fail(restored.error());
  }
  if (auto good = check_restored_rules(step_config_, *restored); !good) {
    return good;
  }
  if (!restored->meta) {
    log_warn("the state is new: the events log is read from its beginning",
             {{"partition", std::to_string(config_.partition)}});
  }
  const std::size_t events = restored->events.size();
  const std::size_t incidents = restored->incidents.size();
  const std::uint64_t epoch = next_epoch(*restored, real_now);
  step_ = std::make_unique<Step>(step_config_, std::move(*restored), epoch, parts_.metrics);
  const StepOutput first = step_->start();
  if (auto good = parts_.store.commit(first.batch); !good) {
    step_.reset();
    return fail(good.error().within("making the epoch durable"));
  }
  committed_ = step_->next_offset();
  {
    MutexLock lock(mutex_);
    publisher_ = std::make_unique<Publisher>(
        PublisherParts{parts_.bus, parts_.store, parts_.clock, parts_.metrics}, config_.publisher,
        step_config_.topics);
    status_.running = true;
    status_.restored_events = events;
    status_.restored_incidents = incidents;
  }
  update_status(std::nullopt);
  log_info("shard started", {{"partition", std::to_string(config_.partition)},
                             {"epoch", std::to_string(step_->epoch())},
                             {"next_offset", std::to_string(step_->next_offset())},
                             {"events", std::to_string(events)},
                             {"incidents", std::to_string(incidents)},
                             {"told_again", std::to_string(first.revisions)},
                             {"outbox", std::to_string(parts_.store.unpublished())}});
  return {};
}

Result<void> Shard::start(WallTime real_now) {
  if (auto good = open(real_now); !good) {
    return good;
  }
  publisher_thread_ = std::jthread([this](const std::stop_token& stop) { publisher_->run(stop); });
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  return {};
}

void Shard::stop() {
  // The steps first, so that the publisher still sees the last commit.
  for (std::jthread* thread : {&thread_, &publisher_thread_}) {
    if (thread->joinable()) {
      thread->request_stop();
      publisher_->wake();
      thread->join();
    }
  }
  MutexLock lock(mutex_);
  status_.running = false;
}

ShardStatus Shard::status() const {
  MutexLock lock(mutex_);
  ShardStatus status = status_;
  status.outbox_entries = publisher_ ? publisher_->waiting() : 0;
  return status;
}

void Shard::run(const std::stop_token& stop) {
  Backoff backoff(config_.patience);
  std::string last;
  while (!stop.stop_requested()) {
    const auto done = step_turn(stop);
    if (done) {
      backoff.reset();
      last.clear();
      continue;
    }
    if (give_up(done.error())) {
      return;
    }
    if (done.error().message != last) {
      last = done.error().message;
      log_warn("the shard is held up, trying again", {{"error", last}});
    }
    update_status(last);
    pause(backoff.next(parts_.clock.mono()), stop);
  }
}

Result<void> Shard::step_turn(const std::stop_token& stop) {
  if (!reader_) {
    if (auto opened = open_reader(); !opened) {
      instruments_->read_failures.add();
      return opened;
    }
  }
  if (wait_for_outbox()) {
    parts_.clock.pause(kOutboxPause);
    return {};
  }
  records_.clear();
  const auto count = reader_->read(records_, config_.batch_records, config_.read_wait);
  if (!count) {
    instruments_->read_failures.add();
    return look_again(count.error());
  }
  if (records_.empty()) {
    measure_lag();
    update_status(std::nullopt);
    return {};
  }
  const StepOutput output = step_->run(records_);
  note_missed();
  if (auto good = commit(output.batch, stop); !good) {
    return good;
  }
  committed(output);
  return {};
}

Result<void> Shard::open_reader() {
  const auto extent = parts_.bus.extent(step_config_.topics.events, config_.partition);
  if (!extent) {
    return fail(extent.error());
  }
  if (auto good = check_position(*extent); !good) {
    return good;
  }
  auto reader = parts_.bus.open_reader(
      step_config_.topics.events,
      {{config_.partition, ports::StartAt::From::offset, step_->next_offset()}});
  if (!reader) {
    return fail(reader.error());
  }
  reader_ = std::move(*reader);
  return {};
}

// What comes next may have been cut off while we were reading; then the reader is opened anew,
// behind the gap. Anything else stays the error it was.
Result<void> Shard::look_again(const Error& error) {
  if (error.fault != Fault::corrupt) {
    return fail(error);
  }
  const auto extent = parts_.bus.extent(step_config_.topics.events, config_.partition);
  if (!extent) {
    return fail(extent.error());
  }
  const std::uint64_t next = step_->next_offset();
  if (extent->begin <= next && next <= extent->end) {
    return fail(error);
  }
  reader_.reset();
  return {};
}

// The state and the log belong together: a log that ends before the state's position is another
// log.
Result<void> Shard::check_position(const ports::Extent& extent) {
  const std::uint64_t next = step_->next_offset();
  if (next > extent.end) {
    return fail(Fault::corrupt, "the events log ends at offset " + std::to_string(extent.end) +
                                    ", the state has read up to " + std::to_string(next) +
                                    ": they do not belong together");
  }
  if (next < extent.begin) {
    step_->skip_to(extent.begin);
    committed_ = extent.begin;
    note_missed();
  }
  return {};
}

void Shard::note_missed() {
  if (step_->missed() == missed_) {
    return;
  }
  const std::uint64_t more = step_->missed() - std::exchange(missed_, step_->missed());
  instruments_->missed.add(static_cast<double>(more));
  log_error("the log dropped records before they were read; a dead letter `missed` says which",
            {{"offsets", std::to_string(more)}, {"before", std::to_string(step_->next_offset())}});
}

// The step's state in memory is ahead of the disk until this succeeds, so the same batch is tried
// until it does.
Result<void> Shard::commit(const std::shared_ptr<const ports::StateBatch>& batch,
                           const std::stop_token& stop) {
  Backoff backoff(config_.patience);
  while (true) {
    const MonoTime before = parts_.clock.mono();
    const auto written = parts_.store.commit(batch);
    if (written) {
      instruments_->commit.observe(
          std::chrono::duration<double>(parts_.clock.mono() - before).count());
      instruments_->commits.add();
      return {};
    }
    instruments_->commit_failures.add();
    if (written.error().fault != Fault::unavailable) {
      return fail(Fault::corrupt, written.error().message);
    }
    if (stop.stop_requested()) {
      return fail(written.error().within("stopped before the batch could be saved"));
    }
    log_error("the state cannot be saved, trying again", {{"error", written.error().message}});
    update_status(written.error().message);
    pause(backoff.next(parts_.clock.mono()), stop);
  }
}

void Shard::committed(const StepOutput& output) {
  committed_ = step_->next_offset();
  if (!output.batch->items.empty()) {
    publisher_->wake();
  }
  const WallTime now = parts_.clock.now();
  for (const WallTime received : output.received) {
    instruments_->to_commit.observe(std::chrono::duration<double>(now - received).count());
  }
  {
    MutexLock lock(mutex_);
    status_.last_commit = now;
    for (const WallTime received : output.received) {
      status_.last_received = std::max(status_.last_received, received);
    }
  }
  measure_lag();
  update_status(std::nullopt);
}

// True while the outbox is at its bound: what the bus does not take must not grow without end here.
bool Shard::wait_for_outbox() {
  const bool full = publisher_->waiting() >= config_.outbox_entries ||
                    parts_.store.unpublished_bytes() >= config_.outbox_bytes;
  MutexLock lock(mutex_);
  if (full && !status_.paused) {
    instruments_->pauses.add();
    log_warn("the outbox is full, reading stops until the bus takes records");
  }
  status_.paused = full;
  return full;
}

void Shard::measure_lag() {
  const MonoTime now = parts_.clock.mono();
  const bool at_end = records_.size() < config_.batch_records;
  if (now - lag_at_ < kLagEvery && !(at_end && lag_ != 0)) {
    return;
  }
  lag_at_ = now;
  const auto extent = parts_.bus.extent(step_config_.topics.events, config_.partition);
  if (!extent) {
    return;
  }
  lag_ = extent->end > step_->next_offset() ? extent->end - step_->next_offset() : 0;
  instruments_->lag.set(static_cast<double>(lag_));
  if (lag_ == 0) {
    MutexLock lock(mutex_);
    status_.caught_up = true;
  }
}

bool Shard::give_up(const Error& error) {
  // A topic that is not there yet is bad_config to the bus; it may be made at any moment.
  if (error.fault != Fault::corrupt) {
    return false;
  }
  log_error("the shard stops; a person is needed",
            {{"fault", std::string(name_of(error.fault))}, {"error", error.message}});
  MutexLock lock(mutex_);
  status_.halted = true;
  status_.trouble = error.message;
  return true;
}

void Shard::pause(std::chrono::milliseconds time, const std::stop_token& stop) {
  for (; time > std::chrono::milliseconds{0} && !stop.stop_requested(); time -= kSlice) {
    parts_.clock.pause(std::min(time, kSlice));
  }
}

void Shard::update_status(const std::optional<std::string>& trouble) {
  MutexLock lock(mutex_);
  status_.trouble = trouble;
  status_.epoch = step_->epoch();
  status_.next_offset = committed_;
  status_.lag_records = lag_;
  status_.open_incidents = step_->open_incidents();
  status_.event_ids = step_->event_ids();
  status_.missed_records = step_->missed();
}

}  // namespace fusiond::pipeline
