#include "daemon/ingest/forwarder.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/log.h"
#include "daemon/ingest/reasons.h"
#include "daemon/wire/records.h"

namespace fusiond::ingest {
namespace {

constexpr std::chrono::milliseconds kIdleWait{200};
constexpr std::chrono::milliseconds kHeldWait{2};

bool is_tick(const ports::OutRecord& record) {
  return wire::header_of(record.headers, "ce_type") == wire::kTickType;
}

}  // namespace

struct Forwarder::Flight {
  // again: to be sent (again); it stays in the map so that nothing behind it is dropped.
  enum class State : std::uint8_t { again, pending, done, failed, refused };
  struct Entry {
    State state = State::pending;
    std::string why;
  };

  Mutex mutex;
  Signal changed;
  std::map<std::uint64_t, Entry> entries
      GUARDED_BY(mutex);  // from the first that is not dropped yet
  std::size_t pending GUARDED_BY(mutex) = 0;
  std::size_t troubled GUARDED_BY(mutex) = 0;  // failed or refused, not looked at yet
  std::map<std::uint32_t, std::uint64_t> ends GUARDED_BY(mutex);  // of partitions, as confirmed
  bool news GUARDED_BY(mutex) = false;  // something was pushed or answered

  void begin(std::uint64_t sequence) {
    MutexLock lock(mutex);
    entries[sequence] = {};
    ++pending;
  }

  // `is_event`: the engine will read it.
  void answer(std::uint64_t sequence, const Result<ports::Appended>& result, bool is_event) {
    {
      MutexLock lock(mutex);
      Entry& entry = entries[sequence];
      if (result) {
        entry.state = State::done;
        if (is_event) {
          std::uint64_t& end = ends[result->partition];
          end = std::max(end, result->offset + 1);
        }
      } else {
        entry.state = result.error().fault == Fault::bad_input ? State::refused : State::failed;
        entry.why = result.error().message;
        ++troubled;
      }
      --pending;
      news = true;
    }
    changed.notify_all();
  }

  // The append was not taken: nothing will be answered.
  void take_back(std::uint64_t sequence) {
    MutexLock lock(mutex);
    entries[sequence].state = State::again;
    --pending;
  }

  bool is_done(std::uint64_t sequence) {
    MutexLock lock(mutex);
    const auto it = entries.find(sequence);
    return it != entries.end() && it->second.state == State::done;
  }

  // Waits for news; true when there was some.
  bool wait_for_news(std::chrono::milliseconds time) {
    MutexLock lock(mutex);
    if (time.count() > 0) {
      changed.wait_for(mutex, time, [this]() REQUIRES(mutex) { return news; });
    }
    return std::exchange(news, false);
  }

  // Waits until at most `most` are in flight.
  bool wait_for_pending(std::size_t most, std::chrono::milliseconds time) {
    MutexLock lock(mutex);
    const auto few = [this, most]() REQUIRES(mutex) { return pending <= most; };
    return few() || (time.count() > 0 && changed.wait_for(mutex, time, few));
  }

  bool all_went_well() {
    MutexLock lock(mutex);
    return troubled == 0;
  }

