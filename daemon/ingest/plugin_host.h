// Runs one source's plugin where it can do no harm: an exception costs one delivery, a hang costs
// one delivery and one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/base/result.h"
#include "daemon/ingest/delivery.h"
#include "daemon/ingest/plugin_library.h"

namespace fusiond::ingest {

struct PluginLimits {
  std::chrono::milliseconds parse_timeout{2000};
  std::chrono::milliseconds create_timeout{10'000};  // of an instance, which may read tables first
  std::uint32_t max_restarts = 5;  // hangs without kRefillAfter good deliveries in between
  std::uint32_t max_parts = 200'000;
  std::uint64_t max_part_bytes = 256ULL << 20;  // of one delivery's parts together
};

// Where a host and its plugin's thread meet. Once `given_up`, nothing that the thread still does is
// looked at.
struct PluginDesk {
  std::shared_ptr<const PluginLibrary> library;
  std::string settings_json;
  PluginLimits limits;

  Mutex mutex;
  Signal changed;
  bool given_up GUARDED_BY(mutex) = false;
  bool gone GUARDED_BY(mutex) = false;                  // the thread is at its end
  bool ready GUARDED_BY(mutex) = false;                 // an instance is there
  std::optional<std::string> broken GUARDED_BY(mutex);  // no instance can be made
  Batch batch GUARDED_BY(mutex);                        // to be parsed from `next` on
  std::size_t next GUARDED_BY(mutex) = 0;
  std::vector<Parsed> outcomes GUARDED_BY(mutex);
};

// Threads: its owner's; the instance lives on a thread of its own, which is given up when it hangs.
class PluginHost {
 public:
  static constexpr std::uint32_t kRefillAfter = 1000;

  PluginHost(std::shared_ptr<const PluginLibrary> library, std::string settings_json,
             PluginLimits limits);
  ~PluginHost();
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;

  // Parses the deliveries in order and answers one outcome for each. A hang is noticed between one
  // and two times the timeout after it began; the deliveries behind it go on with a fresh instance
  // on a fresh thread. When the plugin goes down on the way, those it came to are answered. Errors:
  // unavailable when it is down, because it hung too often or no instance can be made.
  Result<std::vector<Parsed>> parse(const Batch& batch);

  [[nodiscard]] std::uint32_t hangs() const { return hangs_; }
  [[nodiscard]] std::uint32_t failures() const { return failures_; }
  [[nodiscard]] const PluginLibrary& library() const { return *library_; }

 private:
  Result<void> begin_thread();
  void collect(PluginDesk& desk, bool hangs, std::vector<Parsed>& outcomes) REQUIRES(desk.mutex);
  void note_hang(std::vector<Parsed>& outcomes);
  void note_good();

  std::shared_ptr<const PluginLibrary> library_;
  std::string settings_json_;
  PluginLimits limits_;
  std::shared_ptr<PluginDesk> desk_;  // shared with the plugin's thread, which may outlive this
  std::uint32_t restarts_used_ = 0;
  std::uint32_t good_in_a_row_ = 0;
  std::uint32_t hangs_ = 0;
  std::uint32_t failures_ = 0;
};

}  // namespace fusiond::ingest
