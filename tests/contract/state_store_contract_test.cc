// What every StateStore promises (daemon/ports/state_store.h), on RocksDB and on the fake.
#include <map>
#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include "daemon/state/rocks_store.h"
#include "tests/support/fake_state_store.h"
#include "tests/support/temp_folder.h"

namespace fusiond {
namespace {

using ports::OutRecord;
using ports::StateBatch;

// reopen() = the process went and a new one came.
class RocksHarness {
 public:
  RocksHarness() { reopen(); }
  void reopen() {
    store_.reset();
    auto opened = state::RocksStore::open({.dir = folder_.path() + "/s"});
    REQUIRE(opened.has_value());
    store_ = std::move(*opened);
  }
  ports::StateStore& store() { return *store_; }

 private:
  test::TempFolder folder_;
  std::unique_ptr<ports::StateStore> store_;
};

class FakeHarness {
 public:
  FakeHarness() { reopen(); }
  void reopen() { store_ = std::make_unique<test::FakeStateStore>(disk_); }
  ports::StateStore& store() { return *store_; }

 private:
  std::shared_ptr<test::FakeDisk> disk_ = std::make_shared<test::FakeDisk>();
  std::unique_ptr<ports::StateStore> store_;
};

OutRecord record(const std::string& key) {
  return {"t", key, "value of " + key, {{"ce_id", key}}, std::nullopt};
}

StateBatch with_outbox(int from, int to) {
  StateBatch batch;
  batch.meta = "m" + std::to_string(to);
  for (int i = from; i < to; ++i) {
    batch.outbox.push_back(record(std::to_string(i)));
  }
  return batch;
}

std::map<std::string, std::string> journal_of(const ports::StateStore& store) {
  std::map<std::string, std::string> rows;
  REQUIRE(store.visit_journal([&](auto key, auto value) { rows.emplace(key, value); }).has_value());
  return rows;
}
std::map<std::string, std::string> incidents_of(const ports::StateStore& store) {
  std::map<std::string, std::string> rows;
  REQUIRE(
      store.visit_incidents([&](auto key, auto value) { rows.emplace(key, value); }).has_value());
  return rows;
}
std::vector<ports::OutboxEntry> outbox_of(const ports::StateStore& store, std::uint64_t from = 0,
                                          std::size_t max = 1000) {
  auto entries = store.outbox(from, max);
  REQUIRE(entries.has_value());
  return *entries;
}
std::string keys_of(const std::vector<ports::OutboxEntry>& entries) {
  std::string keys;
  for (const auto& entry : entries) {
    keys += entry.record.key + " ";
  }
  return keys;
}

}  // namespace

TEMPLATE_TEST_CASE("a new state has no meta, rows or outbox", "[contract][state]", RocksHarness,
                   FakeHarness) {
  TestType t;
  const auto meta = t.store().meta();
  REQUIRE(meta.has_value());
  CHECK_FALSE(meta->has_value());
  CHECK(journal_of(t.store()).empty());
  CHECK(incidents_of(t.store()).empty());
  CHECK(outbox_of(t.store()).empty());
}

TEMPLATE_TEST_CASE("what was committed is there after a restart, all of it", "[contract][state]",
                   RocksHarness, FakeHarness) {
  TestType t;
  StateBatch batch = with_outbox(0, 2);
  batch.journal = {{"a", "1"}, {"b", std::string("\0\xff", 2)}};
  batch.incidents = {{"a", "x"}};
  REQUIRE(t.store().commit(batch).has_value());
  for (int restart = 0; restart < 2; ++restart) {
    CHECK(*t.store().meta() == "m2");
    CHECK(journal_of(t.store()) ==
          std::map<std::string, std::string>{{"a", "1"}, {"b", std::string("\0\xff", 2)}});
    CHECK(incidents_of(t.store()) == std::map<std::string, std::string>{{"a", "x"}});
    const auto outbox = outbox_of(t.store());
    REQUIRE(keys_of(outbox) == "0 1 ");
    CHECK(outbox[1].record.value == "value of 1");
    CHECK(outbox[1].record.headers == ports::Headers{{"ce_id", "1"}});
    t.reopen();
  }
}

TEMPLATE_TEST_CASE("later batches replace and delete rows, in the order they are given",
                   "[contract][state]", RocksHarness, FakeHarness) {
  TestType t;
  StateBatch first;
  first.meta = "1";
  first.journal = {{"a", "1"}, {"b", "1"}, {"a", "2"}};
  REQUIRE(t.store().commit(first).has_value());
  StateBatch second;
  second.meta = "2";
  second.journal = {{"b", std::nullopt}, {"c", "3"}, {"none", std::nullopt}};
  REQUIRE(t.store().commit(second).has_value());
  CHECK(journal_of(t.store()) == std::map<std::string, std::string>{{"a", "2"}, {"c", "3"}});
  CHECK(*t.store().meta() == "2");
}

TEMPLATE_TEST_CASE("the outbox keeps its order and is read in pages", "[contract][state]",
                   RocksHarness, FakeHarness) {
  TestType t;
  REQUIRE(t.store().commit(with_outbox(0, 3)).has_value());
  REQUIRE(t.store().commit(with_outbox(3, 5)).has_value());
  const auto all = outbox_of(t.store());
  REQUIRE(keys_of(all) == "0 1 2 3 4 ");
  for (std::size_t i = 1; i < all.size(); ++i) {
    CHECK(all[i].sequence == all[i - 1].sequence + 1);
  }
  CHECK(keys_of(outbox_of(t.store(), 0, 2)) == "0 1 ");
  CHECK(keys_of(outbox_of(t.store(), all[2].sequence, 2)) == "2 3 ");
  CHECK(outbox_of(t.store(), all[4].sequence + 1).empty());
}

TEMPLATE_TEST_CASE(
    "published entries are gone, also after a restart, and their numbers are not used again",
    "[contract][state]", RocksHarness, FakeHarness) {
  TestType t;
  REQUIRE(t.store().commit(with_outbox(0, 4)).has_value());
  const auto all = outbox_of(t.store());
  REQUIRE(t.store().published(all[1].sequence).has_value());
  CHECK(keys_of(outbox_of(t.store())) == "2 3 ");
  REQUIRE(t.store().published(all[3].sequence).has_value());
  CHECK(outbox_of(t.store()).empty());
  REQUIRE(t.store().published(all[0].sequence).has_value());
  t.reopen();
  CHECK(outbox_of(t.store()).empty());
  REQUIRE(t.store().commit(with_outbox(4, 5)).has_value());
  REQUIRE(outbox_of(t.store()).size() == 1);
  CHECK(outbox_of(t.store())[0].sequence > all[3].sequence);
}

TEMPLATE_TEST_CASE("publishing beyond the end drops what there is", "[contract][state]",
                   RocksHarness, FakeHarness) {
  TestType t;
  REQUIRE(t.store().commit(with_outbox(0, 2)).has_value());
  REQUIRE(t.store().published(~0ULL).has_value());
  REQUIRE(t.store().commit(with_outbox(2, 3)).has_value());
  CHECK(keys_of(outbox_of(t.store())) == "2 ");
}

TEMPLATE_TEST_CASE("tombstones and given partitions survive the outbox", "[contract][state]",
                   RocksHarness, FakeHarness) {
  TestType t;
  StateBatch batch;
  batch.meta = "1";
  batch.outbox.push_back({"t", "k", std::nullopt, {}, 7});
  REQUIRE(t.store().commit(batch).has_value());
  t.reopen();
  const auto entries = outbox_of(t.store());
  REQUIRE(entries.size() == 1);
  CHECK_FALSE(entries[0].record.value.has_value());
  CHECK(entries[0].record.partition == 7);
}

}  // namespace fusiond
