// What every StateStore promises (daemon/ports/state_store.h), on RocksDB and on the fake.
#include <map>
#include <memory>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "daemon/state/rocks_store.h"
#include "tests/support/fake_state_store.h"
#include "tests/support/state_rows.h"
#include "tests/support/temp_folder.h"

namespace fusiond {
namespace {

using ports::RowKind;
using ports::StateBatch;
using test::row_of;
using test::shared;
using test::uuid_of;

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

// The same with small files.
class SmallRocksHarness {
 public:
  SmallRocksHarness() { reopen(); }
  void reopen() {
    store_.reset();
    auto opened =
        state::RocksStore::open({.dir = folder_.path() + "/s", .write_buffer_bytes = 65'536});
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

void add(StateBatch& batch, RowKind kind, std::uint64_t id, const std::string& bytes = "") {
  if (kind == RowKind::revision) {
    batch.add_revision(row_of(kind, uuid_of(id)), bytes, "told of " + bytes);
  } else {
    batch.add_row(row_of(kind, uuid_of(id)), bytes);
  }
}

std::shared_ptr<const StateBatch> with_items(int from, int to) {
  StateBatch batch;
  batch.meta = "m" + std::to_string(to);
  for (int i = from; i < to; ++i) {
    batch.add_item(row_of(RowKind::record), std::to_string(i));
  }
  return shared(std::move(batch));
}

using Rows = std::map<Uuid, std::string>;
Rows rows_of(const ports::StateStore& store, RowKind kind) {
  Rows rows;
  const auto visited = store.visit([&](const ports::Row& row, std::string_view bytes, bool) {
    if (row.kind == kind) {
      const bool is_new = rows.emplace(row.id, bytes).second;
      REQUIRE(is_new);
    }
  });
  REQUIRE(visited.has_value());
  return rows;
}
Rows events_of(const ports::StateStore& store) {
  return rows_of(store, RowKind::event);
}
Rows incidents_of(const ports::StateStore& store) {
  return rows_of(store, RowKind::told);
}
// Of which it is not known that their revision is published.
std::set<Uuid> waiting_incidents(const ports::StateStore& store) {
  std::set<Uuid> ids;
  const auto visited = store.visit([&](const ports::Row& row, std::string_view, bool waits) {
    if (waits) {
      ids.insert(row.id);
    }
  });
  REQUIRE(visited.has_value());
  return ids;
}

std::vector<std::uint64_t> numbers_of(ports::StateStore& store) {
  std::vector<std::uint64_t> numbers;
  const auto page = store.outbox(0, 1000);
  REQUIRE(page.has_value());
  for (const auto& item : page->items) {
    numbers.push_back(item.number);
  }
  return numbers;
}
std::string waiting_in(ports::StateStore& store, std::uint64_t from = 0, std::size_t max = 1000) {
  std::string text;
  const auto page = store.outbox(from, max);
  REQUIRE(page.has_value());
  for (const auto& item : page->items) {
    text += std::string(item.bytes) + " ";
  }
  return text;
}

}  // namespace

#define STORES RocksHarness, SmallRocksHarness, FakeHarness

TEMPLATE_TEST_CASE("a new state has no meta, rows or outbox", "[contract][state]", STORES) {
  TestType t;
  CHECK_FALSE(t.store().meta().has_value());
  CHECK(events_of(t.store()).empty());
  CHECK(incidents_of(t.store()).empty());
  CHECK(waiting_in(t.store()).empty());
  CHECK(t.store().unpublished() == 0);
}

TEMPLATE_TEST_CASE("what was committed is there after a restart, all of it", "[contract][state]",
                   STORES) {
  TestType t;
  StateBatch batch;
  batch.meta = "m";
  add(batch, RowKind::event, 1, "1");
  add(batch, RowKind::event, 2, std::string("\0\xff", 2));
  ports::Row revision = row_of(RowKind::revision, uuid_of(1));
  revision.epoch = 7;
  revision.revision = 3;
  revision.updated_us = -5;
  batch.add_revision(revision, "x", "told");
  batch.add_item(row_of(RowKind::record), "letter");
  REQUIRE(t.store().commit(shared(batch)).has_value());
  for (int restart = 0; restart < 3; ++restart) {
    CHECK(t.store().meta() == "m");
    CHECK(events_of(t.store()) == Rows{{uuid_of(1), "1"}, {uuid_of(2), std::string("\0\xff", 2)}});
    CHECK(incidents_of(t.store()) == Rows{{uuid_of(1), "told"}});
    CHECK(waiting_incidents(t.store()) == std::set<Uuid>{uuid_of(1)});
    auto page = t.store().outbox(0, 10);
    REQUIRE(page.has_value());
    if (restart == 0) {
      REQUIRE(page->items.size() == 2);
      CHECK(page->items[0].row.kind == RowKind::revision);
      CHECK(page->items[0].row.id == uuid_of(1));
      CHECK(page->items[0].row.epoch == 7);
      CHECK(page->items[0].row.revision == 3);
      CHECK(page->items[0].row.updated_us == -5);
      CHECK(page->items[0].bytes == "x");
      page->items.erase(page->items.begin());
    }
    // Revisions are made again after a restart, records are not.
    REQUIRE(page->items.size() == 1);
    CHECK(page->items[0].row.kind == RowKind::record);
    CHECK(page->items[0].bytes == "letter");
    CHECK(t.store().unpublished() == (restart == 0 ? 2 : 1));
    t.reopen();
  }
}

TEMPLATE_TEST_CASE("of each incident it is known whether its revision is published",
                   "[contract][state]", STORES) {
  TestType t;
  StateBatch batch;
  for (std::uint64_t id = 1; id <= 4; ++id) {
    add(batch, RowKind::revision, id, "r");
  }
  REQUIRE(t.store().commit(shared(batch)).has_value());
  const auto numbers = numbers_of(t.store());
  REQUIRE(t.store().published(numbers[1]).has_value());
  for (int restart = 0; restart < 2; ++restart) {
    CHECK(waiting_incidents(t.store()) == std::set<Uuid>{uuid_of(3), uuid_of(4)});
    t.reopen();
  }
  CHECK(t.store().unpublished() == 0);
  StateBatch again;
  add(again, RowKind::revision, 3, "again");
  REQUIRE(t.store().commit(shared(again)).has_value());
  CHECK(waiting_in(t.store()) == "again ");
  CHECK(t.store().unpublished() == 1);
  REQUIRE(t.store().published(numbers_of(t.store()).at(0)).has_value());
  CHECK(t.store().unpublished() == 0);
}

TEMPLATE_TEST_CASE(
    "of an incident that is forgotten before its last revision is published, that stays",
    "[contract][state]", STORES) {
  TestType t;
  StateBatch first;
  add(first, RowKind::revision, 1, "one");
  add(first, RowKind::revision, 2, "two");
  REQUIRE(t.store().commit(shared(first)).has_value());
  REQUIRE(t.store().published(numbers_of(t.store()).at(0)).has_value());
  StateBatch second;
  add(second, RowKind::revision, 3, "early three");
  add(second, RowKind::revision, 3, "three");
  add(second, RowKind::revision, 4, "four");
  for (const std::uint64_t id : {1, 2, 3}) {
    add(second, RowKind::incident_gone, id);
  }
  REQUIRE(t.store().commit(shared(second)).has_value());
  CHECK(incidents_of(t.store()) == Rows{{uuid_of(4), "told of four"}});
  for (int restart = 0; restart < 2; ++restart) {
    t.reopen();
    CHECK(waiting_in(t.store()) == "two three ");
    CHECK(t.store().unpublished() == 2);
  }
  const auto numbers = numbers_of(t.store());
  REQUIRE(t.store().published(numbers[0]).has_value());
  t.reopen();
  CHECK(waiting_in(t.store()) == "three ");
  REQUIRE(t.store().published(numbers[1]).has_value());
  t.reopen();
  CHECK(waiting_in(t.store()).empty());
}

TEMPLATE_TEST_CASE("of an id the last row holds, whether in a batch or across batches",
                   "[contract][state]", STORES) {
  TestType t;
  StateBatch first;
  first.meta = "1";
  add(first, RowKind::event, 1, "a");
  add(first, RowKind::event, 2, "b");
  add(first, RowKind::event, 1, "c");
  add(first, RowKind::revision, 1, "r1");
  add(first, RowKind::revision, 1, "r2");
  REQUIRE(t.store().commit(shared(first)).has_value());
  StateBatch second;
  second.meta = "2";
  add(second, RowKind::event_gone, 2);
  add(second, RowKind::event, 3, "d");
  add(second, RowKind::event_gone, 9);
  add(second, RowKind::revision, 4, "r4");
  add(second, RowKind::incident_gone, 4);
  REQUIRE(t.store().commit(shared(second)).has_value());
  CHECK(waiting_in(t.store()).starts_with("r1 r2 r4 "));
  for (int restart = 0; restart < 2; ++restart) {
    CHECK(events_of(t.store()) == Rows{{uuid_of(1), "c"}, {uuid_of(3), "d"}});
    CHECK(incidents_of(t.store()) == Rows{{uuid_of(1), "told of r2"}});
    CHECK(t.store().meta() == "2");
    t.reopen();
  }
  StateBatch third;
  third.meta = "3";
  add(third, RowKind::event, 2, "again");
  REQUIRE(t.store().commit(shared(third)).has_value());
  t.reopen();
  CHECK(events_of(t.store()).at(uuid_of(2)) == "again");
}

TEMPLATE_TEST_CASE("the outbox keeps its order and is read in pages", "[contract][state]", STORES) {
  TestType t;
  REQUIRE(t.store().commit(with_items(0, 3)).has_value());
  REQUIRE(t.store().commit(with_items(3, 5)).has_value());
  for (int restart = 0; restart < 2; ++restart) {
    const auto numbers = numbers_of(t.store());
    REQUIRE(waiting_in(t.store()) == "0 1 2 3 4 ");
    for (std::size_t i = 1; i < numbers.size(); ++i) {
      CHECK(numbers[i] == numbers[i - 1] + 1);
    }
    CHECK(waiting_in(t.store(), 0, 2) == "0 1 ");
    CHECK(waiting_in(t.store(), numbers[2], 2) == "2 3 ");
    CHECK(waiting_in(t.store(), numbers[4] + 1).empty());
    t.reopen();
  }
}

TEMPLATE_TEST_CASE(
    "published items are gone, also after a restart, and their numbers are not used again",
    "[contract][state]", STORES) {
  TestType t;
  REQUIRE(t.store().commit(with_items(0, 4)).has_value());
  const auto numbers = numbers_of(t.store());
  REQUIRE(t.store().published(numbers[1]).has_value());
  CHECK(waiting_in(t.store()) == "2 3 ");
  CHECK(t.store().unpublished() == 2);
  t.reopen();
  CHECK(waiting_in(t.store()) == "2 3 ");
  REQUIRE(t.store().published(numbers[3]).has_value());
  CHECK(waiting_in(t.store()).empty());
  REQUIRE(t.store().published(numbers[0]).has_value());
  t.reopen();
  CHECK(waiting_in(t.store()).empty());
  REQUIRE(t.store().commit(with_items(4, 5)).has_value());
  REQUIRE(numbers_of(t.store()).size() == 1);
  CHECK(numbers_of(t.store())[0] > numbers[3]);
}

TEMPLATE_TEST_CASE("a page stays good when its items are published", "[contract][state]", STORES) {
  TestType t;
  REQUIRE(t.store().commit(with_items(0, 2)).has_value());
  const auto page = t.store().outbox(0, 10);
  REQUIRE(page.has_value());
  REQUIRE(t.store().published(page->items[1].number).has_value());
  REQUIRE(t.store().commit(with_items(2, 4)).has_value());
  CHECK(page->items[0].bytes == "0");
  CHECK(page->items[1].bytes == "1");
}

TEMPLATE_TEST_CASE("publishing beyond the end drops what there is", "[contract][state]", STORES) {
  TestType t;
  REQUIRE(t.store().commit(with_items(0, 2)).has_value());
  REQUIRE(t.store().published(~0ULL).has_value());
  REQUIRE(t.store().commit(with_items(2, 3)).has_value());
  CHECK(waiting_in(t.store()) == "2 ");
}

TEMPLATE_TEST_CASE("steps without items leave the outbox as it is", "[contract][state]", STORES) {
  TestType t;
  REQUIRE(t.store().commit(with_items(0, 1)).has_value());
  REQUIRE(t.store().commit(with_items(1, 1)).has_value());
  REQUIRE(t.store().commit(with_items(1, 2)).has_value());
  CHECK(waiting_in(t.store()) == "0 1 ");
  t.reopen();
  CHECK(waiting_in(t.store()) == "0 1 ");
}

}  // namespace fusiond
