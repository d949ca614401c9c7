#include "daemon/base/clock.h"

#include <thread>

#include "daemon/base/check.h"

namespace fusiond {

WallTime SystemClock::now() const {
  return std::chrono::floor<Micros>(std::chrono::system_clock::now());
}
MonoTime SystemClock::mono() const {
  return std::chrono::floor<Micros>(std::chrono::steady_clock::now());
}
void SystemClock::pause(std::chrono::milliseconds time) const {
  std::this_thread::sleep_for(time);
}

ReplayClock::ReplayClock(WallTime real_origin, WallTime shown_origin, double speed)
    : real_origin_(real_origin), shown_origin_(shown_origin), speed_(speed) {
  FUSIOND_CHECK(speed > 0, "a replay runs forward");
}

WallTime ReplayClock::now() const {
  const auto passed = static_cast<double>((real_.now() - real_origin_).count()) * speed_;
  return shown_origin_ + Micros{static_cast<Micros::rep>(passed)};
}
MonoTime ReplayClock::mono() const {
  return real_.mono();
}
void ReplayClock::pause(std::chrono::milliseconds time) const {
  real_.pause(time);
}

}  // namespace fusiond
