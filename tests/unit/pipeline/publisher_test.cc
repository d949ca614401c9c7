#include "daemon/pipeline/publisher.h"

#include <string>

#include <catch2/catch.hpp>

#include "daemon/wire/deadletter_wire.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/fake_state_store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/state_rows.h"
#include "tests/unit/pipeline/scripted_bus.h"

namespace fusiond::pipeline {
namespace {

constexpr std::chrono::milliseconds kNow{0};
const Error kLost{Fault::unavailable, "broker away"};

Topics topics() {
  return {.events = "e", .incidents = "i", .changes = "c", .dead_letters = "dead"};
}

class PublisherTest {
 public:
  explicit PublisherTest(PublisherConfig config = {})
      : publisher_({bus, store, clock_, metrics_}, config, topics()) {}
  // Commits records with keys from..to-1.
  void commit(int from, int to) {
    ports::StateBatch batch;
    batch.meta = "m";
    for (int i = from; i < to; ++i) {
      test::add_record(batch, {"t", std::to_string(i), "v" + std::to_string(i), {}, {}});
    }
    REQUIRE(store.commit(test::shared(batch)).has_value());
    publisher_.wake();
  }
  Result<void> turn() { return publisher_.turn(kNow); }
  std::string published() {
    std::string keys;
    for (const auto& record : bus.log("t")) {
      keys += record.key + " ";
    }
    return keys;
  }
  std::size_t left() { return store.unpublished(); }
  Publisher& publisher() { return publisher_; }
  double count(const std::string& name) { return metrics_.value(name); }

  ScriptedBus bus;
  test::FakeStateStore store;

