// A bug is not an error: a failed check stops the process. Never used on outside input.
#pragma once

namespace fusiond {

// Prints the condition, the reason and the place, then aborts.
[[noreturn]] void check_failed(const char* condition, const char* why, const char* file, int line);

}  // namespace fusiond

#define FUSIOND_CHECK(condition, why)                                 \
  do {                                                                \
    if (!(condition)) [[unlikely]] {                                  \
      ::fusiond::check_failed(#condition, (why), __FILE__, __LINE__); \
    }                                                                 \
  } while (false)
