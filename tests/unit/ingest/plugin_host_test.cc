#include "daemon/ingest/plugin_host.h"

#include <catch2/catch.hpp>

#include "hostile.h"

namespace fusiond::ingest {
namespace {

using test::HangScope;
using test::plugin_dir;

std::shared_ptr<const PluginLibrary> hostile() {
  return PluginLibrary::open(plugin_dir(), "hostile").value();
}

PluginLimits short_limits() {
  PluginLimits limits;
  limits.parse_timeout = std::chrono::milliseconds(300);
  limits.max_restarts = 2;
  return limits;
}

Batch bodies(const std::vector<std::string>& texts) {
  std::vector<Delivery> deliveries;
  for (const auto& text : texts) {
    Delivery delivery;
    delivery.body = text;
    deliveries.push_back(delivery);
  }
  return batch_of(std::move(deliveries));
}

}  // namespace

TEST_CASE("a plugin with another ABI, another kind or none at all is refused by name",
          "[ingest][plugin]") {
  const auto other = PluginLibrary::open(plugin_dir(), "wrong_abi");
  REQUIRE_FALSE(other);
  CHECK(other.error().fault == Fault::bad_config);
  CHECK(other.error().message.find("ABI must be 1, got: 99") != std::string::npos);
  const auto named = PluginLibrary::open(plugin_dir(), "wrong_kind");
  REQUIRE_FALSE(named);
  CHECK(named.error().message.find("its kind must be wrong_kind, got: hostile") !=
        std::string::npos);
  const auto missing = PluginLibrary::open(plugin_dir(), "missing");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().fault == Fault::bad_config);
}

TEST_CASE("all faults of a plugin's settings come back at once with their pointers",
          "[ingest][plugin]") {
  const auto faults = check_settings(plugin_dir(), "hostile", R"({"fail":true})");
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].pointer == "/zone");
  CHECK(faults[0].message == "no such zone");
  CHECK(faults[1].pointer == "/fields/0");
  CHECK(check_settings(plugin_dir(), "hostile", "{}").empty());
  CHECK(check_settings(plugin_dir(), "hostile", R"({"silent":1})").size() == 1);
  CHECK(check_settings(plugin_dir(), "missing", "{}").size() == 1);
}

TEST_CASE("a plugin that throws costs one delivery", "[ingest][plugin]") {
  PluginHost host(hostile(), "{}", short_limits());
  const auto outcomes = host.parse(bodies({"skip:a", "throw", "skip:b"}));
  REQUIRE(outcomes);
  REQUIRE(outcomes->size() == 3);
  CHECK((*outcomes)[0].how == Parsed::How::done);
  CHECK((*outcomes)[1].how == Parsed::How::failed);
  CHECK((*outcomes)[2].how == Parsed::How::done);
  CHECK((*outcomes)[2].parts.at(0).reason == "b");
  CHECK(host.failures() == 1);
}

TEST_CASE("a plugin that hangs costs one delivery and the rest goes on", "[ingest][plugin]") {
  const HangScope hangs;
  PluginHost host(hostile(), "{}", short_limits());
  const auto outcomes = host.parse(bodies({"skip:a", "hang", "skip:b", "hang", "skip:c"}));
  REQUIRE(outcomes);
  REQUIRE(outcomes->size() == 5);
  CHECK((*outcomes)[0].how == Parsed::How::done);
  CHECK((*outcomes)[1].how == Parsed::How::hung);
  CHECK((*outcomes)[2].parts.at(0).reason == "b");
  CHECK((*outcomes)[3].how == Parsed::How::hung);
  CHECK((*outcomes)[4].parts.at(0).reason == "c");
  CHECK(host.hangs() == 2);
}

TEST_CASE("a plugin that hangs too often is down and says so", "[ingest][plugin]") {
  const HangScope hangs;
  PluginHost host(hostile(), "{}", short_limits());
  const auto outcomes = host.parse(bodies({"hang", "hang", "hang", "skip:a"}));
  REQUIRE(outcomes);
  CHECK(outcomes->size() == 3);
  const auto again = host.parse(bodies({"skip:a"}));
  REQUIRE_FALSE(again);
  CHECK(again.error().fault == Fault::unavailable);
  CHECK(again.error().message.find("hung too often") != std::string::npos);
}

TEST_CASE("a thousand good deliveries give a plugin its restarts back", "[ingest][plugin]") {
  const HangScope hangs;
  PluginHost host(hostile(), "{}", short_limits());
  const std::vector<std::string> good(PluginHost::kRefillAfter, "skip:a");
  for (int round = 0; round < 3; ++round) {
    CHECK(host.parse(bodies({"hang", "hang"}))->size() == 2);
    CHECK(host.parse(bodies(good))->size() == good.size());
  }
}

TEST_CASE("an instance that cannot be made or takes too long makes the plugin unavailable",
          "[ingest][plugin]") {
  const HangScope hangs;
  PluginHost failing(hostile(), R"({"fail":true})", short_limits());
  const auto failed = failing.parse(bodies({"skip:a"}));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find("no such zone") != std::string::npos);
  PluginLimits limits = short_limits();
  limits.create_timeout = std::chrono::milliseconds(100);
  PluginHost hanging(hostile(), R"({"hang_at_create":true})", limits);
  const auto hung = hanging.parse(bodies({"skip:a"}));
  REQUIRE_FALSE(hung);
  CHECK(hung.error().message.find("takes too long") != std::string::npos);
}

TEST_CASE("a plugin that floods its sink fails the delivery and memory stays bounded",
          "[ingest][plugin]") {
  PluginLimits limits = short_limits();
  limits.max_parts = 1000;
  PluginHost host(hostile(), "{}", limits);
  const auto outcomes = host.parse(bodies({"many:1000", "many:1001"}));
  REQUIRE(outcomes);
  CHECK((*outcomes)[0].parts.size() == 1000);
  CHECK((*outcomes)[1].how == Parsed::How::failed);
  CHECK((*outcomes)[1].parts.empty());
}

}  // namespace fusiond::ingest
