// One simulated run: a city's deliveries go through spool, forwarder, log, shard, store and
// publisher to a consumer, on one thread, while processes end and others take over. Whatever
// happens follows from the seed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/ports/bus.h"
#include "tests/sim/broker.h"
#include "tests/sim/disks.h"
#include "tests/sim/verdict.h"
#include "tests/sim/world.h"

namespace fusiond::sim {

struct Plan {
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> boundary;  // where the first process ends, counted from 0; else none
  End end = End::kill;
};

struct Outcome {
  std::string fault;     // the first thing that is wrong; empty when nothing is
  std::string ended_at;  // the boundary at which the last process ended, if one did
  std::size_t processes = 0;
  std::uint64_t passed = 0;  // boundaries, until all was delivered
  std::map<std::string, std::uint64_t> points;
  std::vector<ports::BusRecord> told;  // the changes topic
};

Outcome simulate(const Plan& plan);

// How an end is called, for people.
std::string name_of(End end);

}  // namespace fusiond::sim
