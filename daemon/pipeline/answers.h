// What the bus says of the records that the publisher gave it: filled by the bus's threads, emptied
// by the publisher's, which is woken once for many. Journey: the bus → here → pipeline/publisher.cc
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/ports/bus.h"

namespace fusiond::pipeline {

struct Answer {
  std::uint64_t ticket = 0;
  std::optional<Error> error;
};

// Bounded by what is under way: one answer for each. Threads: any; take() one.
class Answers final : public ports::Answers {
 public:
  void answered(std::uint64_t ticket, const Result<ports::Appended>& result) override;
  // Ends the wait of take().
  void wake();
  // Waits until there are `wanted` answers (0: for wake() alone), somebody calls wake(), or `wait`
  // is over; then puts all there are into `answers`, in the place of what it holds.
  void take(std::size_t wanted, std::chrono::milliseconds wait, std::vector<Answer>& answers);

 private:
  static constexpr std::size_t kNobody = SIZE_MAX;
  mutable Mutex mutex_;
  Signal changed_;
  std::vector<Answer> answers_ GUARDED_BY(mutex_);
  std::size_t wanted_ GUARDED_BY(mutex_) = kNobody;  // by whoever waits
  bool woken_ GUARDED_BY(mutex_) = false;
};

}  // namespace fusiond::pipeline
