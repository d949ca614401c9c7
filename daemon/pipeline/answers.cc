#include "daemon/pipeline/answers.h"

#include <utility>

namespace fusiond::pipeline {

void Answers::answered(std::uint64_t ticket, const Result<ports::Appended>& result) {
  bool enough = false;
  {
    const MutexLock lock(mutex_);
    answers_.push_back({ticket, result ? std::nullopt : std::optional(result.error())});
    enough = answers_.size() >= wanted_;
    wanted_ = enough ? kNobody : wanted_;  // woken once
  }
  if (enough) {
    changed_.notify_all();
  }
}

void Answers::wake() {
  {
    const MutexLock lock(mutex_);
    if (std::exchange(woken_, true)) {
      return;
    }
  }
  changed_.notify_all();
}

void Answers::take(std::size_t wanted, std::chrono::milliseconds wait,
                   std::vector<Answer>& answers) {
  answers.clear();
  const MutexLock lock(mutex_);
  const auto is_due = [&]() REQUIRES(mutex_) {
    return woken_ || (wanted != 0 && answers_.size() >= wanted);
  };
  if (!is_due() && wait > std::chrono::milliseconds{0}) {
    wanted_ = wanted == 0 ? kNobody : wanted;
    changed_.wait_for(mutex_, wait, is_due);
    wanted_ = kNobody;
  }
  woken_ = false;
  std::swap(answers, answers_);
}

}  // namespace fusiond::pipeline
