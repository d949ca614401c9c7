// The world of a simulation: one seed, virtual time, a wall clock that lies, and the effect
// boundaries at which a process may die. Everything in tests/sim asks here for chance and time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "daemon/base/clock.h"
#include "tests/support/event_builder.h"
#include "tests/support/seeded_rng.h"

namespace fusiond::sim {

// Virtual time. now() shows the true time plus a lie, mono() the true one; a pause passes at once.
class VirtualClock final : public Clock {
 public:
  [[nodiscard]] WallTime now() const override {
    return wall_time(support::kStartUs) + true_ + lie_;
  }
  [[nodiscard]] MonoTime mono() const override { return MonoTime{true_}; }
  void pause(std::chrono::milliseconds time) const override { true_ += time; }
  void pass(Micros time) { true_ += time; }
  void lie(Micros by) { lie_ = by; }

 private:
  mutable Micros true_{0};
  Micros lie_{0};
};

// The process dies here; thrown through it, so that nothing after the boundary happens.
struct Crash {};

// How a process ends.
enum class End : std::uint8_t {
  kill,    // kill -9: what it wrote stays
  power,   // power cut: the last writes that were not synced are gone
  pause,   // it stands still while another one takes over with a copy of its disk, then wakes
  folder,  // its state folder is lost, the spool and the log stay
};

class World {
 public:
  explicit World(std::uint64_t seed) : rng(seed) {}

  // An effect boundary, named. Throws Crash when the process is to end here.
  void point(const std::string& name) {
    if (calm) {
      return;
    }
    ++points[name];
    if (end_in && (*end_in)-- == 0) {
      end_in.reset();
      ended_at = name;
      if (end == End::pause) {
        pausing = true;  // it goes on to the end of its turn
        return;
      }
      throw Crash{};
    }
  }
  // How many boundaries were passed.
  [[nodiscard]] std::uint64_t passed() const {
    std::uint64_t sum = 0;
    for (const auto& [name, count] : points) {
      sum += count;
    }
    return sum;
  }
  // Something goes wrong now, in so many of a hundred cases; never once the world is healed.
  [[nodiscard]] bool mishap(std::uint32_t percent) { return !healed && rng.chance(percent); }

  support::SeededRng rng;
  VirtualClock clock;
  std::map<std::string, std::uint64_t> points;  // name → how often it was passed
  std::optional<std::uint64_t> end_in;          // boundaries until the process ends
  End end = End::kill;
  std::string ended_at;  // the last boundary at which one ended
  bool pausing = false;
  bool calm = false;    // no boundaries: somebody else's turn
  bool healed = false;  // nothing goes wrong any more
};

}  // namespace fusiond::sim
