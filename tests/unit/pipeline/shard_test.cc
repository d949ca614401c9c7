#include "daemon/pipeline/shard.h"

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "daemon/wire/deadletter_wire.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/fake_state_store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/state_rows.h"
#include "tests/unit/pipeline/pipeline_fixture.h"
#include "tests/unit/pipeline/scripted_bus.h"

namespace fusiond::pipeline {
namespace {

const WallTime kRealNow = wall_time(1'782'864'000'000'000);

// The shard's own threads run for real; a test waits for what it wants to see, at most a few
// seconds.
class ShardTest {
 public:
  explicit ShardTest(ShardConfig config = {}) : config_(config) { open(); }
  // The process went and a new one came.
  void open() {
    shard_.reset();
    store_ = std::make_unique<test::FakeStateStore>(disk_);
    shard_ =
        std::make_unique<Shard>(ShardParts{bus, *store_, clock_, metrics}, config_, step_config());
  }
  void feed(const std::vector<ports::BusRecord>& log) {
    for (const auto& record : log) {
      bus.put("rtcc.events.v1", {record.topic, record.key, record.value, record.headers, {}});
    }
  }
  bool eventually(const std::function<bool()>& seen) {
    for (int i = 0; i < 2'000'000; ++i) {
      if (seen()) {
        return true;
      }
      std::this_thread::yield();
    }
    return false;
  }
  bool caught_up() {
    return eventually([this] {
      const auto status = shard_->status();
      return status.next_offset == bus.log("rtcc.events.v1").size() && status.outbox_entries == 0;
    });
  }
  int letters(const std::string& reason) {
    int count = 0;
    for (const auto& record : bus.log("rtcc.deadletter.v1")) {
      const auto letter = wire::decode_dead_letter(*record.value);
      count += letter && letter->reason == reason ? 1 : 0;
    }
    return count;
  }
  Shard& shard() { return *shard_; }
  test::FakeStateStore& store() { return *store_; }

  ScriptedBus bus;
  test::FakeMetrics metrics;

 private:
  ShardConfig config_;
  test::ManualClock clock_;
  std::shared_ptr<test::FakeDisk> disk_ = std::make_shared<test::FakeDisk>();
  std::unique_ptr<test::FakeStateStore> store_;
  std::unique_ptr<Shard> shard_;
};

}  // namespace

TEST_CASE("a shard reads the log, publishes incidents and says where it is", "[pipeline][shard]") {
  ShardTest t({.batch_records = 4});
  t.feed(mixed_log(10));
  REQUIRE(t.shard().start(kRealNow).has_value());
  REQUIRE(t.caught_up());
  CHECK(t.eventually([&] { return t.shard().status().caught_up; }));
  const auto status = t.shard().status();
  CHECK(status.running);
  CHECK_FALSE(status.halted);
  CHECK(status.epoch == 1'782'864'000);
  CHECK(status.open_incidents == 10);
  CHECK(status.event_ids == 10);
  CHECK(status.lag_records == 0);
  Consumer consumer;
  consumer.take_all(t.bus.log("rtcc.incidents.v1"));
  CHECK(consumer.incidents().size() == 10);
  CHECK(t.bus.log("rtcc.deadletter.v1").size() == 2);
  t.shard().stop();
  t.shard().stop();
  CHECK_FALSE(t.shard().status().running);
}

TEST_CASE("a restart goes on at the next record, under the next epoch, and emits nothing again",
          "[pipeline][shard]") {
  ShardTest t;
  t.feed(mixed_log(10));
  REQUIRE(t.shard().start(kRealNow).has_value());
  REQUIRE(t.caught_up());
  t.shard().stop();
  const auto before = t.bus.log("rtcc.incident-changes.v1").size();
  t.open();
  REQUIRE(t.shard().start(kRealNow).has_value());
  REQUIRE(t.eventually([&] { return t.shard().status().caught_up; }));
  CHECK(t.shard().status().epoch == 1'782'864'001);
  CHECK(t.shard().status().restored_events == 10);
  CHECK(t.shard().status().restored_incidents == 10);
  CHECK(t.bus.log("rtcc.incident-changes.v1").size() == before);
}

TEST_CASE("a log that cannot be read is tried again, and the status says so", "[pipeline][shard]") {
  ShardTest t;
  t.bus.fail_reads(1'000'000'000);
  t.feed(mixed_log(3));
  REQUIRE(t.shard().start(kRealNow).has_value());
  REQUIRE(t.eventually([&] { return t.shard().status().trouble == "no broker"; }));
  t.bus.fail_reads(0);
  REQUIRE(t.caught_up());
  CHECK(t.eventually([&] { return !t.shard().status().trouble.has_value(); }));
  CHECK(t.metrics.value("fusiond_log_read_failures_total") > 0);
}

TEST_CASE("a state that cannot be written holds the shard up, and nothing is published meanwhile",
          "[pipeline][shard]") {
  ShardTest t;
  REQUIRE(t.shard().start(kRealNow).has_value());
  t.store().fail_after(0);
  t.feed(mixed_log(3));
  REQUIRE(t.eventually([&] { return t.metrics.value("fusiond_commit_failures_total") > 1; }));
  CHECK(t.shard().status().trouble == "the fake disk fails");
  CHECK(t.bus.log("rtcc.incidents.v1").empty());
  t.store().heal();
  REQUIRE(t.caught_up());
  Consumer consumer;
  consumer.take_all(t.bus.log("rtcc.incident-changes.v1"));
  CHECK(consumer.incidents().size() == 3);
}

TEST_CASE("a full outbox stops the reading until the bus takes records", "[pipeline][shard]") {
  ShardTest t({.batch_records = 1, .outbox_entries = 2});
  t.bus.hold(true);
  t.feed(mixed_log(10));
  REQUIRE(t.shard().start(kRealNow).has_value());
  REQUIRE(t.eventually([&] { return t.shard().status().paused; }));
  CHECK(t.shard().status().next_offset < 6);
  CHECK(t.metrics.value("fusiond_shard_pauses_total") >= 1);
  REQUIRE(t.eventually([&] {
    if (t.bus.waiting() > 0) {
      t.bus.answer(0);
    }
    return t.shard().status().next_offset == t.bus.log("rtcc.events.v1").size();
  }));
  t.bus.hold(false);
  REQUIRE(t.eventually([&] {
    if (t.bus.waiting() > 0) {
      t.bus.answer(0);
    }
    return t.shard().status().outbox_entries == 0;
  }));
}

TEST_CASE("a log that ends before the state's position halts the shard", "[pipeline][shard]") {
  ShardTest t;
  ports::StateBatch batch;
  batch.meta = wire::encode_shard_meta({17, 3, {}});
  REQUIRE(t.store().commit(test::shared(batch)).has_value());
  REQUIRE(t.shard().start(kRealNow).has_value());
  REQUIRE(t.eventually([&] { return t.shard().status().halted; }));
  CHECK(
      t.shard().status().trouble ==
      "the events log ends at offset 0, the state has read up to 17: they do not belong together");
}

TEST_CASE("records that the log dropped unread are counted, and reading goes on behind them",
          "[pipeline][shard]") {
  ShardTest t;
  t.feed(mixed_log(3));
  ports::StateBatch batch;
  batch.meta = wire::encode_shard_meta({1, 3, {}});
  REQUIRE(t.store().commit(test::shared(batch)).has_value());
  t.bus.drop_before("rtcc.events.v1", 3);
  REQUIRE(t.shard().start(kRealNow).has_value());
  REQUIRE(t.caught_up());
  CHECK(t.metrics.value("fusiond_log_missed_records_total") == 2);
  CHECK(t.shard().status().missed_records == 2);
  CHECK_FALSE(t.shard().status().halted);
}

TEST_CASE("what is cut off while a shard reads is a gap that shows, not the end of the shard",
          "[pipeline][shard]") {
  ShardTest t;
  t.feed(mixed_log(3));
  REQUIRE(t.shard().start(kRealNow).has_value());
  REQUIRE(t.caught_up());
  const std::uint64_t end = t.shard().status().next_offset;
  t.bus.drop_before("rtcc.events.v1", end + 2);
  t.feed(mixed_log(4));
  REQUIRE(t.eventually([&] { return t.shard().status().missed_records == 2; }));
  REQUIRE(t.eventually([&] { return t.letters("missed") == 1; }));
  CHECK_FALSE(t.shard().status().halted);
}

TEST_CASE("a state of another format is refused at the start", "[pipeline][shard]") {
  ShardTest t;
  ports::StateBatch batch;
  batch.meta = "\x10\x01\x20\x63";  // epoch 1, format 99
  REQUIRE(t.store().commit(test::shared(batch)).has_value());
  const auto started = t.shard().start(kRealNow);
  REQUIRE_FALSE(started.has_value());
  CHECK(started.error().fault == Fault::bad_config);
  t.shard().stop();
}

}  // namespace fusiond::pipeline
