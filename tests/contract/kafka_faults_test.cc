// What the Kafka back end does when the broker fails it, with librdkafka's mock cluster.
#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/base/clock.h"
#include "daemon/bus/kafka/kafka_bus.h"
#include "tests/contract/mock_kafka.h"
#include "tests/support/bus_log.h"
#include "tests/support/fake_metrics.h"

namespace fusiond::test {
namespace {

using std::chrono::milliseconds;

struct FaultTest {
  explicit FaultTest(bool broker_is_up = true) {
    broker.make_topic("t", 1);
    config.kafka.bootstrap_servers = broker.bootstrap();
    config.kafka.request_timeout = milliseconds{2'000};
    if (!broker_is_up) {
      broker.down();
    }
    open();
  }
  void open() {
    bus.reset();
    auto opened = bus::KafkaBus::open(config, clock, metrics);
    REQUIRE(opened);
    bus = std::move(*opened);
  }
  Result<void> append(const std::string& value) {
    return bus->append({.topic = "t", .key = "k", .value = value, .headers = {}, .partition = {}},
                       reports.expect(value));
  }
  void append_numbers(int from, int to) {
    for (int i = from; i < to; ++i) {
      REQUIRE(append(std::to_string(i)));
    }
  }
  template <class Condition>
  bool comes(const Condition& condition) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) {
        return false;
      }
      clock.pause(milliseconds{10});
    }
    return true;
  }
  double counted(const std::string& name) {
    return metrics.value("fusiond_bus_" + name + "_total", {{"topic", "t"}});
  }

  SystemClock clock;
  FakeMetrics metrics;
  MockKafka broker;
  bus::BusConfig config;
  Reports reports;
  std::unique_ptr<bus::KafkaBus> bus;
};

std::vector<std::string> numbers(int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(std::to_string(i));
  }
  return all;
}

}  // namespace

TEST_CASE(
    "a broker that is down at the start is trouble, and what was appended gets there when it comes",
    "[bus][kafka]") {
  FaultTest t(false);
  REQUIRE(t.bus->trouble());
  CHECK(t.bus->trouble()->find(t.broker.bootstrap()) != std::string::npos);
  t.append_numbers(0, 200);
  const auto flushed = t.bus->flush(milliseconds{300});
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().fault == Fault::unavailable);
  CHECK(t.bus->trouble());
  CHECK(t.reports.count() == 0);
  t.broker.up();
  REQUIRE(t.bus->flush(kPatience));
  CHECK(t.comes([&] { return !t.bus->trouble(); }));
  CHECK(t.reports.count() == 200);
  CHECK(values_of(read_topic(*t.bus, "t")) == numbers(200));
}

TEST_CASE("questions to a broker that is away are unavailable, and readers open and wait",
          "[bus][kafka]") {
  FaultTest t(false);
  t.config.kafka.request_timeout = milliseconds{300};
  t.open();
  const auto made = t.bus->ensure_topics({{.name = "t", .partitions = 1}});
  REQUIRE_FALSE(made);
  CHECK(made.error().fault == Fault::unavailable);
  CHECK(t.bus->extent("t", 0).error().fault == Fault::unavailable);
  auto reader = open(*t.bus, "t", from_begin(1));
  std::vector<ports::BusRecord> records;
  CHECK(reader->read(records, 10, milliseconds{100}).value_or(99) == 0U);
  REQUIRE(t.append("a"));
  t.broker.up();
  CHECK(values_of(read_some(*reader, 1)) == std::vector<std::string>{"a"});
}

TEST_CASE("a broker that goes away while nothing is appended is trouble until it is back",
          "[bus][kafka]") {
  FaultTest t;
  REQUIRE(t.append("0"));
  REQUIRE(t.bus->flush(kPatience));
  CHECK_FALSE(t.bus->trouble());
  t.broker.down();
  CHECK(t.comes([&] { return t.bus->trouble().has_value(); }));
  t.broker.up();
  CHECK(t.comes([&] { return !t.bus->trouble(); }));
}

