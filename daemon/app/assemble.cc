#include "daemon/app/assemble.h"

#include <filesystem>
#include <utility>

#include "daemon/app/app.h"
#include "daemon/app/explain.h"
#include "daemon/app/rules.h"
#include "daemon/app/source_json.h"
#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"
#include "daemon/net/http_client.h"
#include "daemon/state/rocks_spool.h"
#include "daemon/state/rocks_store.h"

namespace fusiond::app {
namespace {

std::unique_ptr<Clock> make_clock(const config::ClockConfig& config) {
  if (!config.replay) {
    return std::make_unique<SystemClock>();
  }
  return std::make_unique<ReplayClock>(config.real_origin, config.shown_origin, config.speed);
}

// Lane standard keeps the folder that there was before there were lanes.
state::SpoolConfig spool_of(state::SpoolConfig config, ingest::Lane lane) {
  if (lane != ingest::Lane::standard) {
    config.dir += "-" + std::string(ingest::name_of(lane));
  }
  return config;
}

Result<void> open_state(const config::Config& config, Parts& parts) {
  std::error_code ec;
  std::filesystem::create_directories(config.state_dir, ec);
  if (ec) {
    return fail(Fault::unavailable,
                "the state folder cannot be made: " + config.state_dir + ": " + ec.message());
  }
  if (config.roles.correlate) {
    auto store = state::RocksStore::open(config.state);
    if (!store) {
      return fail(store.error());
    }
    parts.store = std::move(*store);
  }
  if (config.roles.intake) {
    for (const ingest::Lane lane : ingest::kLanes) {
      auto spool = state::RocksSpool::open(spool_of(config.spool, lane));
      if (!spool) {
        return fail(spool.error());
      }
      parts.spools[lane] = std::move(*spool);
    }
  }
  return {};
}

pipeline::StepConfig step_config(const config::Config& config) {
  const auto names = bus::topic_names(config.bus.prefix);
  pipeline::StepConfig step;
  step.topics = {.events = names.events,
                 .incidents = names.incidents,
                 .changes = names.incident_changes,
                 .dead_letters = names.dead_letters,
                 .rules = names.rules};
  step.router = config.route;
  step.engine.association = config.association;
  step.engine.priorities = config.rules;
  step.compile = rules_compiler(config.association);
  step.engine.versions = {.association = config.association.version,
                          .rules = config.rules.version,
                          .software = kVersion};
  return step;
}

ops::HealthReport report_of(const std::optional<std::string>& trouble, ops::HealthState if_any) {
  return trouble ? ops::HealthReport{if_any, *trouble} : ops::HealthReport{};
}

ops::HealthReport shard_report(const pipeline::ShardStatus& status) {
  if (status.halted) {
    return {ops::HealthState::down, status.trouble.value_or("it stopped for good")};
  }
  if (!status.running) {
    return {ops::HealthState::down, "it is not running"};
  }
  if (status.paused) {
    return {ops::HealthState::degraded, "the outbox is at its bound: reading waits"};
  }
  if (!status.trouble && status.missed_records > 0) {
    return {ops::HealthState::degraded,
            "offsets of the events topic that were gone before they were read, since the start: " +
                std::to_string(status.missed_records) + "; dead letters `missed` say which"};
  }
  return report_of(status.trouble, ops::HealthState::degraded);
}

void add_checks(Parts& parts) {
  parts.health->add(
      "bus", [&parts] { return report_of(parts.bus->trouble(), ops::HealthState::degraded); });
  parts.health->add("topics", [&parts] {
    return report_of(parts.topics->trouble(), ops::HealthState::degraded);
  });
  parts.health->add(
      "rules", [&parts] { return report_of(parts.rules->trouble(), ops::HealthState::degraded); });
  if (parts.shard) {
    parts.health->add("shard", [&parts] { return shard_report(parts.shard->status()); });
  }
}

void tell_source(ops::Health& health, const ingest::SourceStatus& status) {
  const bool works =
      status.state == ingest::SourceState::up || status.state == ingest::SourceState::finished;
  health.set("source " + status.name,
             {works ? ops::HealthState::ok : ops::HealthState::degraded, status.why});
}

// Only where the engine is in this process does intake know how far it is behind.
ingest::ReadTo read_to_of(Parts& parts) {
  if (!parts.shard) {
    return {};
  }
  return
      [&shard = *parts.shard](std::uint32_t /*partition*/) { return shard.status().next_offset; };
}

Result<void> make_sources(const config::Config& config, Parts& parts) {
  const std::string waiting = config.state_dir + "/webhooks";
  ingest::SourcesWorld world{
      .clock = *parts.clock,
      .metrics = parts.metrics,
      .spools = {{parts.spools[ingest::Lane::life_safety].get(),
                  parts.spools[ingest::Lane::standard].get(),
                  parts.spools[ingest::Lane::bulk].get()}},
      .bus = *parts.bus,
      .read_to = read_to_of(parts),
      .events_partitions = config.bus.partitions,
      .http = net::http_call,
      .make_server =
          [&metrics = parts.metrics](net::HttpServerConfig server) {
            return net::make_http_server(std::move(server), &metrics);
          },
      .open_waiting = [waiting, sync = config.spool.sync](
                          const std::string& stem,
                          std::uint64_t max_bytes) -> Result<std::unique_ptr<ports::Spool>> {
        auto spool = state::RocksSpool::open(
            {.dir = waiting + "/" + stem, .max_bytes = max_bytes, .sync = sync});
        if (!spool) {
          return fail(spool.error());
        }
        return std::unique_ptr<ports::Spool>(std::move(*spool));
      },
      .on_change = [&health = *parts.health](
                       const ingest::SourceStatus& status) { tell_source(health, status); }};
  auto sources = ingest::Sources::make(config.ingest, std::move(world));
  if (!sources) {
    return fail(sources.error());
  }
  parts.sources = std::move(*sources);
  return {};
}

// How old the news is that the engine is working on; nothing while it has read all there is.
std::chrono::milliseconds engine_lag(const pipeline::ShardStatus& status, WallTime now) {
  if (status.lag_records == 0 || status.last_received == WallTime{}) {
    return std::chrono::milliseconds{0};
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - status.last_received);
}

console::DaemonView view_of(const config::Config& config, Parts& parts) {
  const auto answer = [](const ops::HealthAnswer& health) {
    return std::pair(health.status, health.json);
  };
  return {.live = [&parts, answer] { return answer(ops::live(*parts.health)); },
          .ready = [&parts, answer] { return answer(ops::ready(*parts.health)); },
          .metrics = [&parts] { return parts.metrics.text(); },
          .sources =
              [&parts] { return parts.sources ? sources_json(parts.sources->statuses()) : "[]"; },
          .versions = {{"software", kVersion},
                       {"rules", config.rules.version},
                       {"association", config.association.version}},
          .explain =
              [association = config.association](const std::string& record,
                                                 const console::DaemonView::Records& other) {
                return explain_record(record, association, other);
              }};
}

}  // namespace

Result<std::unique_ptr<Parts>> assemble(const config::Config& config) {
  auto parts = std::make_unique<Parts>();
  parts->clock = make_clock(config.clock);
  parts->health = std::make_unique<ops::Health>(parts->real_clock);
  if (auto opened = open_state(config, *parts); !opened) {
    return fail(opened.error());
  }
  auto made = bus::make_bus(config.bus, parts->metrics);
  if (!made) {
    return fail(made.error());
  }
  parts->bus = std::move(*made);
  parts->topics = std::make_unique<TopicKeeper>(
      *parts->bus, parts->real_clock,
      bus::topic_specs(config.bus, {.intake = config.roles.intake,
                                    .correlate = config.roles.correlate,
                                    .serve = config.roles.serve}));
  const auto names = bus::topic_names(config.bus.prefix);
  parts->rules = std::make_unique<RuleKeeper>(
      RuleKeeperConfig{config.roles.correlate ? config.rule_folder : std::string{},
                       rule_base(config), names.events, names.rules},
      *parts->bus, parts->real_clock);
  if (config.roles.correlate) {
    parts->shard = std::make_unique<pipeline::Shard>(
        pipeline::ShardParts{*parts->bus, *parts->store, *parts->clock, parts->metrics},
        config.shard, step_config(config));
  }
  if (config.roles.intake) {
    if (auto done = make_sources(config, *parts); !done) {
      return fail(done.error());
    }
  }
  parts->console = std::make_unique<console::Server>(
      config.console, bus::topic_names(config.bus.prefix).incident_changes,
      console::HubParts{.bus = *parts->bus,
                        .clock = *parts->clock,
                        .metrics = parts->metrics,
                        .engine_lag =
                            [parts = parts.get()] {
                              return parts->shard
                                         ? engine_lag(parts->shard->status(), parts->clock->now())
                                         : std::chrono::milliseconds{0};
                            },
                        .serve = config.roles.serve},
      view_of(config, *parts));
  add_checks(*parts);
  return parts;
}

}  // namespace fusiond::app
