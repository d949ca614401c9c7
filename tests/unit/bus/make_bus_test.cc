#include "daemon/bus/make_bus.h"

#include <catch2/catch.hpp>

#include "daemon/bus/topics.h"
#include "tests/support/bus_log.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/temp_folder.h"

namespace fusiond::bus {

TEST_CASE("the topics carry the prefix, and only the incidents are compacted", "[bus][topics]") {
  BusConfig config;
  config.prefix = "city";
  config.partitions = 4;
  const auto specs = topic_specs(config);
  REQUIRE(specs.size() == 6);
  CHECK(topic_names("city").events == "city.events.v1");
  for (const auto& spec : specs) {
    CHECK(spec.name.starts_with("city."));
    CHECK(spec.compacted == (spec.name == topic_names("city").incidents));
  }
  CHECK(specs[0].partitions == 4);
}

TEST_CASE("a bus is made of each kind that needs no broker", "[bus]") {
  const test::TempFolder folder;
  test::FakeMetrics metrics;
  BusConfig config;
  config.embedded.dir = folder.path();
  for (const auto kind : {BusKind::embedded, BusKind::memory}) {
    config.kind = kind;
    const auto bus = make_bus(config, metrics);
    REQUIRE(bus);
    REQUIRE((*bus)->ensure_topics(topic_specs(config)));
    test::put(**bus, topic_names(config.prefix).events, "k", "v");
  }
}

TEST_CASE("every fault of the config is named, with its key and value", "[bus][config]") {
  BusConfig config;
  config.prefix = "a b";
  config.max_record_bytes = 3;
  config.queue_records = 0;
  config.embedded.dir = "";
  const auto faults = faults_of(config);
  REQUIRE(faults.size() == 4);
  CHECK(faults[0].message.find("bus.prefix") == 0);
  CHECK(faults[1].message.find("bus.max_record_bytes") == 0);
  CHECK(faults[2].message.find("bus.queue_records") == 0);
  CHECK(faults[3].message.find("bus.embedded.dir") == 0);
  test::FakeMetrics metrics;
  CHECK_FALSE(make_bus(config, metrics));
}

TEST_CASE(
    "an operator may set the Kafka client's properties, but not those that the guarantees rest on",
    "[bus][config]") {
  BusConfig config;
  config.kind = BusKind::kafka;
  config.kafka.properties = {{"ssl.cipher.suites", "DEFAULT"}, {"linger.ms", "5"}};
  CHECK(faults_of(config).empty());
  config.kafka.properties = {{"acks", "1"},
                             {"enable.idempotence", "false"},
                             {"linger.ms", "soon"},
                             {"no.such.property", "1"},
                             {"retries", "1"}};
  config.kafka.bootstrap_servers = "";
  const auto faults = faults_of(config);
  REQUIRE(faults.size() == 6);
  CHECK(faults[0].message.starts_with("bus.kafka.properties.acks"));
  CHECK(faults[1].message.starts_with("bus.kafka.properties.enable.idempotence"));
  CHECK(faults[2].message.starts_with("bus.kafka.properties.linger.ms"));
  CHECK(faults[3].message.starts_with("bus.kafka.properties.no.such.property"));
  CHECK(faults[4].message.starts_with("bus.kafka.properties.retries"));
  CHECK(faults[5].message.starts_with("bus.kafka.bootstrap_servers"));
}

TEST_CASE("a Kafka bus is made without a broker, and says that there is none", "[bus][config]") {
  test::FakeMetrics metrics;
  BusConfig config;
  config.kind = BusKind::kafka;
  config.kafka.bootstrap_servers = "127.0.0.1:1";
  const auto bus = make_bus(config, metrics);
  REQUIRE(bus);
  REQUIRE((*bus)->trouble());
  CHECK((*bus)->trouble()->find("127.0.0.1:1") != std::string::npos);
}

}  // namespace fusiond::bus
