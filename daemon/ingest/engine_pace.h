// How many records the engine works off in a time, as it is seen to go on. A post in a crowd
// costs more than one alone, so no fixed number of records is a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "daemon/base/time.h"

namespace fusiond::ingest {

class EnginePace {
 public:
  static constexpr std::size_t kLeast = 16;
  static constexpr std::size_t kMost = 4096;

  // At `now` the engine has read `read` records and has `ahead` before it: how many it may have
  // before it so that it is through in `time`, kLeast to kMost. What it does while nothing is
  // before it says nothing of its pace.
  std::size_t in(std::chrono::milliseconds time, std::uint64_t read, std::uint64_t ahead,
                 MonoTime now) {
    const double seconds = std::chrono::duration<double>(now - since_).count();
    if (ahead == 0 && read == read_) {
      since_ = now;
    } else if (read > read_) {
      if (seconds > 0) {
        const double seen = static_cast<double>(read - read_) / seconds;
        per_s_ += per_s_ == 0 ? seen : kNewest * (seen - per_s_);
      }
      read_ = read;
      since_ = now;
    }
    const double records = per_s_ * std::chrono::duration<double>(time).count();
    return std::clamp(static_cast<std::size_t>(records), kLeast, kMost);
  }

 private:
  static constexpr double kNewest = 0.3;  // weight of what was seen last
  std::uint64_t read_ = 0;
  MonoTime since_{};
  double per_s_ = 0;
};

}  // namespace fusiond::ingest
