// How a source is, as health, the console and the ticks show it: the worst of what its plugin, its
// transport, the spool and its clock say.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "daemon/base/mutex.h"

namespace fusiond::ingest {

// finished: a recorded file is at its end; nothing is wrong, and nothing more will come.
enum class SourceState : std::uint8_t { up, degraded, finished, down };

constexpr const char* name_of(SourceState state) {
  switch (state) {
    case SourceState::up:
      return "up";
    case SourceState::degraded:
      return "degraded";
    case SourceState::finished:
      return "finished";
    case SourceState::down:
      return "down";
  }
  return "unknown";
}

// Threads: any.
class Condition {
 public:
  enum class Part : std::uint8_t { plugin, transport, spool, clock };
  // Called after each change of the overall state, with nothing locked.
  using OnChange = std::function<void(SourceState, const std::string& why)>;
  explicit Condition(OnChange on_change) : on_change_(std::move(on_change)) {}

  void say(Part part, SourceState state, const std::string& why = "");
  [[nodiscard]] SourceState state() const;
  // What is wrong, the worst first; empty when up.
  [[nodiscard]] std::string why() const;

 private:
  struct Says {
    SourceState state = SourceState::up;
    std::string why;
  };
  [[nodiscard]] const Says& worst() const REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::array<Says, 4> says_ GUARDED_BY(mutex_);
  OnChange on_change_;
};

}  // namespace fusiond::ingest
