// What every Spool promises (daemon/ports/spool.h), on RocksDB and on the fake.
#include <memory>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "daemon/state/rocks_spool.h"
#include "tests/support/fake_spool.h"
#include "tests/support/temp_folder.h"

namespace fusiond {
namespace {

constexpr std::uint64_t kBound = 100'000;

class RocksHarness {
 public:
  RocksHarness() { reopen(); }
  void reopen() {
    spool_.reset();
    auto opened = state::RocksSpool::open({.dir = folder_.path() + "/s", .max_bytes = kBound});
    REQUIRE(opened.has_value());
    spool_ = std::move(*opened);
  }
  ports::Spool& spool() { return *spool_; }

 private:
  test::TempFolder folder_;
  std::unique_ptr<ports::Spool> spool_;
};

class FakeHarness {
 public:
  FakeHarness() { reopen(); }
  void reopen() { spool_ = std::make_unique<test::FakeSpool>(kBound, disk_); }
  ports::Spool& spool() { return *spool_; }

 private:
  std::shared_ptr<test::FakeSpool::Disk> disk_ = std::make_shared<test::FakeSpool::Disk>();
  std::unique_ptr<ports::Spool> spool_;
};

ports::OutRecord record(const std::string& key, std::size_t size = 3) {
  return {"events", key, std::string(size, 'x'), {{"ce_id", key}}, std::nullopt};
}

std::string keys_of(const ports::Spool& spool, std::uint64_t from = 0, std::size_t max = 1000) {
  const auto entries = spool.peek(from, max);
  REQUIRE(entries.has_value());
  std::string keys;
  for (const auto& entry : *entries) {
    keys += entry.record.key + " ";
  }
  return keys;
}

}  // namespace

TEMPLATE_TEST_CASE("what was pushed comes back oldest first, also after a restart",
                   "[contract][spool]", RocksHarness, FakeHarness) {
  TestType t;
  CHECK(keys_of(t.spool()).empty());
  REQUIRE(t.spool().push({record("a"), record("b")}).has_value());
  REQUIRE(t.spool().push({record("c")}).has_value());
  REQUIRE(t.spool().push({}).has_value());
  const std::uint64_t bytes = t.spool().bytes();
  CHECK(bytes > 0);
  t.reopen();
  CHECK(keys_of(t.spool()) == "a b c ");
  CHECK(t.spool().entries() == 3);
  CHECK(t.spool().bytes() == bytes);
  CHECK(keys_of(t.spool(), 0, 2) == "a b ");
  const auto entries = *t.spool().peek(0, 10);
  CHECK(keys_of(t.spool(), entries[1].sequence) == "b c ");
  CHECK(entries[0].record.headers == ports::Headers{{"ce_id", "a"}});
}

TEMPLATE_TEST_CASE("what was dropped is gone, also after a restart", "[contract][spool]",
                   RocksHarness, FakeHarness) {
  TestType t;
  REQUIRE(t.spool().push({record("a"), record("b"), record("c")}).has_value());
  const auto entries = *t.spool().peek(0, 10);
  REQUIRE(t.spool().drop(entries[1].sequence).has_value());
  CHECK(keys_of(t.spool()) == "c ");
  CHECK(t.spool().entries() == 1);
  t.reopen();
  CHECK(keys_of(t.spool()) == "c ");
  REQUIRE(t.spool().drop(~0ULL).has_value());
  CHECK(t.spool().entries() == 0);
  CHECK(t.spool().bytes() == 0);
  t.reopen();
  REQUIRE(t.spool().push({record("d")}).has_value());
  CHECK(t.spool().peek(0, 1)->front().sequence > entries[2].sequence);
}

TEMPLATE_TEST_CASE("a push that would pass the bound is refused whole", "[contract][spool]",
                   RocksHarness, FakeHarness) {
  TestType t;
  REQUIRE(t.spool().push({record("a", 60'000)}).has_value());
  const auto refused = t.spool().push({record("b"), record("c", 60'000)});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().fault == Fault::overloaded);
  CHECK(keys_of(t.spool()) == "a ");
  REQUIRE(t.spool().push({record("d", 30'000)}).has_value());
  REQUIRE(t.spool().drop(t.spool().peek(0, 1)->front().sequence).has_value());
  REQUIRE(t.spool().push({record("e", 60'000)}).has_value());
  CHECK(keys_of(t.spool()) == "d e ");
}

TEMPLATE_TEST_CASE("a reader that follows several writers misses nothing", "[contract][spool]",
                   RocksHarness, FakeHarness) {
  TestType t;
  constexpr int kEach = 100;
  auto write = [&](const char* name) {
    for (int i = 0; i < kEach; ++i) {
      const auto pushed = t.spool().push({record(name + std::to_string(i))});
      if (!pushed) {
        return;
      }
    }
  };
  std::thread one(write, "x");
  std::thread two(write, "y");
  std::uint64_t from = 0;
  std::size_t seen = 0;
  while (seen < 2 * kEach) {
    const auto entries = t.spool().peek(from, 7);
    if (!entries) {
      break;
    }
    for (const auto& entry : *entries) {
      from = entry.sequence + 1;
      ++seen;
    }
  }
  one.join();
  two.join();
  CHECK(seen == 2 * kEach);
  CHECK(t.spool().entries() == 2 * kEach);
}

}  // namespace fusiond
