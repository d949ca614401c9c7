#include "daemon/ingest/clock_watch.h"

#include <algorithm>
#include <vector>

namespace fusiond::ingest {
namespace {

struct Quartiles {
  Micros low, middle, high;
};

Quartiles quartiles_of(const std::deque<Micros>& lags) {
  std::vector<Micros> sorted(lags.begin(), lags.end());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t last = sorted.size() - 1;
  return {sorted[last / 4], sorted[last / 2], sorted[last - last / 4]};
}

}  // namespace

void ClockWatch::see(WallTime received, Micros lag) {
  if (!second_from_) {
    second_from_ = received;
    shortest_ = lag;
    return;
  }
  if (received >= *second_from_ && received - *second_from_ < kEvery) {
    shortest_ = std::min(shortest_, lag);
    return;
  }
  push(shortest_);
  second_from_ = received;
  shortest_ = lag;
}

void ClockWatch::push(Micros lag) {
  lags_.push_back(lag);
  if (lags_.size() > kWindow) {
    lags_.pop_front();
  }
  forget_before_jump();
  settle();
}

// A clock that was set goes on steadily, elsewhere: what was before says nothing any more.
void ClockWatch::forget_before_jump() {
  if (lags_.size() <= 2 * kJump) {
    return;
  }
  const std::deque<Micros> before(lags_.begin(), lags_.end() - kJump);
  const auto [low, middle, high] = quartiles_of(before);
  const auto newest = lags_.end() - kJump;
  const auto [least, most] = std::minmax_element(newest, lags_.end());
  const Micros far = (high - low) + kSteady;
  const bool one_side = *least > middle + far || *most < middle - far;
  if (one_side && *most - *least <= kSteady) {
    lags_.erase(lags_.begin(), newest);
  }
}

void ClockWatch::settle() {
  estimate_ = {};
  if (lags_.size() < kEnoughAhead) {
    return;
  }
  const auto [low, middle, high] = quartiles_of(lags_);
  const Micros spread = high - low;
  if (spread > kSteady) {
    return;
  }
  const bool ahead = middle < Micros{0};
  if (!ahead && (!usual_lag_ || lags_.size() < kWindow)) {
    return;
  }
  const Micros offset = middle - usual_lag_.value_or(Micros{0});
  if (std::chrono::abs(offset) >= kNoticeable + spread) {
    estimate_ = {offset, (spread + Micros{1}) / 2};
  }
}

}  // namespace fusiond::ingest
