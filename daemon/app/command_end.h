// How every command ends: its exit codes, and what it says of errors.
#pragma once

#include <cstdio>

#include "daemon/base/result.h"
#include "daemon/config/load_bundle.h"

namespace fusiond::app {

inline constexpr int kFailed = 1;
inline constexpr int kWrong = 2;   // the config, the rules or the flags have faults
inline constexpr int kPartly = 3;  // done, but not all of it

// Says the error on standard error. Answers the exit code.
inline int report(const Error& error) {
  std::fprintf(stderr, "fusiond: %s\n", error.message.c_str());
  return error.fault == Fault::bad_config ? kWrong : kFailed;
}

// Says every fault on standard error, with its line underlined.
inline void print_with_lines(const config::Faults& faults) {
  for (const auto& fault : faults) {
    std::fprintf(stderr, "%s", config::with_line(fault).c_str());
  }
}

}  // namespace fusiond::app
