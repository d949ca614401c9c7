#include "daemon/ingest/forwarder.h"

#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "daemon/wire/deadletter_wire.h"
#include "daemon/wire/records.h"
#include "flaky_bus.h"
#include "ingest_bench.h"

namespace fusiond::ingest {
namespace {

using test::eventually;
using test::FlakyBus;
using Act = test::FlakyBus::Act;

ports::OutRecord record(const std::string& key) {
  ports::OutRecord record;
  record.topic = "events";
  record.key = key;
  record.value = "value of " + key;
  record.headers = {{"ce_type", "fusiond.event.v1"}, {"ce_source", "/cad/test"}};
  return record;
}

ports::OutRecord tick(const std::string& key) {
  ports::OutRecord tick = record(key);
  tick.headers = {{"ce_type", std::string(wire::kTickType)}};
  return tick;
}

const Labels kStandard = {{"lane", "standard"}};

struct ForwarderBench {
  void push(const std::vector<ports::OutRecord>& records) { REQUIRE(spool.push(records)); }
  // One life of the process, until the spool is empty.
  void drain() {
    Forwarder forwarder(spool, bus, clock, metrics, config);
    forwarder.start();
    forwarder.wake();
    CHECK(eventually([this] { return spool.entries() == 0; }));
    forwarder.stop();
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> keys;
    for (const auto& record : bus.records()) {
      keys.push_back(record.key);
    }
    return keys;
  }

