#include "daemon/ingest/condition.h"

#include <algorithm>
#include <utility>

namespace fusiond::ingest {

const Condition::Says& Condition::worst() const {
  return *std::max_element(says_.begin(), says_.end(),
                           [](const Says& a, const Says& b) { return a.state < b.state; });
}

void Condition::say(Part part, SourceState state, const std::string& why) {
  SourceState after{};
  std::string reason;
  {
    MutexLock lock(mutex_);
    const SourceState before = worst().state;
    says_.at(static_cast<std::size_t>(part)) = {state, state == SourceState::up ? "" : why};
    after = worst().state;
    reason = worst().why;
    if (after == before) {
      return;
    }
  }
  if (on_change_) {
    on_change_(after, reason);
  }
}

SourceState Condition::state() const {
  MutexLock lock(mutex_);
  return worst().state;
}

std::string Condition::why() const {
  MutexLock lock(mutex_);
  return worst().why;
}

}  // namespace fusiond::ingest
