#include "daemon/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace fusiond {

void check_failed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "fusiond: a check failed at %s:%d: %s: %s\n", file, line, why, condition);
  std::abort();
}

}  // namespace fusiond
