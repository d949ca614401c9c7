// What is particular to the disk; the rest is in tests/contract.
#include "daemon/state/rocks_store.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>
#include <rocksdb/db.h>

#include "daemon/state/key_layout.h"
#include "daemon/state/rocks_database.h"
#include "daemon/state/rocks_spool.h"
#include "tests/support/temp_folder.h"

namespace fusiond::state {
namespace {

ports::StateBatch batch_of(const std::string& meta) {
  ports::StateBatch batch;
  batch.meta = meta;
  batch.journal = {{"a", std::string(2000, 'j')}};
  batch.outbox = {{"t", "k", "v", {}, std::nullopt}};
  return batch;
}

}  // namespace

TEST_CASE("keys of sequences sort as the sequences do", "[state]") {
  CHECK(sequence_key(255) < sequence_key(256));
  CHECK(sequence_key(1) < sequence_key(1ULL << 40U));
  CHECK(sequence_from(sequence_key(1ULL << 40U)) == 1ULL << 40U);
  CHECK_FALSE(sequence_from("short").has_value());
  CHECK(digits_from("42") == 42);
  CHECK_FALSE(digits_from("42x").has_value());
  CHECK_FALSE(digits_from("").has_value());
}

TEST_CASE("a folder that is in use is refused with a clear word", "[state]") {
  const test::TempFolder folder;
  const auto first = RocksStore::open({.dir = folder.path()});
  REQUIRE(first.has_value());
  const auto second = RocksStore::open({.dir = folder.path()});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().fault == Fault::unavailable);
  CHECK(second.error().message == "the folder is in use by another fusiond: " + folder.path());
}

TEST_CASE("a folder of a newer format is refused and left alone", "[state]") {
  const test::TempFolder folder;
  {
    auto database =
        RocksDatabase::open({folder.path(), {"journal", "incidents", "outbox"}, 1 << 20, 1 << 20});
    REQUIRE(database.has_value());
    rocksdb::WriteBatch write;
    write.Put("format", "2");
    REQUIRE((*database)->write(write, true).has_value());
  }
  const auto store = RocksStore::open({.dir = folder.path()});
  REQUIRE_FALSE(store.has_value());
  CHECK(store.error().fault == Fault::bad_config);
  CHECK(store.error().message.find(
            "written by a newer fusiond: format 2, this one reads up to 1") != std::string::npos);
}

TEST_CASE("the folder of a spool is no folder of a state", "[state]") {
  const test::TempFolder folder;
  REQUIRE(RocksSpool::open({.dir = folder.path()}).has_value());
  const auto store = RocksStore::open({.dir = folder.path()});
  REQUIRE_FALSE(store.has_value());
  CHECK(store.error().fault == Fault::bad_config);
}

TEST_CASE("a place where no folder can be is unavailable", "[state]") {
  const test::TempFolder folder;
  std::ofstream(folder.path() + "/file") << "x";
  CHECK(RocksStore::open({.dir = folder.path() + "/file/s"}).error().fault == Fault::unavailable);
  CHECK(RocksSpool::open({.dir = folder.path() + "/file/s"}).error().fault == Fault::unavailable);
}

TEST_CASE("bytes that changed on disk are found by their checksum", "[state]") {
  const test::TempFolder folder;
  {
    auto store = RocksStore::open({.dir = folder.path()});
    REQUIRE(store.has_value());
    for (int i = 0; i < 20; ++i) {
      REQUIRE((*store)->commit(batch_of(std::to_string(i))).has_value());
    }
  }
  {
    REQUIRE(RocksStore::open({.dir = folder.path()}).has_value());
  }  // the log becomes tables
  int changed = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    if (file.path().extension() != ".sst") {
      continue;
    }
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(20);
    bytes.write("\x55\xaa\x55\xaa", 4);
    ++changed;
  }
  REQUIRE(changed > 0);
  auto store = RocksStore::open({.dir = folder.path()});
  Error error{Fault::bad_input, "none"};
  if (!store) {
    error = store.error();
  } else if (auto visited = (*store)->visit_journal([](auto, auto) {}); !visited) {
    error = visited.error();
  }
  CHECK(error.fault == Fault::corrupt);
}

TEST_CASE("a log that ends in the middle of a write loses that write only", "[state]") {
  const test::TempFolder folder;
  {
    auto store = RocksStore::open({.dir = folder.path()});
    REQUIRE(store.has_value());
    REQUIRE((*store)->commit(batch_of("first")).has_value());
    REQUIRE((*store)->commit(batch_of("second")).has_value());
  }
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    if (file.path().extension() == ".log") {
      std::filesystem::resize_file(file.path(), std::filesystem::file_size(file.path()) - 10);
    }
  }
  auto store = RocksStore::open({.dir = folder.path()});
  REQUIRE(store.has_value());
  CHECK(*(*store)->meta() == "first");
  CHECK((*store)->outbox(0, 10)->size() == 1);
}

}  // namespace fusiond::state
