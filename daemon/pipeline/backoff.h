// How long to wait before the next try: doubles up to a bound, starts anew after a success.
#pragma once

#include <chrono>

#include "daemon/base/clock.h"
#include "daemon/pipeline/pipeline_config.h"

namespace fusiond::pipeline {

class Backoff {
 public:
  explicit Backoff(Patience patience) : patience_(patience), next_(patience.first) {}
  // The wait before the next try. Up to a quarter is taken off by chance of `now`, so that many do
  // not try in step.
  std::chrono::milliseconds next(MonoTime now);
  void reset() { next_ = patience_.first; }

 private:
  Patience patience_;
  std::chrono::milliseconds next_;
};

}  // namespace fusiond::pipeline
