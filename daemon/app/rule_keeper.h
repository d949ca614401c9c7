// Keeps the folder of rules that the config names in force: at the start, when the folder changes,
// and on SIGHUP. A folder that has faults, or of which a test fails, changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "daemon/app/rules.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/ports/bus.h"

namespace fusiond::app {

struct RuleKeeperConfig {
  std::string folder;  // empty: nothing is kept
  RuleBase base;
  std::string events_topic;
  std::string rules_topic;
};

// Threads: one; trouble() from any.
class RuleKeeper {
 public:
  // All outlive this. `clock`: the machine's.
  RuleKeeper(RuleKeeperConfig config, ports::Bus& bus, const Clock& clock);

  // Puts the folder into force if its contents are none that ever were: whoever rolled back is not
  // overruled by a restart. While the log is away nothing is decided; the next look() tries again.
  void start();
  // The same for contents other than at the last look, once they stood still for one look.
  void look();
  // Puts the folder into force whatever was before, unless it is what this last put there.
  void reload();

  // Whether it is known what was in force before; always, when nothing is kept.
  [[nodiscard]] bool started() const { return started_ || config_.folder.empty(); }
  // Why the folder is not in force.
  [[nodiscard]] std::optional<std::string> trouble() const;

 private:
  [[nodiscard]] std::optional<RuleFiles> read();
  bool find_known();
  void put(const RuleFiles& files, const std::string& digest, const std::string& reason);
  void say(std::optional<std::string> trouble);

  RuleKeeperConfig config_;
  ports::Bus& bus_;
  const Clock& clock_;
  bool started_ = false;         // it is known what was in force before
  std::set<std::string> known_;  // digests that were, or were offered by this
  std::string seen_;             // digest at the last look
  std::string judged_;           // digest that was put into force or refused
  mutable Mutex mutex_;
  std::optional<std::string> trouble_ GUARDED_BY(mutex_);
};

}  // namespace fusiond::app
