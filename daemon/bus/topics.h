// The names of fusiond's topics and what each keeps.
#pragma once

#include <string>
#include <vector>

#include "daemon/bus/bus_config.h"
#include "daemon/ports/bus.h"

namespace fusiond::bus {

struct TopicNames {
  std::string events;            // everything that decides: events, ticks
  std::string incidents;         // compacted: the newest state of each incident
  std::string incident_changes;  // every revision
  std::string dead_letters;      // what could not become an event, with its reason
  std::string rules;             // from when on which rules hold, with their files: kept for good
  std::string audit;
};

TopicNames topic_names(const std::string& prefix);

std::vector<ports::TopicSpec> topic_specs(const BusConfig& config);

// What `ensure_topics` is asked for at start: those that somebody who does these things uses.
struct TopicUse {
  bool intake = true;
  bool correlate = true;
  bool serve = true;
};
std::vector<ports::TopicSpec> topic_specs(const BusConfig& config, const TopicUse& use);

// Errors: bad_config when no log would take this topic (its name, no partitions).
Result<void> check_topic(const ports::TopicSpec& topic);

}  // namespace fusiond::bus
