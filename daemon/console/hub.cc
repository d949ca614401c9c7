// A reader keeps a number into the ring and takes changes while its stream has room, so that a long
// resume needs no memory of its own and a slow reader costs the others nothing. Its cursor is its
// own: with several partitions the hub may read them in another order after a restart.
#include "daemon/console/hub.h"

#include <algorithm>
#include <map>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/base/json_text.h"
#include "daemon/base/log.h"

namespace fusiond::console {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kBatch = 500;
constexpr std::size_t kRoomBytes = 256 << 10;  // a stream is given more while less than this waits
constexpr milliseconds kWait{100};             // for records; as long as a stop may take
constexpr milliseconds kShortWait{5};          // while a reader has more to get
constexpr milliseconds kRetry{200};
constexpr milliseconds kLookAhead{1000};

BoardLimits limits_of(const ConsoleConfig& config) {
  return {.ring_changes = std::max<std::size_t>(config.ring_changes, 1),
          .ring_bytes = config.ring_bytes,
          .closed_keep = std::chrono::seconds(config.closed_keep_s),
          .max_incidents = std::max<std::size_t>(config.max_incidents, 1)};
}

const char* name_of(Taken taken) {
  switch (taken) {
    case Taken::fresh:
      return "fresh";
    case Taken::repeat:
      return "repeat";
    case Taken::conflict:
      return "conflict";
    case Taken::unreadable:
      return "unreadable";
  }
  return "unknown";
}

}  // namespace

Hub::Hub(const ConsoleConfig& config, std::string topic, HubParts parts)
    : config_(config),
      topic_(std::move(topic)),
      parts_(std::move(parts)),
      board_(limits_of(config)) {}

Hub::~Hub() {
  stop();
}

void Hub::start() {
  FUSIOND_CHECK(!thread_.joinable(), "a hub starts once");
  thread_ = std::thread([this] { run(); });
}

void Hub::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
  MutexLock lock(mutex_);
  for (auto& reader : readers_) {
    reader.stream->close();
  }
  readers_.clear();
}

// --- The hub's thread

// Less than the ring, so that a reader that follows is fed before its changes leave it.
std::size_t Hub::batch_size() const {
  return std::clamp<std::size_t>(config_.ring_changes / 2, 1, kBatch);
}

void Hub::run() {
  std::vector<ports::BusRecord> records;
  while (!stopping_) {
    if (source_) {
      read_on(records);
    } else if (auto opened = open(); !opened) {
      {
        MutexLock lock(mutex_);
        fault_ = opened.error().message;
      }
      rest(kRetry);
    }
    look_ahead();
    feed_all();
  }
}

Result<void> Hub::open() {
  const auto partitions = parts_.bus.partitions(topic_);
  if (!partitions) {
    return fail(partitions.error().within("opening " + topic_));
  }
  std::vector<ports::Extent> extents;
  for (std::uint32_t p = 0; p < *partitions; ++p) {
    const auto extent = parts_.bus.extent(topic_, p);
    if (!extent) {
      return fail(extent.error().within("opening " + topic_));
    }
    extents.push_back(*extent);
  }
  std::vector<ports::StartAt> starts;
  {
    MutexLock lock(mutex_);
    for (std::uint32_t p = 0; p < *partitions; ++p) {
      board_.begin(p, extents[p].begin);
      starts.push_back({.partition = p,
                        .from = ports::StartAt::From::offset,
                        .offset = board_.position().next(p)});
    }
  }
  auto source = parts_.bus.open_reader(topic_, starts);
  if (!source) {
    return fail(source.error().within("opening " + topic_));
  }
  source_ = std::move(*source);
  MutexLock lock(mutex_);
  for (std::uint32_t p = 0; p < *partitions; ++p) {
    ends_.set(p, extents[p].end);
  }
  opened_ = true;
  fault_.reset();
  log_info("the console reads the log",
           {{"topic", topic_}, {"from", board_.position().str()}, {"to", ends_.str()}});
  return {};
}

void Hub::read_on(std::vector<ports::BusRecord>& records) {
  records.clear();
  const auto count = source_->read(records, batch_size(), behind_ ? kShortWait : kWait);
  if (!count) {
    {
      MutexLock lock(mutex_);
      fault_ = count.error().message;
    }
    if (count.error().fault == Fault::corrupt) {
      log_error("the console cannot read the log",
                {{"topic", topic_}, {"what", count.error().message}});
      source_.reset();
    }
    rest(kRetry);
    return;
  }
  take(records);
}

