#include "daemon/ingest/clock_watch.h"

#include <catch2/catch.hpp>

#include "ingest_bench.h"
#include "tests/support/seeded_rng.h"

namespace fusiond::ingest {
namespace {

using test::kNow;
using namespace std::chrono_literals;

// Reports, one every `every`, whose times are `lag` old at their receipt.
struct Feed {
  explicit Feed(std::optional<Micros> usual_lag = std::nullopt) : clock(usual_lag) {}
  void report(Micros lag, int times = 1) {
    for (int i = 0; i < times; ++i) {
      clock.see(now, lag);
      now += every;
    }
  }
  ClockWatch clock;
  WallTime now = kNow;
  Micros every = 10s;
};

}  // namespace

TEST_CASE("a clock that is right is left alone", "[ingest][clock]") {
  Feed feed(2s);
  feed.report(2s, 100);
  CHECK(feed.clock.estimate().offset == 0s);
}

TEST_CASE("a clock that is ahead is known after five seconds with reports", "[ingest][clock]") {
  for (const Micros ahead : {Micros(1s), Micros(30s), Micros(300s), Micros(24h)}) {
    Feed feed;
    feed.report(-ahead, 5);
    CHECK(feed.clock.estimate().offset == 0s);
    feed.report(-ahead);
    CHECK(feed.clock.estimate().offset == -ahead);
  }
}

TEST_CASE("a clock behind is told from a slow feed by what is usual", "[ingest][clock]") {
  Feed unknown;
  unknown.report(1h, 100);
  CHECK(unknown.clock.estimate().offset == 0s);
  Feed told(2s);
  told.report(1h + 2s, 31);
  CHECK(told.clock.estimate().offset == 0s);
  told.report(1h + 2s);
  CHECK(told.clock.estimate().offset == 1h);
}

TEST_CASE("a burst of old reports is no clock that is behind", "[ingest][clock]") {
  Feed feed(2s);
  feed.report(2s, 40);
  feed.now += 1h;
  feed.every = 10ms;  // an hour of them, oldest first
  for (int i = 0; i < 6'000; ++i) {
    feed.report(1h - i * 590ms);
    CHECK(feed.clock.estimate().offset == 0s);
  }
  feed.every = 10s;
  feed.report(2s, 40);
  CHECK(feed.clock.estimate().offset == 0s);
}

TEST_CASE("the middle lag is taken, whatever a quarter of the reports say", "[ingest][clock]") {
  support::SeededRng rng(7);
  Feed feed;
  for (int i = 0; i < 500; ++i) {
    const bool wild = i % 5 == 0;
    feed.report(wild ? Micros(rng.below(7'200'000'000)) : -60s + Micros(rng.below(1'000'000)));
  }
  const auto [offset, error] = feed.clock.estimate();
  CHECK(offset > -60s - 1s);
  CHECK(offset < -58s);
  CHECK(error <= 1s);
}

TEST_CASE("a clock that was set is forgotten and learned anew", "[ingest][clock]") {
  Feed feed;
  feed.report(-60s, 40);
  REQUIRE(feed.clock.estimate().offset == -60s);
  feed.report(-1h, 6);
  CHECK(feed.clock.estimate().offset == -1h);
  feed.report(1s, 6);
  CHECK(feed.clock.estimate().offset == 0s);
}

TEST_CASE("a clock that drifts is followed", "[ingest][clock]") {
  Feed feed;
  feed.every = 60s;
  Micros lag = -5s;
  for (int i = 0; i < 1'440; ++i) {
    lag -= 7ms;  // 10 s a day
    feed.report(lag);
  }
  CHECK(std::chrono::abs(feed.clock.estimate().offset - lag) < 300ms);
}

TEST_CASE("lags all over the place say nothing of the clock", "[ingest][clock]") {
  support::SeededRng rng(11);
  Feed feed(0s);
  for (int i = 0; i < 200; ++i) {
    feed.report(Micros(rng.below(600'000'000)) - 300s);
    CHECK(feed.clock.estimate().offset == 0s);
  }
}

}  // namespace fusiond::ingest
