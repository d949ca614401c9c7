#include "daemon/pipeline/backoff.h"

#include <algorithm>

namespace fusiond::pipeline {

std::chrono::milliseconds Backoff::next(MonoTime now) {
  const auto wait = next_;
  next_ = std::min(2 * next_, patience_.most);
  // The microseconds of a monotonic clock at the moment of a failure are as good as dice here.
  const auto quarter = std::max<std::chrono::milliseconds::rep>(wait.count() / 4, 1);
  return wait - std::chrono::milliseconds{now.time_since_epoch().count() % quarter};
}

}  // namespace fusiond::pipeline
