// The whole configuration as plain values, each part in the struct of the folder that owns it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/log.h"
#include "daemon/base/time.h"
#include "daemon/bus/bus_config.h"
#include "daemon/config/roles.h"
#include "daemon/config/yaml_section.h"
#include "daemon/console/console_config.h"
#include "daemon/fusion/association_config.h"
#include "daemon/ingest/ingest_config.h"
#include "daemon/pipeline/pipeline_config.h"
#include "daemon/route/router_config.h"
#include "daemon/rules/priority_table.h"
#include "daemon/state/state_config.h"

namespace fusiond::config {

// `system`: the machine's clock. `replay`: the past at a chosen speed, see base/clock.h.
struct ClockConfig {
  bool replay = false;
  WallTime real_origin{};
  WallTime shown_origin{};
  double speed = 1;
};

struct Config {
  std::string path;  // of the file
  Roles roles;
  std::string state_dir = "state";
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  ClockConfig clock;
  bus::BusConfig bus;
  ingest::IngestConfig ingest;
  route::RouterConfig route;
  fusion::AssociationConfig association;
  rules::PriorityTable rules;
  std::string rule_folder;         // whose rules are put into force; empty = none
  std::uint32_t rule_watch_s = 2;  // between two looks at it; 0 = at the start and on SIGHUP only
  state::StateConfig state;
  state::SpoolConfig spool;
  pipeline::ShardConfig shard;
  console::ConsoleConfig console;
};

}  // namespace fusiond::config
