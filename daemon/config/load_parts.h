// The parts of the config file, one reader per owner; used by load.cc only.
#pragma once

#include <string>

#include "daemon/bus/bus_config.h"
#include "daemon/config/yaml_section.h"
#include "daemon/console/console_config.h"
#include "daemon/fusion/association_config.h"
#include "daemon/ingest/ingest_config.h"
#include "daemon/pipeline/pipeline_config.h"
#include "daemon/rules/priority_table.h"
#include "daemon/state/state_config.h"

namespace fusiond::config {

void read_bus(Section& bus, bus::BusConfig& config);
void read_ingest(Section& ingest, ingest::IngestConfig& config);
void read_sources(Section& top, ingest::IngestConfig& config);
void read_devices(Section& top, ingest::IngestConfig& config);
void read_kinds(Section& top, ingest::IngestConfig& config);

void read_state(Section& section, state::StateConfig& config);
void read_spool(Section& section, state::SpoolConfig& config);
void read_shard(Section& section, pipeline::ShardConfig& config);
void read_console(Section& section, console::ConsoleConfig& config);

// Whole files of their own.
void read_association(Section& top, fusion::AssociationConfig& config);
void read_rules(Section& top, rules::PriorityTable& table);

// Reads "address:port"; leaves both alone on a fault.
void read_listen(Section& section, const char* key, std::string& address, std::uint16_t& port);

// A whole number of some unit of time as a chrono duration of that unit.
template <class Duration>
void read_duration(Section& section, const char* key, Duration& value, std::int64_t low,
                   std::int64_t high) {
  std::int64_t count = value.count();
  section.integer(key, count, low, high);
  value = Duration{count};
}

}  // namespace fusiond::config