void Hub::take(std::vector<ports::BusRecord>& records) {
  MutexLock lock(mutex_);
  fault_.reset();
  full_batch_ = records.size() >= batch_size();
  std::map<Taken, std::size_t> counts;  // to find a counter by its label costs more than to count
  for (auto& record : records) {
    appended_ = record.appended;
    const std::string key = record.key;
    const Taken taken = board_.apply(std::move(record));
    ++counts[taken];
    if (taken == Taken::conflict) {
      log_error("one revision of an incident with two contents", {{"incident_id", key}});
    }
  }
  for (const auto& [taken, count] : counts) {
    parts_.metrics
        .counter("fusiond_console_changes_total",
                 "Records of the changes topic, by what became of them",
                 {{"taken", name_of(taken)}})
        .add(static_cast<double>(count));
  }
  if (!caught_up_) {
    caught_up_ = std::ranges::all_of(ends_.all(), [this](const auto& end) REQUIRES(mutex_) {
      return board_.position().next(end.first) >= end.second;
    });
  }
  show_gauges();
}

// A cursor beyond what the hub has read is either of this log, and the hub will get there, or of
// another one that was longer. Only the log can tell, and asking it may take time: not under the
// lock.
void Hub::look_ahead() {
  std::vector<std::uint32_t> partitions;
  {
    MutexLock lock(mutex_);
    const bool any =
        std::ranges::any_of(readers_, [](const Reader& reader) { return reader.ahead; });
    const MonoTime now = parts_.clock.mono();
    if (!any || !opened_ || now < looked_ahead_ + kLookAhead) {
      return;
    }
    looked_ahead_ = now;
    for (const auto& [partition, next] : board_.position().all()) {
      partitions.push_back(partition);
    }
  }
  Cursor ends;
  for (const std::uint32_t partition : partitions) {
    const auto extent = parts_.bus.extent(topic_, partition);
    if (!extent) {
      return;
    }
    ends.set(partition, extent->end);
  }
  MutexLock lock(mutex_);
  for (auto& reader : readers_) {
    if (!reader.ahead) {
      continue;
    }
    const auto& all = reader.cursor.all();
    if (std::ranges::any_of(all, [&](const auto& at) { return at.second > ends.next(at.first); })) {
      reset(reader, "the cursor is not of this log");
    }
  }
}

void Hub::feed_all() {
  MutexLock lock(mutex_);
  behind_ = false;
  for (auto reader = readers_.begin(); reader != readers_.end();) {
    if (feed(*reader)) {
      behind_ = behind_ || (reader->judged && reader->next < board_.end());
      ++reader;
    } else {
      reader->stream->close();
      reader = readers_.erase(reader);
    }
  }
}

void Hub::rest(milliseconds time) {
  mutex_.lock();
  stopped_.wait_for(mutex_, time, [this] { return stopping_.load(); });
  mutex_.unlock();
}

// --- Readers

void Hub::subscribe(const std::optional<std::string>& cursor,
                    std::shared_ptr<net::EventStream> stream) {
  MutexLock lock(mutex_);
  if (stopping_) {
    stream->close();
    return;
  }
  Reader& reader = readers_.emplace_back();
  reader.stream = std::move(stream);
  reader.from_now = !cursor;
  if (cursor) {
    auto parsed = Cursor::parse(*cursor);
    reader.unknown = !parsed;
    reader.cursor = parsed ? std::move(*parsed) : Cursor();
  }
  static_cast<void>(reader.stream->send("retry: 1000\n\n"));
  reader.beat = parts_.clock.mono();
  if (!feed(reader)) {
    reader.stream->close();
    readers_.pop_back();
  }
}

// False when the reader is to be closed.
bool Hub::feed(Reader& reader) {
  if (reader.stream->closed()) {
    return false;
  }
  if (parts_.clock.mono() >= reader.beat) {
    beat(reader);
  }
  if (!reader.judged && opened_) {
    judge(reader);
  }
  if (!reader.judged) {
    return true;
  }
  if (reader.next < board_.first()) {
    parts_.metrics
        .counter("fusiond_console_slow_readers_total",
                 "Readers closed because they fell behind what is kept")
        .add();
    return false;
  }
  for (; reader.next < board_.end() && reader.stream->backlog_bytes() < kRoomBytes; ++reader.next) {
    const auto& change = board_.at(reader.next);
    if (change->offset < reader.cursor.next(change->partition)) {
      continue;
    }
    reader.cursor.set(change->partition, change->offset + 1);
    if (!reader.stream->send("id: " + reader.cursor.str() +
                             "\nevent: incident\ndata: " + board_.json(change) + "\n\n")) {
      return false;
    }
  }
  if (reader.ahead) {
    reader.ahead =
        std::ranges::any_of(reader.cursor.all(), [this](const auto& at) REQUIRES(mutex_) {
          return at.second > board_.position().next(at.first);
        });
  }
  return true;
}

