#include "daemon/app/topic_keeper.h"

#include <catch2/catch.hpp>

#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"
#include "tests/support/fake_metrics.h"

using namespace fusiond;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

TEST_CASE("the topics are there once they were awaited", "[app]") {
  test::FakeMetrics metrics;
  const SystemClock clock;
  bus::BusConfig config;
  config.kind = bus::BusKind::memory;
  auto bus = bus::make_bus(config, metrics);
  REQUIRE(bus);
  app::TopicKeeper keeper(**bus, clock, bus::topic_specs(config));
  CHECK(keeper.trouble());
  CHECK_FALSE(keeper.await(0ms));
  keeper.start();
  CHECK(keeper.await(10s));
  CHECK((*bus)->partitions(bus::topic_names(config.prefix).events) == 1U);
  keeper.stop();
  keeper.stop();
}
