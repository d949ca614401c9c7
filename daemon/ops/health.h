// What works, what limps and what is down, by name, and how that is told to a supervisor.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace fusiond::ops {

enum class HealthState : std::uint8_t {
  ok,
  degraded,  // works with a loss that the message names; stays ready
  down,      // does not do its work; not ready
};

std::string_view name_of(HealthState state);

struct HealthReport {
  HealthState state = HealthState::ok;
  std::string message{};  // empty when there is nothing to say
};

struct NamedReport {
  std::string name;
  HealthReport report;
  WallTime since;  // when the state last changed
};

// Threads: any.
class Health {
 public:
  // Answers at once, from any thread; asked whenever somebody wants to know.
  using Probe = std::function<HealthReport()>;

  explicit Health(const Clock& clock) : clock_(clock) {}

  // A check that is asked, or one that is told; a name is one of the two. Told again, it is
  // replaced.
  void add(const std::string& name, Probe probe);
  void set(const std::string& name, HealthReport report);
  // For parts that come and go, and before what a probe refers to is gone.
  void remove(const std::string& name);

  // By name.
  [[nodiscard]] std::vector<NamedReport> reports() const;
  // The worst of all.
  [[nodiscard]] HealthState overall() const;

 private:
  struct Check {
    Probe probe;  // none: told
    HealthReport last;
    WallTime since;
  };

  const Clock& clock_;
  mutable Mutex mutex_;
  mutable std::map<std::string, Check> checks_ GUARDED_BY(mutex_);
};

// An answer for HTTP, in the habit of Kubernetes.
struct HealthAnswer {
  int status = 200;
  std::string json;
};

// Alive is who answers: {"status":"ok"}, always 200. Dying on a broker's outage would help nobody.
HealthAnswer live(const Health& health);
// 503 when any check is down, else 200; all checks with state, message and since when.
HealthAnswer ready(const Health& health);

}  // namespace fusiond::ops
