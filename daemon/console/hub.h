// Reads the changes topic and hands every change to every reader, each at its own pace.
// Journey: daemon/pipeline/publisher.cc -> the topic -> here -> one event stream per operator
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/metrics.h"
#include "daemon/base/mutex.h"
#include "daemon/console/board.h"
#include "daemon/console/console_config.h"
#include "daemon/net/http_server.h"
#include "daemon/ports/bus.h"

namespace fusiond::console {

struct HubParts {
  ports::Bus& bus;
  const Clock& clock;  // what the page is told; in a replay the replay's
  Metrics& metrics;
  // How far the engine is behind its input; shown with the hub's own lag. May be empty.
  std::function<std::chrono::milliseconds()> engine_lag{};
  bool serve = true;  // else the log is not read: this process shows its health and metrics only
};

struct Snapshot {
  std::string cursor;  // a stream from here on misses nothing
  std::vector<std::string> incidents;
};

struct HubStatus {
  std::string cursor;
  bool caught_up = false;
  std::optional<std::string> trouble;  // why the log cannot be read, if so
  std::chrono::milliseconds lag{0};
  std::size_t active = 0;
  std::size_t known = 0;
  std::size_t ring = 0;
  std::size_t readers = 0;
};

// Threads: its own reads the log and feeds; all public members may be called from any.
class Hub {
 public:
  Hub(const ConsoleConfig& config, std::string topic, HubParts parts);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Starts to read; a log that cannot be read yet is tried again.
  void start();
  // Ends the streams after what they were given. Safe twice and without start.
  void stop();

  // Gives `stream` every change after `cursor`, or after now when there is none, in order, none
  // twice; then what comes. A reader whose cursor lies before what is kept, or is of another log,
  // none at all, gets `event: reset` and then what comes. One that falls behind what is kept is
  // closed.
  void subscribe(const std::optional<std::string>& cursor,
                 std::shared_ptr<net::EventStream> stream);

  // Errors: unavailable until the log was read to its end as it was at the start.
  Result<Snapshot> snapshot(bool all);
  [[nodiscard]] std::optional<std::string> incident(const std::string& incident_id);
  [[nodiscard]] std::vector<std::string> revisions(const std::string& incident_id);
  [[nodiscard]] HubStatus status() const;

 private:
  struct Reader {
    std::shared_ptr<net::EventStream> stream;  // shared with the server
    Cursor cursor;                             // what it has got
    bool from_now = false;   // it gave none: from wherever the hub is when it can tell
    std::uint64_t next = 0;  // number of the next change to look at
    bool judged = false;     // the cursor was compared with the log
    bool unknown = false;    // what it gave as cursor is none
    bool ahead = false;      // it lies beyond what the hub has read
    MonoTime beat;           // when the next heartbeat is due
  };

  void run();
  [[nodiscard]] std::size_t batch_size() const;
  Result<void> open();
  void read_on(std::vector<ports::BusRecord>& records);
  void take(std::vector<ports::BusRecord>& records);  // takes their bytes
  void look_ahead();
  void feed_all();
  bool feed(Reader& reader) REQUIRES(mutex_);
  void judge(Reader& reader) REQUIRES(mutex_);
  void reset(Reader& reader, const char* reason) REQUIRES(mutex_);
  void beat(Reader& reader) REQUIRES(mutex_);
  void show_gauges() REQUIRES(mutex_);
  [[nodiscard]] std::chrono::milliseconds lag() const REQUIRES(mutex_);
  [[nodiscard]] std::optional<std::string> trouble() const REQUIRES(mutex_);
  void rest(std::chrono::milliseconds time);

  const ConsoleConfig config_;
  const std::string topic_;
  HubParts parts_;
  std::unique_ptr<ports::BusReader> source_;  // the hub's thread
  bool behind_ = false;                       // the hub's thread: some reader has more to get
  std::atomic<bool> stopping_ = false;
  std::thread thread_;

  mutable Mutex mutex_;
  Signal stopped_;
  Board board_ GUARDED_BY(mutex_);
  Cursor ends_ GUARDED_BY(mutex_);  // of the log when it was opened
  bool opened_ GUARDED_BY(mutex_) = false;
  bool caught_up_ GUARDED_BY(mutex_) = false;
  bool full_batch_ GUARDED_BY(mutex_) = false;
  WallTime appended_ GUARDED_BY(mutex_);  // of the last record read
  std::optional<std::string> fault_ GUARDED_BY(mutex_) = "the log has not been opened yet";
  MonoTime looked_ahead_ GUARDED_BY(mutex_);
  std::list<Reader> readers_ GUARDED_BY(mutex_);
};

}  // namespace fusiond::console
