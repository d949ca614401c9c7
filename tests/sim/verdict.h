// What must hold after a run, whatever happened: design/0001 to 0003, and what the engine must
// equal.
#pragma once

#include <string>
#include <vector>

#include "daemon/pipeline/step.h"
#include "daemon/ports/bus.h"

namespace fusiond::sim {

struct Evidence {
  std::vector<std::string> accepted;  // values of the deliveries that were answered, in order
  std::vector<ports::BusRecord> events;
  std::vector<ports::BusRecord> changes;
  std::vector<ports::BusRecord> incidents;
  std::vector<ports::BusRecord> outcomes;  // of changes of rules
  pipeline::StepConfig step;               // of the last process
  bool same_rules = true;                  // every process had the same
  bool one_line = true;                    // no process told what another one told, too
};

// The first promise that is broken; empty when none is. Lost: a delivery that was accepted is not
// in the log, or a revision is missing. Doubled: a consumer acts twice on one revision.
// Contradicting: one (epoch, revision) with two contents. Phantom: an incident that the log does
// not give. And what a consumer ends with is what one process that never ended makes of the log
// (replay), and F by the rules that hold last. Of each change of rules the same is said as in the
// replay, at least once.
std::string fault_of(const Evidence& evidence);

}  // namespace fusiond::sim
