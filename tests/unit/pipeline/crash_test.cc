// Crashes at every commit and at every confirmation: nothing is lost, and no (epoch, revision) ever
// has two contents.
#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include "daemon/pipeline/publisher.h"
#include "daemon/pipeline/step.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/fake_state_store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/seeded_rng.h"
#include "tests/unit/pipeline/pipeline_fixture.h"
#include "tests/unit/pipeline/scripted_bus.h"

namespace fusiond::pipeline {
namespace {

constexpr std::size_t kBatch = 3;

// One life of the process on `disk`: restores, then reads batches until `log` is read or a commit
// fails. Publishes after each commit when `publish`. Returns whether it got to the end.
class Life {
 public:
  Life(std::shared_ptr<test::FakeDisk> disk, ScriptedBus& bus)
      : disk_(std::move(disk)), bus_(bus) {}

  bool publish = true;

  bool live(const std::vector<ports::BusRecord>& log, std::uint64_t commits, bool arrives) {
    test::FakeStateStore store(disk_);
    auto restored = load_state(store);
    REQUIRE(restored.has_value());
    const std::uint64_t epoch = next_epoch(*restored, wall_time(support::kStartUs));
    Step step(step_config(), std::move(*restored), epoch, metrics_);
    store.fail_after(commits, arrives);
    if (!store.commit(step.start().batch)) {
      return false;
    }
    Publisher publisher({bus_, store, clock_, metrics_}, {}, step_config().topics);
    while (step.next_offset() < log.size()) {
      const auto begin = log.begin() + static_cast<std::ptrdiff_t>(step.next_offset());
      const auto count = std::min<std::ptrdiff_t>(kBatch, log.end() - begin);
      if (!store.commit(step.run({begin, begin + count}).batch)) {
        return false;
      }
      if (publish) {
        REQUIRE(publisher.turn(std::chrono::milliseconds{0}).has_value());
      }
    }
    while (store.unpublished() != 0) {
      REQUIRE(publisher.turn(std::chrono::milliseconds{0}).has_value());
    }
    return true;
  }

