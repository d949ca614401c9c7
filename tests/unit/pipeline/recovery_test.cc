#include "daemon/pipeline/recovery.h"

#include <catch2/catch.hpp>

#include "tests/support/fake_metrics.h"
#include "tests/support/fake_state_store.h"
#include "tests/support/state_rows.h"
#include "tests/unit/pipeline/pipeline_fixture.h"

namespace fusiond::pipeline {

TEST_CASE("an epoch is the wall clock's seconds, and above the one before whatever the clock says",
          "[pipeline][recovery]") {
  Restored restored;
  CHECK(next_epoch(restored, wall_time(1'782'864'000'999'999)) == 1'782'864'000);
  CHECK(next_epoch(restored, wall_time(-5)) == 1);
  restored.meta = wire::ShardMeta{9, 41, {}};
  CHECK(next_epoch(restored, wall_time(1'782'864'000'000'000)) == 1'782'864'000);
  restored.meta = wire::ShardMeta{9, 1'782'864'000, {}};
  CHECK(next_epoch(restored, wall_time(1'782'864'000'000'000)) == 1'782'864'001);
  CHECK(next_epoch(restored, wall_time(5)) == 1'782'864'001);
}

TEST_CASE("what a step saved is what a restart reads", "[pipeline][recovery]") {
  test::FakeMetrics metrics;
  test::FakeStateStore store;
  Step step(step_config(), Restored{}, 7, metrics);
  const auto output = step.run(mixed_log(10));
  REQUIRE(store.commit(output.batch).has_value());
  const auto restored = load_state(store);
  REQUIRE(restored.has_value());
  CHECK(restored->meta->epoch == 7);
  CHECK(restored->events.size() == 10);
  CHECK(restored->incidents.size() == 10);
  CHECK(store.unpublished() == output.batch->items.size());
  Step next(step_config(), *restored, 8, metrics);
  CHECK(next.next_offset() == step.next_offset());
  CHECK(next.open_incidents() == step.open_incidents());
  CHECK(next.event_ids() == step.event_ids());
}

TEST_CASE("rows that make no sense stop the restart and name the row", "[pipeline][recovery]") {
  test::FakeStateStore store;
  ports::StateBatch batch;
  batch.meta = wire::encode_shard_meta({1, 1, {}});
  batch.add_row(test::row_of(ports::RowKind::told, test::uuid_of(1)), "no incident");
  REQUIRE(store.commit(test::shared(batch)).has_value());
  const auto restored = load_state(store);
  REQUIRE_FALSE(restored.has_value());
  CHECK(restored.error().fault == Fault::corrupt);
  CHECK(restored.error().message.find("row " + text_of(test::uuid_of(1))) != std::string::npos);
}

TEST_CASE("meta that makes no sense stops the restart", "[pipeline][recovery]") {
  test::FakeStateStore store;
  ports::StateBatch batch;
  batch.meta = "\xff\xff";
  REQUIRE(store.commit(test::shared(batch)).has_value());
  CHECK(load_state(store).error().fault == Fault::corrupt);
}

}  // namespace fusiond::pipeline
