#include "daemon/bus/make_bus.h"

#include <utility>

#include "daemon/base/clock.h"
#include "daemon/bus/embedded/embedded_bus.h"
#include "daemon/bus/kafka/client_config.h"
#include "daemon/bus/kafka/kafka_bus.h"
#include "daemon/bus/memory/memory_bus.h"
#include "daemon/bus/topics.h"

namespace fusiond::bus {
namespace {

// A log stamps its records with the time at which it got them, whatever time a replay shows to the
// rest.
const Clock& log_clock() {
  static const SystemClock the_clock;
  return the_clock;
}

}  // namespace

std::vector<Error> faults_of(const BusConfig& config) {
  std::vector<Error> faults;
  const auto must = [&](bool good, const char* what, const std::string& value) {
    if (!good) {
      faults.push_back({Fault::bad_config, std::string(what) + ", got: " + value});
    }
  };
  for (const auto& topic : topic_specs(config)) {
    if (auto good = check_topic(topic); !good) {
      faults.push_back(good.error().within("bus.prefix, bus.partitions"));
      break;
    }
  }
  must(config.partitions <= 4096, "bus.partitions must be 1 to 4096",
       std::to_string(config.partitions));
  must(config.max_record_bytes >= 1'000 && config.max_record_bytes <= 100'000'000,
       "bus.max_record_bytes must be 1000 to 100000000", std::to_string(config.max_record_bytes));
  must(config.queue_records >= 1 && config.queue_records <= 10'000'000,
       "bus.queue_records must be 1 to 10000000", std::to_string(config.queue_records));
  must(config.queue_bytes >= config.max_record_bytes + 1'024 && config.queue_bytes <= 2'000'000'000,
       "bus.queue_bytes must hold the largest record and 1024 more, and at most 2000000000",
       std::to_string(config.queue_bytes));
  if (config.kind == BusKind::embedded) {
    must(!config.embedded.dir.empty(), "bus.embedded.dir must be a folder", "\"\"");
    must(config.embedded.maintain_every.count() > 0, "bus.embedded.maintain_every must be above 0",
         std::to_string(config.embedded.maintain_every.count()));
  }
  if (config.kind == BusKind::kafka) {
    for (auto& fault : kafka_faults(config)) {
      faults.push_back(std::move(fault));
    }
  }
  return faults;
}

Result<std::unique_ptr<ports::Bus>> make_bus(const BusConfig& config, Metrics& metrics) {
  const auto faults = faults_of(config);
  if (!faults.empty()) {
    return fail(faults.front());
  }
  switch (config.kind) {
    case BusKind::memory:
      return std::make_unique<MemoryBus>(config, log_clock(), metrics);
    case BusKind::embedded: {
      auto bus = EmbeddedBus::open(config, log_clock(), metrics);
      if (!bus) {
        return fail(bus.error());
      }
      return std::move(*bus);
    }
    case BusKind::kafka: {
      auto bus = KafkaBus::open(config, log_clock(), metrics);
      if (!bus) {
        return fail(bus.error());
      }
      return std::move(*bus);
    }
  }
  return fail(Fault::bad_config, "bus.kind is not known");
}

}  // namespace fusiond::bus
