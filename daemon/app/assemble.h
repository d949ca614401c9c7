// Makes the daemon's objects from the config; the one file that names concrete types.
#pragma once

#include <memory>
#include <string>

#include "daemon/app/rule_keeper.h"
#include "daemon/app/topic_keeper.h"
#include "daemon/base/clock.h"
#include "daemon/config/config.h"
#include "daemon/console/server.h"
#include "daemon/ingest/sources.h"
#include "daemon/ops/health.h"
#include "daemon/ops/prometheus.h"
#include "daemon/pipeline/shard.h"
#include "daemon/ports/bus.h"
#include "daemon/ports/spool.h"
#include "daemon/ports/state_store.h"

namespace fusiond::app {

// In the order in which they are made: whoever stands below may refer to what stands above. Of a
// role that this process has not there are no parts: store, shard (correlate); spools, sources
// (intake).
struct Parts {
  SystemClock real_clock;
  std::unique_ptr<Clock> clock;  // what the daemon shows as now
  ops::PrometheusMetrics metrics;
  std::unique_ptr<ops::Health> health;
  std::unique_ptr<ports::Bus> bus;
  std::unique_ptr<ports::StateStore> store;
  ingest::ByLane<std::unique_ptr<ports::Spool>> spools;
  std::unique_ptr<TopicKeeper> topics;
  std::unique_ptr<RuleKeeper> rules;
  std::unique_ptr<pipeline::Shard> shard;
  std::unique_ptr<ingest::Sources> sources;
  std::unique_ptr<console::Server> console;
};

// Opens folders and checks plugins; starts nothing. Errors: unavailable, corrupt, bad_config.
Result<std::unique_ptr<Parts>> assemble(const config::Config& config);

}  // namespace fusiond::app
