// `fusiond state verify|snapshot|restore`: what a person does with a state on disk. The folder is
// that of one shard (`shard-0`), or the state folder with the folders of the shards in it.
#pragma once

#include <string>

#include "daemon/base/result.h"

namespace fusiond::app {

struct StateOptions {
  std::string state;     // the state
  std::string snapshot;  // where a snapshot is made, or is
  bool json = false;
};

// What to print; `good` says whether all is well.
struct StateAnswer {
  std::string text;
  bool good = true;
};

// Every checksum and every row of a state or of a snapshot: what is wrong and where.
Result<StateAnswer> state_verify(const StateOptions& options);
// A checked copy, of a running fusiond too.
Result<StateAnswer> state_snapshot(const StateOptions& options);
// Onto a folder that is empty or not there.
Result<StateAnswer> state_restore(const StateOptions& options);

}  // namespace fusiond::app