  test::FakeSpool spool{64 << 20};
  FlakyBus bus;
  test::ManualClock clock{test::kNow};
  test::FakeMetrics metrics;
  ForwarderConfig config{.dead_letter_topic = "letters",
                         .first_backoff = std::chrono::milliseconds(1),
                         .max_backoff = std::chrono::milliseconds(4)};
};

}  // namespace

TEST_CASE("what is in the spool reaches the log in order and leaves the spool",
          "[ingest][forwarder]") {
  ForwarderBench bench;
  std::vector<std::string> want;
  for (int i = 0; i < 2000; ++i) {
    want.push_back(std::to_string(i));
    bench.push({record(want.back())});
  }
  bench.drain();
  CHECK(bench.keys() == want);
  CHECK(bench.metrics.value("fusiond_forwarder_confirmed_total", kStandard) == 2000);
  CHECK(bench.metrics.value("fusiond_spool_entries", kStandard) == 0);
}

TEST_CASE("nothing is lost or doubled while the log fails at random", "[ingest][forwarder]") {
  const auto seed = static_cast<std::uint64_t>(GENERATE(1, 2, 3, 4, 5, 6, 7, 8));
  INFO("seed " << seed);
  ForwarderBench bench;
  std::mt19937_64 rng(seed);
  bench.bus.plan = [&rng](std::size_t, const ports::OutRecord&) {
    const auto dice = rng() % 10;
    return dice < 2 ? Act::fail_later : dice < 3 ? Act::refuse_now : Act::confirm;
  };
  std::multiset<std::string> want;
  for (int i = 0; i < 300; ++i) {
    const std::string key = std::to_string(i);
    want.insert(key);
    bench.push({i % 50 == 49 ? tick(key) : record(key)});
  }
  bench.drain();
  const auto keys = bench.keys();
  CHECK(std::multiset<std::string>(keys.begin(), keys.end()) == want);
  CHECK(bench.metrics.value("fusiond_forwarder_retries_total", kStandard) > 0);
}

TEST_CASE("a tick follows everything that was accepted before it, whatever had to be repeated",
          "[ingest][forwarder]") {
  ForwarderBench bench;
  std::size_t failures = 3;
  bench.bus.plan = [&failures](std::size_t, const ports::OutRecord& record) {
    if (record.key == "b" && failures > 0) {
      --failures;
      return Act::fail_later;
    }
    return Act::confirm;
  };
  bench.push({record("a"), record("b"), record("c"), tick("t"), record("d")});
  bench.drain();
  const auto keys = bench.keys();
  REQUIRE(keys.size() == 5);
  CHECK(std::set<std::string>(keys.begin(), keys.begin() + 3) ==
        std::set<std::string>{"a", "b", "c"});
  CHECK(keys[3] == "t");
}

TEST_CASE("what the log refuses for good becomes a dead letter and does not block",
          "[ingest][forwarder]") {
  ForwarderBench bench;
  const Act refusal = GENERATE(Act::reject_now, Act::reject_later);
  bench.bus.plan = [refusal](std::size_t, const ports::OutRecord& record) {
    return record.key == "giant" ? refusal : Act::confirm;
  };
  bench.push({record("a"), record("giant"), record("b")});
  bench.drain();
  CHECK(bench.metrics.value("fusiond_forwarder_refused_total", kStandard) == 1);
  REQUIRE(bench.bus.records().size() == 3);
  for (const auto& each : bench.bus.records()) {
    if (each.topic != "letters") {
      continue;
    }
    const auto letter = test::letter_of(each);
    CHECK(letter.reason == "refused_by_bus");
    CHECK(letter.original == "value of giant");
    CHECK(letter.source.str() == "/cad/test");
  }
}

TEST_CASE("a dead letter that the log refuses too is given up and the rest goes on",
          "[ingest][forwarder]") {
  ForwarderBench bench;
  bench.bus.plan = [](std::size_t, const ports::OutRecord& record) {
    return record.key == "giant" || record.topic == "letters" ? Act::reject_later : Act::confirm;
  };
  bench.push({record("giant"), record("b")});
  bench.drain();
  CHECK(bench.keys() == std::vector<std::string>{"b"});
}

TEST_CASE("what was not confirmed when the process stopped is sent by the next one",
          "[ingest][forwarder]") {
  ForwarderBench bench;
  bool down = true;
  bench.bus.plan = [&down](std::size_t, const ports::OutRecord& record) {
    return down && record.key == "b" ? Act::fail_later : Act::confirm;
  };
  bench.push({record("a"), record("b"), record("c")});
  {
    Forwarder forwarder(bench.spool, bench.bus, bench.clock, bench.metrics, bench.config);
    forwarder.start();
    CHECK(eventually([&bench] { return bench.bus.asked() > 5; }));
    forwarder.stop();
    forwarder.stop();
  }
  CHECK(bench.spool.entries() == 2);
  down = false;
  bench.drain();
  const auto keys = bench.keys();
  CHECK(std::set<std::string>(keys.begin(), keys.end()) == std::set<std::string>{"a", "b", "c"});
  CHECK(bench.spool.entries() == 0);
}

TEST_CASE("while the log takes nothing the spool's gauges show it", "[ingest][forwarder]") {
  ForwarderBench bench;
  bench.bus.plan = [](std::size_t, const ports::OutRecord&) { return Act::refuse_now; };
  bench.push({record("a")});
  Forwarder forwarder(bench.spool, bench.bus, bench.clock, bench.metrics, bench.config);
  forwarder.start();
  CHECK(eventually([&bench] { return bench.bus.asked() > 0; }));
  bench.clock.advance(std::chrono::seconds(90));
  CHECK(eventually(
      [&bench] { return bench.metrics.value("fusiond_spool_stuck_seconds", kStandard) >= 90; }));
  CHECK(bench.metrics.value("fusiond_spool_entries", kStandard) == 1);
  forwarder.stop();
}

TEST_CASE("lane bulk is never further ahead of the engine than its pace allows",
          "[ingest][forwarder]") {
  ForwarderBench bench;
  std::uint64_t read_to = 0;
  bench.config.read_to = [&read_to](std::uint32_t) { return read_to; };
  bench.config.ahead = std::chrono::milliseconds(50);
  bench.config.floor_per_s = 0;
  for (int i = 0; i < 5'000; ++i) {
    bench.push({record(std::to_string(i))});
  }
  Forwarder forwarder(bench.spool, bench.bus, bench.clock, bench.metrics, bench.config);
  const Stop stop;
  forwarder.turn(stop, std::chrono::milliseconds(0));
  CHECK(bench.bus.records().size() == EnginePace::kLeast);
  // The engine does two records a millisecond, then ten times as many.
  for (const std::uint64_t a_ms : {2, 20}) {
    for (int ms = 0; ms < 400; ++ms) {
      bench.clock.advance(std::chrono::milliseconds(1));
      read_to = std::min(read_to + a_ms, bench.bus.records().size());
      forwarder.turn(stop, std::chrono::milliseconds(0));
      const auto ahead = bench.bus.records().size() - read_to;
      CHECK(ahead <= std::max<std::uint64_t>(50 * 20, EnginePace::kLeast));
      if (ms > 100 && bench.bus.records().size() < 5'000) {
        CHECK(ahead >= 45 * a_ms);
        CHECK(ahead <= 55 * a_ms);
      }
    }
  }
  CHECK(bench.metrics.value("fusiond_forwarder_held_total", kStandard) > 0);
}

TEST_CASE("what is held back still goes out a little each second", "[ingest][forwarder]") {
  ForwarderBench bench;
  bench.config.read_to = [](std::uint32_t) { return 0; };  // it stands still
  bench.config.floor_per_s = 7;
  for (int i = 0; i < 100; ++i) {
    bench.push({record(std::to_string(i))});
  }
  Forwarder forwarder(bench.spool, bench.bus, bench.clock, bench.metrics, bench.config);
  const Stop stop;
  for (std::size_t second = 1; second <= 5; ++second) {
    bench.clock.advance(std::chrono::seconds(1));
    for (int i = 0; i < 3; ++i) {
      forwarder.turn(stop, std::chrono::milliseconds(0));
    }
    CHECK(bench.bus.records().size() == EnginePace::kLeast + 7 * second);
  }
}

}  // namespace fusiond::ingest
