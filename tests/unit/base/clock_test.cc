#include "daemon/base/clock.h"

#include <catch2/catch.hpp>

using namespace fusiond;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;

TEST_CASE("a replay shows the past and runs as fast as it is told", "[base]") {
  const SystemClock real;
  const WallTime begun = real.now() - 1h;  // the show began an hour ago, sixty times as fast
  const WallTime shown = wall_time(1'687'111'200'000'000);
  const ReplayClock replay(begun, shown, 60);
  const WallTime before = shown + (real.now() - begun) * 60;
  const WallTime now = replay.now();
  const WallTime after = shown + (real.now() - begun) * 60;
  CHECK(now >= before);
  CHECK(now <= after + Micros{60});
}

TEST_CASE("monotonic time goes on and a pause takes at least its time", "[base]") {
  const SystemClock clock;
  const MonoTime before = clock.mono();
  clock.pause(2ms);
  CHECK(clock.mono() - before >= 2ms);
}