TEST_CASE(
    "an outage in the middle loses nothing, doubles nothing and keeps the order, for writers and "
    "readers",
    "[bus][kafka]") {
  FaultTest t;
  auto reader = open(*t.bus, "t", from_begin(1));
  t.append_numbers(0, 300);
  CHECK(read_some(*reader, 100).size() == 100);
  t.broker.down();
  t.append_numbers(300, 600);
  CHECK(t.comes([&] { return t.bus->trouble().has_value(); }));
  t.broker.up();
  t.append_numbers(600, 900);
  REQUIRE(t.bus->flush(kPatience));
  auto rest = values_of(read_some(*reader, 800));
  CHECK(rest.front() == "100");
  CHECK(rest.back() == "899");
  CHECK(values_of(read_topic(*t.bus, "t")) == numbers(900));
  CHECK(t.reports.count() == 900);
  CHECK(t.counted("appended") == 900);
  CHECK(t.counted("failed") == 0);
}

TEST_CASE("what the broker refuses for the moment is tried again, in order and once",
          "[bus][kafka]") {
  FaultTest t;
  t.broker.answer(Request::produce,
                  {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                   RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR__TRANSPORT});
  t.append_numbers(0, 100);
  REQUIRE(t.bus->flush(kPatience));
  CHECK(values_of(read_topic(*t.bus, "t")) == numbers(100));
  CHECK(t.reports.count() == 100);
}

TEST_CASE("a record that the broker finds too large is the sender's fault, later ones get through",
          "[bus][kafka]") {
  FaultTest t;
  t.broker.answer(Request::produce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  REQUIRE(t.append("large"));
  REQUIRE(t.bus->flush(kPatience));
  REQUIRE(t.reports.count() == 1);
  CHECK(t.reports.all()[0].second.error().fault == Fault::bad_input);
  CHECK(t.counted("failed") == 1);
  REQUIRE(t.append("small"));
  REQUIRE(t.bus->flush(kPatience));
  CHECK(values_of(read_topic(*t.bus, "t")) == std::vector<std::string>{"small"});
}

TEST_CASE("a client that cannot go on is replaced, and says which records it gave up",
          "[bus][kafka]") {
  FaultTest t(false);
  t.append_numbers(0, 10);
  t.broker.answer(Request::init_producer_id, {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED});
  t.broker.up();
  REQUIRE(t.comes([&] { return t.reports.count() == 10; }));
  for (const auto& [name, result] : t.reports.all()) {
    REQUIRE_FALSE(result);
    CHECK(result.error().fault == Fault::unavailable);
  }
  REQUIRE(t.comes([&] { return t.append("again").has_value(); }));
  REQUIRE(t.bus->flush(kPatience));
  CHECK(values_of(read_topic(*t.bus, "t")) == std::vector<std::string>{"again"});
  CHECK(t.counted("failed") == 10);
}

TEST_CASE("while the broker is away the queue fills, then appends are turned away",
          "[bus][kafka]") {
  FaultTest t(false);
  t.config.queue_records = 50;
  t.open();
  t.append_numbers(0, 50);
  const auto refused = t.append("one too many");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().fault == Fault::overloaded);
  CHECK(t.counted("overloaded") == 1);
  t.broker.up();
  REQUIRE(t.bus->flush(kPatience));
  CHECK(values_of(read_topic(*t.bus, "t")) == numbers(50));
}

TEST_CASE("closing while the broker is away reports every record once, as not delivered",
          "[bus][kafka]") {
  FaultTest t(false);
  t.append_numbers(0, 100);
  t.bus.reset();
  REQUIRE(t.reports.count() == 100);
  for (const auto& [name, result] : t.reports.all()) {
    CHECK_FALSE(result);
  }
}

TEST_CASE("a fetch that fails is tried again and skips nothing", "[bus][kafka]") {
  FaultTest t;
  t.append_numbers(0, 100);
  REQUIRE(t.bus->flush(kPatience));
  t.broker.answer(Request::fetch, {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                   RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_UNKNOWN});
  auto reader = open(*t.bus, "t", from_begin(1));
  std::vector<ports::BusRecord> records;
  REQUIRE(t.comes([&] {
    const auto got = reader->read(records, 1'000, milliseconds{100});
    return (got || got.error().fault == Fault::unavailable) && records.size() >= 100;
  }));
  CHECK(values_of(records) == numbers(100));
}

}  // namespace fusiond::test
