#include "daemon/bus/memory/memory_bus.h"

#include <catch2/catch.hpp>

#include "tests/support/bus_log.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/manual_clock.h"

namespace fusiond::bus {
namespace {

using test::put;

struct MemoryTest {
  explicit MemoryTest(std::chrono::hours retention = std::chrono::hours{1}) {
    REQUIRE(bus.ensure_topics(
        {{.name = "t", .partitions = 1, .compacted = false, .retention = retention}}));
  }
  Result<void> append(const std::string& value) {
    return bus.append({.topic = "t", .key = "k", .value = value, .headers = {}, .partition = {}},
                      reports.expect(value));
  }
  test::ManualClock clock;
  test::FakeMetrics metrics;
  MemoryBus bus{BusConfig{}, clock, metrics};
  test::Reports reports;
};

}  // namespace

TEST_CASE("the memory bus can be told to turn appends away", "[bus][memory]") {
  MemoryTest t;
  t.bus.refuse_appends(1);
  const auto refused = t.append("a");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().fault == Fault::overloaded);
  CHECK(t.append("b"));
  CHECK(t.reports.count() == 1);
}

TEST_CASE("the memory bus can be told to lose appends and say so", "[bus][memory]") {
  MemoryTest t;
  t.bus.fail_appends(1);
  REQUIRE(t.append("a"));
  REQUIRE(t.append("b"));
  const auto reports = t.reports.all();
  REQUIRE(reports.size() == 2);
  CHECK_FALSE(reports[0].second);
  CHECK(reports[1].second->offset == 0);
  CHECK(t.metrics.value("fusiond_bus_failed_total", {{"topic", "t"}}) == 1);
}

TEST_CASE("the memory bus can be told to hold appends, which keep their order", "[bus][memory]") {
  MemoryTest t;
  t.bus.hold(true);
  REQUIRE(t.append("a"));
  REQUIRE(t.append("b"));
  CHECK(t.reports.count() == 0);
  CHECK(t.metrics.value("fusiond_bus_queued_records") == 2);
  t.bus.hold(false);
  CHECK(t.reports.place("a").offset == 0);
  CHECK(t.reports.place("b").offset == 1);
}

TEST_CASE("a read that was made to fail skips nothing", "[bus][memory]") {
  MemoryTest t;
  REQUIRE(t.append("a"));
  auto reader = test::open(t.bus, "t", test::from_begin(1));
  t.bus.fail_reads(1);
  std::vector<ports::BusRecord> records;
  const auto failed = reader->read(records, 10, std::chrono::milliseconds{0});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().fault == Fault::unavailable);
  CHECK(test::values_of(test::read_some(*reader, 1)) == std::vector<std::string>{"a"});
}

TEST_CASE("the memory bus shows the trouble it was given", "[bus][memory]") {
  MemoryTest t;
  t.bus.set_trouble("no broker");
  CHECK((t.bus.trouble() == "no broker"));
}

TEST_CASE("the memory bus drops what is older than the retention", "[bus][memory]") {
  MemoryTest t;
  REQUIRE(t.append("a"));
  t.clock.advance(std::chrono::hours{2});
  REQUIRE(t.append("b"));
  CHECK(t.bus.extent("t", 0)->begin == 1);
  CHECK(test::values_of(test::read_topic(t.bus, "t")) == std::vector<std::string>{"b"});
}

TEST_CASE("a reader that retention overtook is told, in place of skipping", "[bus][memory]") {
  MemoryTest t;
  for (const char* value : {"a", "b", "c"}) {
    REQUIRE(t.append(value));
  }
  auto reader = test::open(t.bus, "t", test::from_begin(1));
  t.bus.drop_before("t", 0, 2);
  std::vector<ports::BusRecord> records;
  const auto read = reader->read(records, 10, std::chrono::milliseconds{0});
  REQUIRE_FALSE(read);
  CHECK(read.error().fault == Fault::corrupt);
  REQUIRE(reader->seek(0, 2));
  CHECK(test::values_of(test::read_some(*reader, 1)) == std::vector<std::string>{"c"});
}

TEST_CASE("an append to a topic that does not exist is a fault", "[bus][memory]") {
  MemoryTest t;
  const auto appended = t.bus.append(
      {.topic = "none", .key = "k", .value = "v", .headers = {}, .partition = {}}, nullptr);
  REQUIRE_FALSE(appended);
  CHECK(appended.error().fault == Fault::bad_config);
}

}  // namespace fusiond::bus
