// The only door to the real clocks. Whoever needs time gets a Clock& in the constructor.
#pragma once

#include <chrono>

#include "daemon/base/time.h"

namespace fusiond {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime now() const = 0;
  [[nodiscard]] virtual MonoTime mono() const = 0;
  // Waits without burning a core. In wall seconds, whatever now() shows.
  virtual void pause(std::chrono::milliseconds time) const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime now() const override;
  [[nodiscard]] MonoTime mono() const override;
  void pause(std::chrono::milliseconds time) const override;
};

// Replays the past: at the real time `real_origin` it shows `shown_origin`, and runs `speed` times
// as fast as the real one. Both origins are fixed by the config, so that a restart goes on where
// the replay would be by now.
class ReplayClock final : public Clock {
 public:
  ReplayClock(WallTime real_origin, WallTime shown_origin, double speed);
  [[nodiscard]] WallTime now() const override;
  [[nodiscard]] MonoTime mono() const override;
  void pause(std::chrono::milliseconds time) const override;

 private:
  SystemClock real_;
  WallTime real_origin_;
  WallTime shown_origin_;
  double speed_;
};

}  // namespace fusiond
