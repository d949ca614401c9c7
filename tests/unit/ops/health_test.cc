#include "daemon/ops/health.h"

#include <future>

#include <catch2/catch.hpp>

using fusiond::wall_time;
using fusiond::WallTime;
using fusiond::ops::Health;
using fusiond::ops::HealthReport;
using fusiond::ops::HealthState;
using fusiond::ops::live;
using fusiond::ops::ready;

namespace {

class StillClock final : public fusiond::Clock {
 public:
  [[nodiscard]] WallTime now() const override { return wall_time(us); }
  [[nodiscard]] fusiond::MonoTime mono() const override { return {}; }
  void pause(std::chrono::milliseconds /*time*/) const override {}
  std::int64_t us = 1000;
};

}  // namespace

TEST_CASE("with no check, and with checks that are fine, a daemon is ready", "[ops][health]") {
  const StillClock clock;
  Health health(clock);
  CHECK(ready(health).status == 200);
  CHECK(ready(health).json == "{\"status\":\"ok\",\"checks\":[]}\n");
  health.set("state", {.state = HealthState::ok, .message = {}});
  CHECK(ready(health).json ==
        "{\"status\":\"ok\",\"checks\":[{\"name\":\"state\",\"status\":\"ok\",\"message\":\"\","
        "\"since_us\":1000}]}\n");
}

TEST_CASE("degraded stays ready and says why, down does not, and alive is alive", "[ops][health]") {
  const StillClock clock;
  Health health(clock);
  health.set("bus", {.state = HealthState::degraded, .message = "no \"broker\""});
  CHECK(ready(health).status == 200);
  CHECK(ready(health).json.find(R"("message":"no \"broker\"")") != std::string::npos);
  health.set("state", {.state = HealthState::down, .message = "disk full"});
  CHECK(health.overall() == HealthState::down);
  CHECK(ready(health).status == 503);
  CHECK(ready(health).json.starts_with("{\"status\":\"down\""));
  CHECK(live(health).status == 200);
  health.remove("state");
  CHECK(ready(health).status == 200);
}

TEST_CASE("a probe is asked each time", "[ops][health]") {
  const StillClock clock;
  Health health(clock);
  HealthReport answer;
  health.add("bus", [&answer] { return answer; });
  CHECK(health.overall() == HealthState::ok);
  answer = {.state = HealthState::down, .message = "gone"};
  CHECK(health.overall() == HealthState::down);
}

TEST_CASE("since is when the state changed, not when the message did", "[ops][health]") {
  StillClock clock;
  Health health(clock);
  health.set("bus", {.state = HealthState::degraded, .message = "1 waits"});
  clock.us = 2000;
  health.set("bus", {.state = HealthState::degraded, .message = "2 wait"});
  CHECK(health.reports().front().since == wall_time(1000));
  CHECK(health.reports().front().report.message == "2 wait");
  health.set("bus", {.state = HealthState::ok, .message = {}});
  CHECK(health.reports().front().since == wall_time(2000));
}

TEST_CASE("many threads may tell and ask at once", "[ops][health]") {
  const StillClock clock;
  Health health(clock);
  auto telling = std::async(std::launch::async, [&health] {
    for (int i = 0; i < 2000; ++i) {
      health.set("n" + std::to_string(i % 7),
                 {.state = i % 2 == 0 ? HealthState::ok : HealthState::down, .message = {}});
    }
  });
  for (int i = 0; i < 500; ++i) {
    static_cast<void>(ready(health));
  }
  telling.get();
  CHECK(health.reports().size() == 7);
}