void Hub::judge(Reader& reader) {
  reader.judged = true;
  reader.next = board_.first();
  if (reader.from_now) {
    reader.cursor = board_.position();
    reader.next = board_.end();
    return;
  }
  const auto& position = board_.position();
  if (reader.unknown) {
    reset(reader, "the cursor cannot be read");
    return;
  }
  for (const auto& [partition, next] : position.all()) {
    if (reader.cursor.next(partition) < board_.floor(partition)) {
      reset(reader, "the cursor lies before what is kept");
      return;
    }
    reader.ahead = reader.ahead || reader.cursor.next(partition) > next;
  }
  for (const auto& [partition, next] : reader.cursor.all()) {
    if (!position.all().contains(partition)) {
      reset(reader, "the cursor is not of this log");
      return;
    }
  }
}

// From here on the reader gets what comes: it loads a snapshot, which is at least as new.
void Hub::reset(Reader& reader, const char* reason) {
  reader.cursor = board_.position();
  reader.next = board_.end();
  reader.ahead = false;
  const std::string cursor = reader.cursor.str();
  static_cast<void>(reader.stream->send("id: " + cursor + "\nevent: reset\ndata: {\"cursor\":\"" +
                                        cursor + "\",\"reason\":" + json_string(reason) + "}\n\n"));
  parts_.metrics
      .counter("fusiond_console_resets_total", "Readers that were told to load a snapshot",
               {{"reason", reason}})
      .add();
}

void Hub::beat(Reader& reader) {
  reader.beat = parts_.clock.mono() + milliseconds(config_.heartbeat_ms);
  std::string json = "{\"server_time_us\":" + std::to_string(micros_of(parts_.clock.now()));
  json += ",\"lag_ms\":" + std::to_string(lag().count());
  json += ",\"cursor\":\"" + board_.position().str() + "\"";
  json += std::string(",\"log_ok\":") + (trouble() ? "false" : "true") + "}";
  static_cast<void>(reader.stream->send("event: heartbeat\ndata: " + json + "\n\n"));
}

// --- What the hub knows

milliseconds Hub::lag() const {
  milliseconds lag{0};
  if (opened_ && (full_batch_ || !caught_up_)) {
    const WallTime now = SystemClock().now();  // append times are the machine's, also in a replay
    lag = std::chrono::duration_cast<milliseconds>(now - appended_);
  }
  if (parts_.engine_lag) {
    lag = std::max(lag, parts_.engine_lag());
  }
  return std::max(lag, milliseconds(0));
}

std::optional<std::string> Hub::trouble() const {
  return fault_ ? fault_ : parts_.bus.trouble();
}

void Hub::show_gauges() {
  const auto set = [this](const char* name, const char* help, std::size_t value) {
    parts_.metrics.gauge(name, help).set(static_cast<double>(value));
  };
  set("fusiond_console_readers", "Open streams of changes", readers_.size());
  set("fusiond_console_incidents_active", "Open and quiet incidents in the picture",
      board_.active());
  set("fusiond_console_incidents_known", "Incidents in the picture", board_.known());
  set("fusiond_console_incidents_crowded_out",
      "Incidents that left the picture because it was full", board_.crowded_out());
}

Result<Snapshot> Hub::snapshot(bool all) {
  MutexLock lock(mutex_);
  if (!caught_up_) {
    return fail(Fault::unavailable, fault_ ? "the log cannot be read: " + *fault_
                                           : "the log is still being read, at " +
                                                 board_.position().str() + " of " + ends_.str());
  }
  Snapshot out{.cursor = board_.position().str(), .incidents = {}};
  for (const auto& change : board_.picture(all)) {
    out.incidents.push_back(board_.json(change));
  }
  return out;
}

std::optional<std::string> Hub::incident(const std::string& incident_id) {
  MutexLock lock(mutex_);
  const auto change = board_.find(incident_id);
  return change ? std::optional(board_.json(change)) : std::nullopt;
}

std::vector<std::string> Hub::revisions(const std::string& incident_id) {
  MutexLock lock(mutex_);
  std::vector<std::string> out;
  for (const auto& change : board_.revisions(incident_id)) {
    out.push_back(board_.json(change));
  }
  return out;
}

HubStatus Hub::status() const {
  MutexLock lock(mutex_);
  return {.cursor = board_.position().str(),
          .caught_up = caught_up_,
          .trouble = trouble(),
          .lag = lag(),
          .active = board_.active(),
          .known = board_.known(),
          .ring = static_cast<std::size_t>(board_.end() - board_.first()),
          .readers = readers_.size()};
}

}  // namespace fusiond::console
