// Looks through a state folder without changing it: every checksum, every row, and what must hold
// between them. For `fusiond state verify`, and for snapshots before they are trusted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/result.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace fusiond::state {

struct StateReport {
  // One thing that is wrong, and where: a file, a step, a row.
  struct Problem {
    std::string where;
    std::string what;
  };
  std::vector<Problem> problems;  // the first kMostProblems of them
  std::uint64_t problem_count = 0;
  std::uint64_t format = 0;
  std::uint64_t epoch = 0;
  std::uint64_t next_offset = 0;  // of the events log
  std::uint64_t first_step = 0;   // that counts
  std::uint64_t last_step = 0;
  std::uint64_t steps = 0;  // that were read
  std::uint64_t events = 0;
  std::uint64_t incidents = 0;
  std::uint64_t bytes = 0;  // of the steps
  [[nodiscard]] bool good() const { return problem_count == 0; }
  static constexpr std::size_t kMostProblems = 100;
};

// Cost: reads the folder once. A folder in use may be looked at; what its owner drops meanwhile can
// then show as a problem: look at a snapshot instead. Errors: unavailable when there is no state or
// it cannot be read at all; what is wrong in it is no error but in the report.
Result<StateReport> check_state(const std::string& dir, rocksdb::Env* env = nullptr);

}  // namespace fusiond::state
