// Settings of the state on disk.
#pragma once

#include <cstdint>
#include <string>

namespace fusiond::state {

// What a shard keeps; one folder per shard.
struct StateConfig {
  std::string dir = "state";
  bool sync = true;  // fsync after each step with effects; off only where losing the last seconds
                     // in a power cut is fine
  std::uint64_t write_buffer_bytes = 16ULL << 20U;  // in memory before it becomes a file
};

// What intake accepted and the log does not have yet; one folder per process.
struct SpoolConfig {
  std::string dir = "spool";
  std::uint64_t max_bytes = 256ULL
                            << 20U;  // of waiting records; at the bound intake refuses deliveries
  bool sync = false;  // fsync before a delivery is answered: then what was accepted survives a
                      // power cut too
};

}  // namespace fusiond::state