  std::pair<std::size_t, std::map<std::uint32_t, std::uint64_t>> pending_and_ends() {
    MutexLock lock(mutex);
    return {pending, ends};
  }
};

Forwarder::Forwarder(ports::Spool& spool, ports::Bus& bus, const Clock& clock, Metrics& metrics,
                     ForwarderConfig config)
    : spool_(spool),
      bus_(bus),
      clock_(clock),
      config_(std::move(config)),
      sent_(metrics.counter("fusiond_forwarder_confirmed_total", "Spool entries the log confirmed",
                            {{"lane", config_.lane}})),
      retries_(metrics.counter("fusiond_forwarder_retries_total",
                               "Times the log did not take an entry and it was tried again",
                               {{"lane", config_.lane}})),
      refused_(metrics.counter("fusiond_forwarder_refused_total",
                               "Entries the log refused for good; each became a dead letter",
                               {{"lane", config_.lane}})),
      held_(metrics.counter("fusiond_forwarder_held_total",
                            "Times entries were held back because the engine was behind",
                            {{"lane", config_.lane}})),
      bytes_(metrics.gauge("fusiond_spool_bytes", "Accepted bytes that wait for the log",
                           {{"lane", config_.lane}})),
      entries_(metrics.gauge("fusiond_spool_entries", "Accepted entries that wait for the log",
                             {{"lane", config_.lane}})),
      stuck_s_(metrics.gauge("fusiond_spool_stuck_seconds",
                             "Time since the log last confirmed anything while entries wait",
                             {{"lane", config_.lane}})),
      flight_(std::make_shared<Flight>()),
      moved_(clock.mono()),
      backoff_(config_.first_backoff) {}

void Forwarder::start() {
  task_.start("forwarder", [this](const Stop& stop) { run(stop); });
}

void Forwarder::stop() {
  task_.stop();
}

void Forwarder::wake() {
  {
    MutexLock lock(flight_->mutex);
    flight_->news = true;
  }
  flight_->changed.notify_all();
}

void Forwarder::run(const Stop& stop) {
  while (!stop.asked()) {
    stop.wait(turn(stop, kIdleWait));
  }
  flight_->wait_for_pending(0, config_.stop_wait);
  settle();
  show_gauges();
}

std::chrono::milliseconds Forwarder::turn(const Stop& stop, std::chrono::milliseconds wait) {
  const Sent sent = send(stop, wait);
  settle();
  show_gauges();
  if (sent == Sent::refused) {
    return back_off();
  }
  if (!flight_->all_went_well()) {
    return rewind(wait);
  }
  if (sent == Sent::held) {
    return kHeldWait;
  }
  flight_->wait_for_news(wait);
  return {};
}

std::chrono::milliseconds Forwarder::back_off() {
  retries_.add();
  return std::exchange(backoff_, std::min(backoff_ * 2, config_.max_backoff));
}

std::size_t Forwarder::allowance() {
  if (!config_.read_to) {
    return config_.batch;
  }
  auto [ahead, ends] = flight_->pending_and_ends();
  std::uint64_t read = 0;
  for (const auto& [partition, end] : ends) {
    const std::uint64_t to = std::min(end, config_.read_to(partition));
    ahead += end - to;
    read += to;
  }
  const std::size_t most = pace_.in(config_.ahead, read, ahead, clock_.mono());
  if (ahead < most) {
    return std::min(config_.batch, most - ahead);
  }
  const MonoTime now = clock_.mono();
  if (now - floor_from_ >= std::chrono::seconds(1)) {
    floor_from_ = now;
    floor_used_ = 0;
  }
  const std::size_t left =
      config_.floor_per_s - std::min<std::size_t>(config_.floor_per_s, floor_used_);
  floor_used_ += left;
  return left;
}

Forwarder::Sent Forwarder::send(const Stop& stop, std::chrono::milliseconds wait) {
  while (!stop.asked()) {
    const std::size_t most_entries = allowance();
    auto entries = spool_.peek(next_, std::max<std::size_t>(most_entries, 1));
    if (!entries) {
      log_error("the spool cannot be read", {{"why", entries.error().message}});
      return Sent::refused;
    }
    if (entries->empty()) {
      return Sent::all;
    }
    if (most_entries == 0) {
      held_.add();
      return Sent::held;
    }
    for (const auto& entry : *entries) {
      // A tick waits for all before it; others for room.
      const std::size_t most = is_tick(entry.record) ? 0 : config_.max_in_flight - 1;
      if (!flight_->wait_for_pending(most, wait) || !flight_->all_went_well()) {
        return Sent::all;
      }
      if (!flight_->is_done(entry.sequence) && !send_one(entry)) {
        return Sent::refused;
      }
      next_ = entry.sequence + 1;
    }
    settle();
  }
  return Sent::all;
}

bool Forwarder::send_one(const ports::SpoolEntry& entry) {
  flight_->begin(entry.sequence);
  const bool is_event = entry.record.topic != config_.dead_letter_topic;
  const auto done = [flight = flight_, sequence = entry.sequence,
                     is_event](const Result<ports::Appended>& result) {
    flight->answer(sequence, result, is_event);
  };
  auto taken = bus_.append(entry.record, done);
  if (taken) {
    return true;
  }
  if (taken.error().fault == Fault::bad_input) {
    flight_->answer(entry.sequence, fail(taken.error()), is_event);
    return true;
  }
  flight_->take_back(entry.sequence);
  return false;
}

// Sends a dead letter in the entry's place; its confirmation stands for the entry's.
void Forwarder::refuse(const ports::SpoolEntry& entry, const std::string& why) {
  const bool is_letter = entry.record.topic == config_.dead_letter_topic;
  if (is_letter || !lettered_.insert(entry.sequence).second) {
    log_error("the log refused a dead letter; its bytes are lost", {{"why", why}});
    flight_->begin(entry.sequence);
    flight_->answer(entry.sequence, ports::Appended{}, false);
    return;
  }
  refused_.add();
  log_warn("the log refused a record; it goes to the dead letters", {{"why", why}});
  wire::DeadLetter letter;
  letter.source = SourceId{
      std::string(wire::header_of(entry.record.headers, "ce_source").value_or(std::string_view{}))};
  letter.reason = reason::kRefusedByBus;
  letter.detail = "for topic " + entry.record.topic + ": " + why;
  letter.original = entry.record.value.value_or("");
  letter.received = clock_.now();
  letter.position = "spool " + std::to_string(entry.sequence);
  const auto record = wire::dead_letter_record(
      config_.dead_letter_topic, wire::sealed(std::move(letter), config_.dead_letter_max_bytes));
  if (!send_one({entry.sequence, record})) {
    lettered_.erase(entry.sequence);
    next_ = std::min(next_, entry.sequence);
  }
}

// Drops from the spool what is confirmed without a gap.
void Forwarder::settle() {
  std::optional<std::uint64_t> last;
  std::size_t count = 0;
  bool idle = false;
  {
    MutexLock lock(flight_->mutex);
    auto& entries = flight_->entries;
    while (!entries.empty() && entries.begin()->second.state == Flight::State::done) {
      last = entries.begin()->first;
      ++count;
      entries.erase(entries.begin());
    }
    idle = entries.empty();
  }
  if (last) {
    to_drop_ = last;
    lettered_.erase(lettered_.begin(), lettered_.upper_bound(*last));
    sent_.add(static_cast<double>(count));
    backoff_ = config_.first_backoff;
  }
  if (last || idle) {
    moved_ = clock_.mono();
  }
  drop(last.has_value());
}

// Until the spool does it: what the log has would fill it for ever.
void Forwarder::drop(bool anew) {
  if (!to_drop_) {
    return;
  }
  if (auto dropped = spool_.drop(*to_drop_); dropped) {
    to_drop_.reset();
  } else if (anew) {
    log_error("the spool cannot drop what the log has, trying again; a restart sends it again",
              {{"why", dropped.error().message}});
  }
}

// After a failure: lets everything in flight come down, then goes on at the first entry that is not
// in the log.
std::chrono::milliseconds Forwarder::rewind(std::chrono::milliseconds wait) {
  if (!flight_->wait_for_pending(0, wait)) {
    return {};
  }
  bool failed = false;
  std::vector<std::pair<std::uint64_t, std::string>> refused;
  {
    MutexLock lock(flight_->mutex);
    flight_->troubled = 0;
    for (auto& [sequence, entry] : flight_->entries) {
      if (entry.state == Flight::State::failed) {
        entry.state = Flight::State::again;
        next_ = std::min(next_, sequence);
        failed = true;
      } else if (entry.state == Flight::State::refused) {
        entry.state = Flight::State::again;
        refused.emplace_back(sequence, entry.why);
      }
    }
  }
  for (const auto& [sequence, why] : refused) {
    const auto entry = spool_.peek(sequence, 1);
    if (entry && !entry->empty() && entry->front().sequence == sequence) {
      refuse(entry->front(), why);
    } else {
      next_ = std::min(next_, sequence);
    }
  }
  return failed ? back_off() : std::chrono::milliseconds{};
}

void Forwarder::show_gauges() {
  const std::uint64_t waiting = spool_.entries();
  bytes_.set(static_cast<double>(spool_.bytes()));
  entries_.set(static_cast<double>(waiting));
  const auto still = waiting == 0 ? Micros{0} : clock_.mono() - moved_;
  stuck_s_.set(std::chrono::duration<double>(still).count());
}

}  // namespace fusiond::ingest
