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
    if (!store.commit(step.first_batch())) {
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
    while (!disk_->outbox.empty()) {
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

// Publishes all that waits: topic → values and headers, in order.
using Published = std::map<std::string, std::vector<std::pair<std::string, ports::Headers>>>;
Published records_of(test::FakeStateStore& store, Metrics& metrics, const Clock& clock) {
  ScriptedBus bus;
  Publisher publisher({bus, store, clock, metrics}, {}, step_config().topics);
  REQUIRE(publisher.turn(std::chrono::milliseconds{0}).has_value());
  Published published;
  for (const auto* topic :
       {"rtcc.incident-changes.v1", "rtcc.incidents.v1", "rtcc.deadletter.v1"}) {
    for (const auto& record : bus.log(topic)) {
      published[topic].emplace_back(record.value.value_or(""), record.headers);
    }
  }
  return published;
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

TEST_CASE("the outbox that a crash left behind is published byte for byte as it was",
          "[pipeline][crash]") {
  const auto log = mixed_log(9);
  test::FakeMetrics metrics;
  const test::ManualClock clock;
  const auto disk = std::make_shared<test::FakeDisk>();
  test::FakeStateStore store(disk);
  Step step(step_config(), Restored{}, 7, metrics);
  REQUIRE(store.commit(step.run(log).batch).has_value());
  const auto before = disk->outbox;
  const auto calm = records_of(store, metrics, clock);
  std::size_t records = 0;
  for (const auto& [topic, published] : calm) {
    records += published.size();
  }
  REQUIRE(records > before.size());
  for (std::size_t confirmed = 0; confirmed < records; ++confirmed) {
    disk->outbox = before;
    ScriptedBus bus;
    bus.hold(true);
    {
      Publisher publisher({bus, store, clock, metrics}, {}, step_config().topics);
      REQUIRE(publisher.turn(std::chrono::milliseconds{0}).has_value());
      for (std::size_t i = 0; i < confirmed; ++i) {
        bus.answer(0);
      }
      REQUIRE(publisher.turn(std::chrono::milliseconds{0}).has_value());
    }  // the process is gone; the rest of the answers never came
    CHECK(disk->outbox.size() + confirmed >= before.size());
    // A revision of whose two records one was confirmed is published again, both.
    REQUIRE(!disk->outbox.empty());
    for (const auto& [topic, left] : records_of(store, metrics, clock)) {
      const auto& all = calm.at(topic);
      REQUIRE(left.size() <= all.size());
      CHECK(std::equal(left.rbegin(), left.rend(), all.rbegin()));
    }
    CHECK(disk->outbox.empty());
  }
}

}  // namespace fusiond::pipeline