 private:
  std::shared_ptr<test::FakeDisk> disk_;
  ScriptedBus& bus_;
  test::FakeMetrics metrics_;
  test::ManualClock clock_;
};

// A busy corner: reports near each other that join, are revised, move, share keys, come late, are
// retracted; so that incidents merge, are renamed and withdrawn on the way.
std::vector<ports::BusRecord> busy_log(support::SeededRng& rng, int records) {
  using std::chrono::seconds;
  std::vector<ports::BusRecord> log;
  const auto add = [&](ports::OutRecord record) {
    log.push_back(in_log(std::move(record), log.size()));
  };
  for (int i = 0; i < records; ++i) {
    if (rng.chance(10)) {
      add(tick_out(seconds{30 * i}));
      continue;
    }
    const std::string name = "c" + std::to_string(rng.below(20));
    support::EventBuilder event(name);
    event.at(seconds{20 * i - rng.between(0, 900)}).by(seconds{rng.between(1, 1200)});
    event.near(rng.between(-400, 400), rng.between(-400, 400)).revision(1 + rng.below(4));
    event.kind(rng.chance(50) ? "crash" : "disturbance")
        .headline("h" + std::to_string(rng.below(3)));
    if (rng.chance(20)) {
      event.cad("pd/" + std::to_string(rng.below(3)));
    }
    if (rng.chance(10)) {
      event.lifecycle(Lifecycle::retract);
    }
    if (rng.chance(10)) {
      event.nowhere();
    }
    add(event_out(event));
  }
  return log;
}

std::map<IncidentId, IncidentContent> undisturbed(const std::vector<ports::BusRecord>& log) {
  ScriptedBus bus;
  Life life(std::make_shared<test::FakeDisk>(), bus);
  REQUIRE(life.live(log, ~0ULL, false));
  Consumer consumer;
  consumer.take_all(bus.log("rtcc.incident-changes.v1"));
  return consumer.incidents();
}

// Both sides of each incident that differs, as JSON.
std::string differences(const std::map<IncidentId, IncidentContent>& got,
                        const std::map<IncidentId, IncidentContent>& expected) {
  std::string text = got.size() == expected.size() ? "" : "another number of incidents\n";
  for (const auto& [id, content] : expected) {
    const auto found = got.find(id);
    if (found != got.end() && !(found->second == content)) {
      IncidentRevision a;
      IncidentRevision b;
      a.content = found->second;
      b.content = content;
      text += "got      " + wire::incident_json(a) + "\nexpected " + wire::incident_json(b) + "\n";
    }
  }
  return text;
}

}  // namespace

TEST_CASE("a crash at any commit loses nothing and emits no two contents", "[pipeline][crash]") {
  const auto log = mixed_log(12);
  const auto expected = undisturbed(log);
  REQUIRE(expected.size() == 12);
  for (const bool arrives : {false, true}) {
    bool crashed = true;
    for (std::uint64_t at = 0; crashed; ++at) {
      INFO("commit " << at << " fails, arrives all the same: " << arrives);
      ScriptedBus bus;
      Life life(std::make_shared<test::FakeDisk>(), bus);
      crashed = !life.live(log, at, arrives);
      CHECK((crashed || at > 8));
      REQUIRE(life.live(log, ~0ULL, false));
      Consumer changes;
      changes.take_all(bus.log("rtcc.incident-changes.v1"));
      changes.take_all(bus.log("rtcc.incidents.v1"));
      CHECK(changes.incidents() == expected);
    }
  }
}

TEST_CASE("a process that crashes again and again still gets to the same incidents",
          "[pipeline][crash]") {
  const std::uint64_t seed = support::test_seed(4);
  INFO("replay with FUSIOND_SEED=" << seed);
  support::SeededRng rng(seed);
  const auto log = mixed_log(25);
  const auto expected = undisturbed(log);
  for (int round = 0; round < 30; ++round) {
    ScriptedBus bus;
    Life life(std::make_shared<test::FakeDisk>(), bus);
    do {
      life.publish = rng.chance(50);
    } while (!life.live(log, 1 + rng.below(6), rng.chance(50)));
    Consumer consumer;
    consumer.take_all(bus.log("rtcc.incident-changes.v1"));
    CHECK(consumer.incidents() == expected);
  }
}

TEST_CASE("crashes change nothing where incidents merge, move and are withdrawn",
          "[pipeline][crash]") {
  const std::uint64_t seed = support::test_seed(21);
  INFO("replay with FUSIOND_SEED=" << seed);
  support::SeededRng rng(seed);
  for (int round = 0; round < 40; ++round) {
    const auto log = busy_log(rng, 60);
    const auto expected = undisturbed(log);
    ScriptedBus bus;
    Life life(std::make_shared<test::FakeDisk>(), bus);
    do {
      life.publish = rng.chance(50);
    } while (!life.live(log, 1 + rng.below(6), rng.chance(50)));
    Consumer changes;
    changes.take_all(bus.log("rtcc.incident-changes.v1"));
    changes.take_all(bus.log("rtcc.incidents.v1"));
    INFO("round " << round);
    CHECK(differences(changes.incidents(), expected) == "");
  }
}

struct Said {
  std::uint64_t epoch = 0;
  std::string cause;
};
std::map<IncidentId, std::vector<Said>> said_in(const std::vector<ports::BusRecord>& records) {
  std::map<IncidentId, std::vector<Said>> said;
  for (const auto& record : records) {
    const auto revision = wire::decode_incident(record.value.value_or(""));
    REQUIRE(revision.has_value());
    said[revision->content.id].push_back({revision->epoch, revision->cause.kind});
  }
  return said;
}

TEST_CASE("what the bus had not confirmed at a crash is told again, under the next epoch, once",
          "[pipeline][crash]") {
  const auto log = mixed_log(9);
  const auto expected = undisturbed(log);
  for (std::size_t round = 0; round < 120; ++round) {
    const std::size_t confirmed = round / 2;
    const bool arrives = round % 2 == 1;
    INFO("records confirmed before the crash: " << confirmed << ", the rest arrives: " << arrives);
    const auto disk = std::make_shared<test::FakeDisk>();
    test::FakeMetrics metrics;
    const test::ManualClock clock;
    ScriptedBus bus;
    bus.hold(true);
    std::size_t waiting = 0;
    {
      test::FakeStateStore store(disk);
      Step step(step_config(), Restored{}, 7, metrics);
      REQUIRE(store.commit(step.run(log).batch).has_value());
      Publisher publisher({bus, store, clock, metrics}, {}, step_config().topics);
      REQUIRE(publisher.turn(std::chrono::milliseconds{0}).has_value());
      for (std::size_t i = 0; i < confirmed && bus.waiting() > 0; ++i) {
        bus.answer(0);
      }
      REQUIRE(publisher.turn(std::chrono::milliseconds{0}).has_value());
      waiting = store.unpublished();
    }  // the process is gone; the rest of the answers never came
    while (arrives && bus.waiting() > 0) {
      bus.answer(0);
    }
    bus.hold(false);
    Life life(disk, bus);
    REQUIRE(life.live(log, ~0ULL, false));
    Consumer consumer;
    consumer.take_all(bus.log("rtcc.incident-changes.v1"));
    CHECK(consumer.incidents() == expected);
    std::size_t again = 0;
    for (const auto& [id, revisions] : said_in(bus.log("rtcc.incident-changes.v1"))) {
      std::size_t of_next_epoch = 0;
      for (const Said& said : revisions) {
        of_next_epoch += said.epoch > 7 ? 1 : 0;
        REQUIRE((said.cause == "start") == (said.epoch > 7));
      }
      CHECK(of_next_epoch <= 1);
      again += of_next_epoch;
    }
    CHECK(again <= waiting);
    CHECK((again > 0 || waiting < 9));
  }
}

TEST_CASE("the last words of incidents that are forgotten outlive a crash before the bus has them",
          "[pipeline][crash]") {
  using std::chrono::hours;
  using std::chrono::minutes;
  std::vector<ports::BusRecord> log;
  const auto add = [&](ports::OutRecord record) {
    log.push_back(in_log(std::move(record), log.size()));
  };
  add(event_out(support::EventBuilder("first")));
  add(tick_out(hours{200}));
  add(event_out(support::EventBuilder("later").at(hours{200})));
  const auto expected = undisturbed(log);
  REQUIRE(expected.size() == 2);
  ScriptedBus bus;
  Life life(std::make_shared<test::FakeDisk>(), bus);
  life.publish = false;
  CHECK_FALSE(life.live(log, 1, true));  // all is committed, nothing is published
  REQUIRE(life.live(log, ~0ULL, false));
  Consumer consumer;
  consumer.take_all(bus.log("rtcc.incident-changes.v1"));
  CHECK(differences(consumer.incidents(), expected) == "");
}

}  // namespace fusiond::pipeline
