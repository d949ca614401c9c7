// One source's way from a delivery to the spool: plugin, intake, spool, counts, in this order. Its
// transport drives it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/base/metrics.h"
#include "daemon/ingest/condition.h"
#include "daemon/ingest/counters.h"
#include "daemon/ingest/delivery.h"
#include "daemon/ingest/ingest_clock.h"
#include "daemon/ingest/intake.h"
#include "daemon/ingest/plugin_host.h"
#include "daemon/ingest/spool_writer.h"
#include "daemon/ingest/task.h"

namespace fusiond::ingest {

// What every source shares; all of it outlives the sources.
struct SourceContext {
  const Clock& clock;
  Metrics& metrics;
  SpoolWriter& spool;
  std::shared_ptr<const IntakeRules> rules;
};

struct SourceParts {
  SourceConfig config;
  std::shared_ptr<const PluginLibrary> library;
  IngestClock::Kind clock_kind = IngestClock::Kind::live;
  Condition::OnChange on_change;
};

// Threads: accept from the transport's; the rest from any.
class SourceLine {
 public:
  SourceLine(const SourceContext& context, SourceParts parts);

  // Returns once everything that the deliveries held is in the spool or among its dead letters;
  // waits while the spool is full. Closes the stamps of the deliveries it dealt with. Answers how
  // many, from the front: fewer than all only with a stop or a plugin that is down. Errors:
  // unavailable when the plugin is down (nothing was dealt with).
  Result<std::size_t> accept(const Batch& batch, const Stop& stop);

  [[nodiscard]] const SourceConfig& config() const { return config_; }
  [[nodiscard]] IngestClock& clock() { return clock_; }
  [[nodiscard]] Condition& condition() { return condition_; }
  [[nodiscard]] const Condition& condition() const { return condition_; }
  [[nodiscard]] std::string plugin_build() const { return host_.library().build(); }
  [[nodiscard]] const SourceCounters& counters() const { return counters_; }
  [[nodiscard]] const SourceContext& context() const { return context_; }
  [[nodiscard]] WallTime last_received() const {
    return WallTime{Micros{last_received_us_.load()}};
  }
  // A counter of this source.
  Counter& counter(const std::string& name, const std::string& help, Labels labels = {});

 private:
  Result<std::size_t> parse_and_judge(const Batch& batch, Take& take);
  bool push(const Take& take, const Stop& stop);
  void show_plugin();
  void show_clock();

  SourceContext context_;
  SourceConfig config_;
  IngestClock clock_;
  Condition condition_;
  SourceCounters counters_;
  PluginHost host_;
  Intake intake_;
  Counter& hangs_;
  Counter& failures_;
  Gauge& clock_offset_;
  Gauge& clock_error_;
  ClockEstimate clock_shown_;
  std::uint32_t hangs_seen_ = 0;
  std::uint32_t failures_seen_ = 0;
  std::uint32_t good_in_a_row_ = 0;
  std::atomic<std::int64_t> last_received_us_ = 0;
};

}  // namespace fusiond::ingest
