#include "daemon/app/rules_switch.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "daemon/app/rule_keeper.h"
#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"
#include "daemon/config/load.h"
#include "daemon/wire/rules_wire.h"
#include "tests/support/bus_log.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_folder.h"

using namespace fusiond;
namespace fs = std::filesystem;

namespace {

RulesOutcome outcome(const std::string& version, std::int64_t second, std::uint32_t partition = 0,
                     const std::string& refused = "") {
  RulesOutcome one;
  one.activation.files = {{"bundle.yaml", version}};
  one.activation.version = version;
  one.activation.author = "Ann";
  one.activation.reason = "why not";
  one.activation.said = wall_time(second * 1'000'000);
  one.activation.digest = wire::digest_of_files(one.activation.files);
  one.activation.id = wire::activation_id_of(one.activation);
  one.partition = partition;
  one.offset = static_cast<std::uint64_t>(second);
  one.taken = refused.empty();
  one.refused = refused;
  return one;
}

// A log in memory with its topics, the shipped rules in a folder that may be changed.
struct World {
  World() {
    config.kind = bus::BusKind::memory;
    config.partitions = 2;
    bus = std::move(*bus::make_bus(config, metrics));
    REQUIRE(bus->ensure_topics(bus::topic_specs(config)));
    fs::copy("config/rules", folder.path(), fs::copy_options::recursive);
    config::Faults faults;
    base.association = config::load_association("", faults);
    base.priorities = config::load_rules("", faults);
    REQUIRE(faults.empty());
    clock.set(wall_time(1'797'292'800'000'000));
  }
  app::RuleKeeper keeper() {
    return app::RuleKeeper({folder.path(), base, names.events, names.rules}, *bus, clock);
  }
  // The activations in partition 0 of the events topic.
  std::vector<RulesActivation> written() {
    std::vector<RulesActivation> list;
    for (const auto& record : test::read_topic(*bus, names.events)) {
      if (record.partition == 0) {
        list.push_back(wire::decode_rules(*record.value).value());
      }
    }
    return list;
  }
  // Says on the rules topic that the newest was taken, as a shard would.
  void take() {
    RulesOutcome one{written().back(), 0, 0, true, "", "", 0};
    REQUIRE(bus->append(wire::rules_outcome_record(names.rules, one), nullptr));
    REQUIRE(bus->flush(test::kPatience));
  }
  void change(const std::string& name, const std::string& from, const std::string& to) {
    std::string text = app::read_rule_files(folder.path()).value().at(name);
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    std::ofstream(fs::path(folder.path()) / name, std::ios::binary)
        << text.replace(at, from.size(), to);
  }
  test::FakeMetrics metrics;
  bus::BusConfig config;
  bus::TopicNames names = bus::topic_names("rtcc");
  std::unique_ptr<ports::Bus> bus;
  test::TempFolder folder;
  test::ManualClock clock;
  app::RuleBase base;
};

}  // namespace

TEST_CASE("going back finds the newest other bundle that held", "[app][rules]") {
  const std::vector<RulesOutcome> all = {outcome("one", 1),    outcome("one", 1, 1),
                                         outcome("two", 2),    outcome("bad", 3, 0, "faults"),
                                         outcome("three", 4),  outcome("three", 5),
                                         outcome("late", 6, 1)};
  CHECK(app::taken_in_order(all).size() == 4);
  CHECK(app::to_roll_back_to(all, "").value().activation.version == "two");
  CHECK(app::to_roll_back_to(all, "one").value().activation.version == "one");
  CHECK(app::to_roll_back_to(all, "bad").error().fault == Fault::bad_input);
  CHECK(app::to_roll_back_to({outcome("one", 1)}, "").error().fault == Fault::bad_input);
  CHECK(app::to_roll_back_to({}, "").error().fault == Fault::bad_input);
}

TEST_CASE("the history says who, why, where and what was refused", "[app][rules]") {
  const std::string text =
      app::history_text({outcome("one", 1), outcome("one", 1, 1), outcome("bad", 3, 0, "faults")});
  CHECK(text ==
        "1970-01-01T00:00:01Z  one  by Ann  because: why not  (in force)\n"
        "    from 0@1 on, instead of no rules; told anew: 0\n"
        "    from 1@1 on, instead of no rules; told anew: 0\n"
        "1970-01-01T00:00:03Z  bad  by Ann  because: why not\n"
        "    refused at 0@3: faults\n");
}

TEST_CASE("a folder is put into force at the start, once, in every partition", "[app][rules]") {
  World world;
  auto keeper = world.keeper();
  keeper.start();
  CHECK_FALSE(keeper.trouble());
  REQUIRE(world.written().size() == 1);
  const RulesActivation written = world.written().front();
  CHECK(written.author == "fusiond");
  CHECK(written.files == app::read_rule_files("config/rules").value());
  const auto bundle = app::rules_compiler(world.base.association)(written);
  REQUIRE(bundle);
  CHECK(bundle->version == written.version);
  CHECK(bundle->rules.size() >= 6);
  CHECK(test::read_topic(*world.bus, world.names.events).size() == 2);
  keeper.look();
  keeper.look();
  CHECK(world.written().size() == 1);
}

TEST_CASE("a restart does not overrule who went back", "[app][rules]") {
  World world;
  world.keeper().start();
  world.take();
  auto again = world.keeper();
  again.start();
  again.look();
  CHECK(world.written().size() == 1);
  CHECK_FALSE(again.trouble());
}

TEST_CASE("a folder that changes is put into force once it stands still", "[app][rules]") {
  World world;
  auto keeper = world.keeper();
  keeper.start();
  world.clock.advance(std::chrono::seconds{10});
  world.change("gunfire-backed.yaml", "backed by an independent source", "backed by somebody");
  keeper.look();
  CHECK(world.written().size() == 1);
  keeper.look();
  REQUIRE(world.written().size() == 2);
  CHECK(world.written().back().reason == "the folder has changed");
  keeper.look();
  CHECK(world.written().size() == 2);
}

TEST_CASE("a folder with a fault, or whose tests fail, changes nothing and says so",
          "[app][rules]") {
  World world;
  auto keeper = world.keeper();
  keeper.start();
  world.change("gunfire-backed.yaml", "within: 400 m", "within: 400 yards");
  keeper.look();
  keeper.look();
  REQUIRE(keeper.trouble());
  CHECK(keeper.trouble()->find("gunfire-backed.yaml:") != std::string::npos);
  world.change("gunfire-backed.yaml", "within: 400 yards", "within: 40 m");
  keeper.reload();
  REQUIRE(keeper.trouble());
  CHECK(keeper.trouble()->find("tests of the rules fail") != std::string::npos);
  CHECK(world.written().size() == 1);
  world.change("gunfire-backed.yaml", "within: 40 m", "within: 400 m");
  keeper.look();
  keeper.look();
  CHECK_FALSE(keeper.trouble());
}

TEST_CASE("who waits for outcomes gets those of every partition", "[app][rules]") {
  World world;
  const RulesOutcome one = outcome("one", 1);
  const RulesOutcome two = outcome("one", 1, 1);
  for (const RulesOutcome& said : {outcome("other", 5), one, two}) {
    REQUIRE(world.bus->append(wire::rules_outcome_record(world.names.rules, said), nullptr));
  }
  REQUIRE(world.bus->flush(test::kPatience));
  const auto heard = app::await_outcomes(*world.bus, world.clock, world.names.rules,
                                         one.activation.id, 2, std::chrono::seconds{0});
  REQUIRE(heard);
  CHECK(*heard == std::vector<RulesOutcome>{one, two});
}