 private:
  test::ManualClock clock_;
  test::FakeMetrics metrics_;
  Publisher publisher_;
};

}  // namespace

TEST_CASE("what was committed is published in order and then dropped", "[pipeline][publisher]") {
  PublisherTest t;
  t.commit(0, 3);
  t.commit(3, 5);
  REQUIRE(t.turn().has_value());
  CHECK(t.published() == "0 1 2 3 4 ");
  CHECK(t.left() == 0);
  CHECK(t.publisher().waiting() == 0);
  CHECK(t.count("fusiond_published_total") == 5);
  REQUIRE(t.turn().has_value());
  CHECK(t.published() == "0 1 2 3 4 ");
}

TEST_CASE("only a prefix without gaps is dropped, whatever order the answers come in",
          "[pipeline][publisher]") {
  PublisherTest t;
  t.bus.hold(true);
  t.commit(0, 3);
  REQUIRE(t.turn().has_value());
  REQUIRE(t.bus.waiting() == 3);
  t.bus.answer(1);
  REQUIRE(t.turn().has_value());
  CHECK(t.left() == 3);
  t.bus.answer(0);
  REQUIRE(t.turn().has_value());
  CHECK(t.left() == 1);
  t.bus.answer(0);
  REQUIRE(t.turn().has_value());
  CHECK(t.left() == 0);
}

TEST_CASE("no more than the window is under way", "[pipeline][publisher]") {
  PublisherTest t({.window = 2});
  t.bus.hold(true);
  t.commit(0, 5);
  REQUIRE(t.turn().has_value());
  CHECK(t.bus.waiting() == 2);
  t.bus.answer(0);
  REQUIRE(t.turn().has_value());
  REQUIRE(t.turn().has_value());
  CHECK(t.bus.waiting() == 2);
  CHECK(t.left() == 4);
}

TEST_CASE("after a lost record nothing new is sent until all have answered, then all is sent again",
          "[pipeline][publisher]") {
  PublisherTest t({.window = 4});
  t.bus.hold(true);
  t.commit(0, 6);
  REQUIRE(t.turn().has_value());
  t.bus.answer(0);
  t.bus.answer(0, kLost);
  CHECK_FALSE(t.turn().has_value());
  CHECK(t.bus.waiting() == 2);
  CHECK_FALSE(t.turn().has_value());
  CHECK(t.bus.waiting() == 2);
  t.bus.answer(0);
  t.bus.answer(0, kLost);
  CHECK_FALSE(t.turn().has_value());
  t.bus.hold(false);
  REQUIRE(t.turn().has_value());
  REQUIRE(t.turn().has_value());
  CHECK(t.published() == "0 2 1 2 3 4 5 ");
  CHECK(t.left() == 0);
  CHECK(t.count("fusiond_publish_retries_total") == 2);
}

TEST_CASE("a bus that refuses keeps the record waiting", "[pipeline][publisher]") {
  PublisherTest t;
  t.commit(0, 2);
  for (const Fault fault : {Fault::unavailable, Fault::overloaded}) {
    t.bus.set_gate([fault](const auto&) { return Error{fault, "not now"}; });
    CHECK_FALSE(t.turn().has_value());
    CHECK(t.left() == 2);
  }
  t.bus.set_gate(nullptr);
  REQUIRE(t.turn().has_value());
  CHECK(t.published() == "0 1 ");
}

TEST_CASE("a record that the bus will never take becomes a dead letter, and the next ones go out",
          "[pipeline][publisher]") {
  PublisherTest t;
  t.commit(0, 3);
  t.bus.set_gate([](const ports::OutRecord& record) {
    return record.key == "1" ? std::optional(Error{Fault::bad_input, "too large"}) : std::nullopt;
  });
  REQUIRE(t.turn().has_value());
  CHECK(t.published() == "0 2 ");
  CHECK(t.left() == 0);
  REQUIRE(t.bus.log("dead").size() == 1);
  const auto letter = wire::decode_dead_letter(*t.bus.log("dead")[0].value);
  REQUIRE(letter.has_value());
  CHECK(letter->reason == "too_large_to_publish");
  CHECK(letter->original == "v1");
  CHECK(t.count("fusiond_publish_too_large_total") == 1);
}

TEST_CASE("under any faults every record gets out, and the last copies are in order",
          "[pipeline][publisher]") {
  const std::uint64_t seed = support::test_seed(11);
  INFO("replay with FUSIOND_SEED=" << seed);
  support::SeededRng rng(seed);
  for (int round = 0; round < 100; ++round) {
    PublisherTest t({.window = 1 + rng.below(8)});
    constexpr int kRecords = 30;
    t.bus.hold(true);
    t.bus.set_gate([&](const auto&) {
      return rng.chance(20)
                 ? std::optional(rng.chance(50) ? Error{Fault::overloaded, "full"} : kLost)
                 : std::nullopt;
    });
    int committed = 0;
    for (int steps = 0; steps < 100'000 && (committed < kRecords || t.left() > 0); ++steps) {
      if (committed < kRecords && rng.chance(30)) {
        t.commit(committed, committed + 1), ++committed;
      }
      if (t.bus.waiting() > 0 && rng.chance(70)) {
        t.bus.answer(rng.below(t.bus.waiting()),
                     rng.chance(15) ? std::optional(kLost) : std::nullopt);
      }
      (void)t.turn();
    }
    REQUIRE(t.left() == 0);
    CHECK(t.publisher().waiting() == 0);
    std::map<std::string, std::size_t> first;
    for (const auto& record : t.bus.log("t")) {
      first.emplace(record.key, record.offset);
    }
    CHECK(first.size() == kRecords);
  }
}

TEST_CASE("a revision goes out as a change and then as the state, and is done when both are",
          "[pipeline][publisher]") {
  PublisherTest t({.window = 3});
  t.bus.hold(true);
  ports::StateBatch batch;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    ports::Row row = test::row_of(ports::RowKind::revision, test::uuid_of(i));
    row.epoch = 7;
    row.revision = i;
    row.updated_us = 1'687'111'200'000'000;
    batch.add_item(row, "bytes " + std::to_string(i));
  }
  REQUIRE(t.store.commit(test::shared(batch)).has_value());
  REQUIRE(t.turn().has_value());
  CHECK(t.bus.waiting() == 3);
  t.bus.answer(0);
  REQUIRE(t.turn().has_value());
  CHECK(t.left() == 3);
  t.bus.answer(0);
  REQUIRE(t.turn().has_value());
  CHECK(t.left() == 2);
  while (t.bus.waiting() > 0) {
    t.bus.answer(0);
    REQUIRE(t.turn().has_value());
  }
  CHECK(t.left() == 0);
  CHECK(t.count("fusiond_published_total") == 6);
  for (const auto* topic : {"c", "i"}) {
    const auto records = t.bus.log(topic);
    REQUIRE(records.size() == 3);
    CHECK(records[1].key == text_of(test::uuid_of(2)));
    CHECK(records[1].value == "bytes 2");
  }
}

TEST_CASE("a revision of which one record was lost is sent again, both records",
          "[pipeline][publisher]") {
  PublisherTest t;
  t.bus.hold(true);
  ports::StateBatch batch;
  batch.add_item(test::row_of(ports::RowKind::revision, test::uuid_of(1)), "bytes");
  REQUIRE(t.store.commit(test::shared(batch)).has_value());
  REQUIRE(t.turn().has_value());
  t.bus.answer(0);
  t.bus.answer(0, kLost);
  CHECK_FALSE(t.turn().has_value());
  t.bus.hold(false);
  REQUIRE(t.turn().has_value());
  REQUIRE(t.turn().has_value());
  CHECK(t.bus.log("c").size() == 2);
  CHECK(t.bus.log("i").size() == 1);
  CHECK(t.left() == 0);
}

TEST_CASE("answers that come after the publisher is gone do no harm", "[pipeline][publisher]") {
  ScriptedBus bus;
  bus.hold(true);
  {
    test::FakeStateStore store;
    const test::ManualClock clock;
    test::FakeMetrics metrics;
    Publisher publisher({bus, store, clock, metrics}, {}, topics());
    ports::StateBatch batch;
    test::add_record(batch, {"t", "k", "v", {}, {}});
    REQUIRE(store.commit(test::shared(batch)).has_value());
    REQUIRE(publisher.turn(kNow).has_value());
  }
  bus.answer(0);
  CHECK(bus.log("t").size() == 1);
}

}  // namespace fusiond::pipeline
