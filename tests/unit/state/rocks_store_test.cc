// What is particular to the files; the rest is in tests/contract.
#include "daemon/state/rocks_store.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <catch2/catch.hpp>

#include "daemon/state/key_layout.h"
#include "daemon/state/rocks_database.h"
#include "daemon/state/rocks_spool.h"
#include "daemon/wire/incident_wire.h"
#include "daemon/wire/told_wire.h"
#include "tests/support/random_model.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/state_rows.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/state/failing_files.h"
#include "tests/unit/state/format_before.h"

namespace fusiond::state {
namespace {

using ports::RowKind;
using ports::StateBatch;
using test::row_of;
using test::shared;
using test::uuid_of;

namespace fs = std::filesystem;

std::shared_ptr<const StateBatch> step_of(const std::string& meta, std::uint64_t id = 1,
                                          std::size_t bytes = 2000) {
  StateBatch batch;
  batch.meta = meta;
  batch.add_row(row_of(RowKind::event, uuid_of(id)), std::string(bytes, 'j'));
  batch.add_revision(row_of(RowKind::revision, uuid_of(id)), "revision of " + meta,
                     "told of " + meta);
  batch.add_item(row_of(RowKind::record), "letter of " + meta);
  return shared(std::move(batch));
}

std::vector<fs::path> files_in(const std::string& folder, const std::string& ending) {
  std::vector<fs::path> paths;
  for (const auto& file : fs::directory_iterator(folder)) {
    if (file.path().extension() == ending) {
      paths.push_back(file.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Commits steps "1" … "n" and closes.
void write_steps(const std::string& folder, int n) {
  auto store = RocksStore::open({.dir = folder});
  REQUIRE(store.has_value());
  for (int i = 1; i <= n; ++i) {
    REQUIRE((*store)->commit(step_of(std::to_string(i), static_cast<std::uint64_t>(i))));
  }
}

// Changes what RocksDB holds behind the store's back, so that only our own checksum can tell.
template <class Change>
void change_step(const std::string& folder, std::uint64_t step, const Change& change) {
  auto database = RocksDatabase::open({.dir = folder,
                                       .families = {"steps"},
                                       .write_buffer_bytes = 1 << 20,
                                       .format = kStateFormat,
                                       .appended_only = true});
  REQUIRE(database.has_value());
  const auto bytes = (*database)->get(kSteps, sequence_key(step));
  REQUIRE(bytes.has_value());
  std::string changed = bytes->value_or("");
  rocksdb::WriteBatch write;
  if (change(changed)) {
    write.Put((*database)->family(kSteps), sequence_key(step), changed);
  } else {
    write.Delete((*database)->family(kSteps), sequence_key(step));
  }
  REQUIRE((*database)->write(write, true).has_value());
}

// What a store is to hold.
struct Model {
  std::map<Uuid, std::string> events;
  std::map<Uuid, std::string> incidents;
  std::vector<std::pair<std::string, bool>> unpublished;  // outlives a restart?
  std::string meta;
};

std::shared_ptr<const StateBatch> random_step(support::SeededRng& rng, const std::string& meta,
                                              Model& model) {
  StateBatch batch;
  model.meta = batch.meta = meta;
  const auto rows = rng.below(30);
  for (std::uint64_t i = 0; i < rows; ++i) {
    const Uuid id = uuid_of(rng.chance(50) ? rng.below(20) : 100 + rng.below(400));
    const std::string bytes(rng.below(1500), static_cast<char>('a' + rng.below(26)));
    if (rng.chance(40)) {
      batch.add_row(row_of(RowKind::event, id), bytes);
      model.events[id] = bytes;
    } else if (rng.chance(50)) {
      batch.add_revision(row_of(RowKind::revision, id), bytes + "!", bytes);
      model.incidents[id] = bytes;
      model.unpublished.emplace_back(bytes + "!", false);
    } else if (rng.chance(50)) {
      batch.add_row(row_of(RowKind::event_gone, id), {});
      model.events.erase(id);
    } else {
      batch.add_item(row_of(RowKind::record), bytes);
      model.unpublished.emplace_back(bytes, true);
    }
  }
  return shared(std::move(batch));
}

void check_holds(RocksStore& store, const Model& model) {
  std::map<Uuid, std::string> events;
  std::map<Uuid, std::string> incidents;
  REQUIRE(store
              .visit([&](const ports::Row& row, std::string_view bytes, bool) {
                (row.kind == RowKind::event ? events : incidents)[row.id] = bytes;
              })
              .has_value());
  CHECK((events == model.events));
  CHECK((incidents == model.incidents));
  CHECK(store.meta().value_or("") == model.meta);
  const auto page = store.outbox(0, 1'000'000);
  REQUIRE(page.has_value());
  std::vector<std::string> waiting;
  for (const auto& item : page->items) {
    waiting.emplace_back(item.bytes);
  }
  std::vector<std::string> expected;
  for (const auto& [bytes, stays] : model.unpublished) {
    expected.push_back(bytes);
  }
  CHECK((waiting == expected));
  CHECK(store.unpublished() == expected.size());
}

}  // namespace

TEST_CASE("a folder that is in use is refused with a clear word", "[state]") {
  const test::TempFolder folder;
  const auto first = RocksStore::open({.dir = folder.path()});
  REQUIRE(first.has_value());
  const auto second = RocksStore::open({.dir = folder.path()});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().fault == Fault::unavailable);
  CHECK(second.error().message == "the folder is in use by another fusiond: " + folder.path());
}

TEST_CASE("a folder of the first format, a row per event, is refused and left alone", "[state]") {
  const test::TempFolder folder;
  REQUIRE(RocksDatabase::open({.dir = folder.path(),
                               .families = {"journal", "incidents", "outbox"},
                               .write_buffer_bytes = 1 << 20})
              .has_value());
  const auto store = RocksStore::open({.dir = folder.path()});
  REQUIRE_FALSE(store.has_value());
  CHECK(store.error().fault == Fault::bad_config);
  CHECK(store.error().message.find("another version of fusiond wrote this folder") !=
        std::string::npos);
}

TEST_CASE("a folder of a newer format is refused", "[state]") {
  const test::TempFolder folder;
  REQUIRE(
      RocksDatabase::open(
          {.dir = folder.path(), .families = {"steps"}, .write_buffer_bytes = 1 << 20, .format = 4})
          .has_value());
  const auto store = RocksStore::open({.dir = folder.path()});
  REQUIRE_FALSE(store.has_value());
  CHECK(store.error().fault == Fault::bad_config);
  CHECK(store.error().message ==
        "written by a newer version of fusiond: format 4, this one reads 2 and 3: " +
            folder.path());
}

TEST_CASE("a folder of the format before is read, and is one of this format from the next step on",
          "[state]") {
  const test::TempFolder folder;
  const auto revision = [](std::uint64_t seed) { return test::RandomModel(seed).revision(); };
  const auto told_of = [&](std::uint64_t seed) {
    std::string told;
    wire::append_told(wire::told_of(revision(seed)), told);
    return told;
  };
  {
    auto database = RocksDatabase::open({.dir = folder.path(),
                                         .families = {"steps"},
                                         .write_buffer_bytes = 1 << 20,
                                         .format = kStateFormatBefore,
                                         .appended_only = true});
    REQUIRE(database.has_value());
    rocksdb::WriteBatch write;
    for (std::uint64_t step = 1; step <= 3; ++step) {
      StateBatch batch;
      batch.meta = "m" + std::to_string(step);
      batch.add_item(row_of(RowKind::revision, uuid_of(step % 2)),
                     wire::encode_incident(revision(step)));
      batch.add_item(row_of(RowKind::record), "letter " + std::to_string(step));
      batch.add_row(row_of(RowKind::event, uuid_of(step)), "event " + std::to_string(step));
      write.Put((*database)->family(kSteps), sequence_key(step),
                frame_before({step, 2 * step - 1, 1, 1}, batch));
    }
    write.Put((*database)->family(kDefault), kPublishedKey, "4");  // three are
    REQUIRE((*database)->write(write, true).has_value());
  }
  Model model;
  model.events = {{uuid_of(1), "event 1"}, {uuid_of(2), "event 2"}, {uuid_of(3), "event 3"}};
  model.incidents = {{uuid_of(0), told_of(2)}, {uuid_of(1), told_of(3)}};
  model.unpublished = {
      {"letter 2", true}, {wire::encode_incident(revision(3)), true}, {"letter 3", true}};
  model.meta = "m3";
  for (int restart = 0; restart < 2; ++restart) {
    auto store = RocksStore::open({.dir = folder.path()});
    REQUIRE(store.has_value());
    check_holds(**store, model);
  }
  {
    auto store = RocksStore::open({.dir = folder.path()});
    REQUIRE(store.has_value());
    StateBatch batch;
    batch.meta = model.meta = "m4";
    batch.add_row(row_of(RowKind::event_gone, uuid_of(1)), {});
    model.events.erase(uuid_of(1));
    REQUIRE((*store)->commit(shared(batch)).has_value());
    check_holds(**store, model);
  }
  CHECK(RocksStore::open({.dir = folder.path()}).has_value());
  const auto older = RocksDatabase::open({.dir = folder.path(),
                                          .families = {"steps"},
                                          .write_buffer_bytes = 1 << 20,
                                          .format = kStateFormatBefore,
                                          .appended_only = true});
  REQUIRE_FALSE(older.has_value());
  CHECK(older.error().message.find("written by a newer version of fusiond: format 3") !=
        std::string::npos);
}

TEST_CASE("the folder of a spool is no folder of a state", "[state]") {
  const test::TempFolder folder;
  REQUIRE(RocksSpool::open({.dir = folder.path()}).has_value());
  CHECK(RocksStore::open({.dir = folder.path()}).error().fault == Fault::bad_config);
}

TEST_CASE("a place where no folder can be is unavailable", "[state]") {
  const test::TempFolder folder;
  std::ofstream(folder.path() + "/file") << "x";
  CHECK(RocksStore::open({.dir = folder.path() + "/file/s"}).error().fault == Fault::unavailable);
}

TEST_CASE("bytes that changed in RocksDB's files are found by its checksums", "[state]") {
  for (const std::string ending : {".sst", ".log"}) {
    const test::TempFolder folder;
    write_steps(folder.path(), 20);
    if (ending == ".sst") {
      REQUIRE(RocksStore::open({.dir = folder.path()}).has_value());  // the log becomes tables
    }
    for (const auto& path : files_in(folder.path(), ending)) {
      std::fstream bytes(path, std::ios::in | std::ios::out | std::ios::binary);
      bytes.seekp(
          static_cast<std::streamoff>(std::min<std::uintmax_t>(5000, fs::file_size(path) / 2)));
      bytes.write("\x55\xaa\x55\xaa", 4);
    }
    const auto store = RocksStore::open({.dir = folder.path()});
    if (ending == ".log") {
      // What stands before the damage is good, and the damaged bytes are kept.
      REQUIRE(store.has_value());
      CHECK((*store)->sizes().steps < 20);
      CHECK(files_in(folder.path() + "/damaged-1", ending).size() == 1);
      continue;
    }
    REQUIRE_FALSE(store.has_value());
    CHECK(store.error().fault == Fault::corrupt);
    CHECK(store.error().message.find(folder.path()) != std::string::npos);
  }
}

TEST_CASE("a step that is not what was written stops the start, is named, and is kept", "[state]") {
  const test::TempFolder folder;
  write_steps(folder.path(), 3);
  const auto refused = [&](const std::string& why) {
    const auto store = RocksStore::open({.dir = folder.path()});
    REQUIRE_FALSE(store.has_value());
    CHECK(store.error().fault == Fault::corrupt);
    CHECK(store.error().message ==
          "the state is damaged, its bytes are kept: step 2 in " + folder.path() + ": " + why);
  };
  std::string good;
  change_step(folder.path(), 2, [&](std::string& bytes) {
    good = bytes;
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    return true;
  });
  refused("the checksum does not match");
  change_step(folder.path(), 2, [&](std::string& bytes) {
    bytes = good;
    bytes[20] = static_cast<char>(bytes[20] ^ 1);
    return true;
  });
  refused("the checksum of the head does not match");
  change_step(folder.path(), 2, [&](std::string& bytes) {
    bytes = good.substr(0, good.size() - 1);
    return true;
  });
  refused("it is " + std::to_string(good.size() - 1) + " bytes long, not " +
          std::to_string(good.size()));
  change_step(folder.path(), 2, [](std::string&) { return false; });
  refused("it is missing");
  change_step(folder.path(), 2, [&](std::string& bytes) {
    bytes = good;
    return true;
  });
  CHECK(RocksStore::open({.dir = folder.path()}).has_value());
}

TEST_CASE("a log that ends in the middle of a step loses that step only", "[state]") {
  const test::TempFolder folder;
  write_steps(folder.path(), 2);
  for (const auto& path : files_in(folder.path(), ".log")) {
    fs::resize_file(path, fs::file_size(path) - 10);
  }
  auto store = RocksStore::open({.dir = folder.path()});
  REQUIRE(store.has_value());
  CHECK((*store)->meta() == "1");
  CHECK((*store)->unpublished() == 1);
  REQUIRE((*store)->commit(step_of("2")).has_value());
  CHECK((*store)->unpublished() == 3);
}

TEST_CASE("a step with effects is synced, one without is not", "[state]") {
  const test::TempFolder folder;
  DiskFaults faults;
  const auto env = failing_env(faults);
  auto store = RocksStore::open({.dir = folder.path()}, env.get());
  REQUIRE(store.has_value());
  const std::uint64_t before = faults.syncs;
  REQUIRE((*store)->commit(step_of("1")).has_value());
  CHECK(faults.syncs == before + 1);
  StateBatch quiet;
  quiet.add_row(row_of(RowKind::event, uuid_of(2)), "q");
  REQUIRE((*store)->commit(shared(quiet)).has_value());
  CHECK(faults.syncs == before + 1);
}

TEST_CASE("a write or a sync that fails leaves memory as it was, and the same step succeeds later",
          "[state]") {
  for (const bool sync_fails : {false, true}) {
    for (const std::uint64_t arrives : {0, 1, 100, 2100, 1'000'000}) {
      INFO("it is the sync: " << sync_fails << ", arrived: " << arrives);
      const test::TempFolder folder;
      DiskFaults faults;
      const auto env = failing_env(faults);
      {
        auto store = RocksStore::open({.dir = folder.path()}, env.get());
        REQUIRE(store.has_value());
        REQUIRE((*store)->commit(step_of("1")).has_value());
        (sync_fails ? faults.syncs_left : faults.writes_left) = 0;
        faults.arrives_bytes = arrives;
        for (int i = 0; i < 3; ++i) {
          const auto failed = (*store)->commit(step_of("2", 2));
          REQUIRE_FALSE(failed.has_value());
          CHECK(failed.error().fault == Fault::unavailable);
        }
        CHECK((*store)->meta() == "1");
        CHECK((*store)->unpublished() == 2);
        faults = DiskFaults();
        const auto again = (*store)->commit(step_of("2", 2));
        INFO("at last: " << (again ? "it works" : again.error().message));
        REQUIRE(again.has_value());
        REQUIRE((*store)->commit(step_of("3", 3)).has_value());
        CHECK((*store)->unpublished() == 6);
      }
      auto store = RocksStore::open({.dir = folder.path()});
      REQUIRE(store.has_value());
      CHECK((*store)->meta() == "3");
      CHECK((*store)->unpublished() == 3);
    }
  }
}

TEST_CASE("what is published in part is published on from there", "[state]") {
  const test::TempFolder folder;
  auto store = RocksStore::open({.dir = folder.path()});
  REQUIRE(store.has_value());
  for (int i = 1; i <= 3; ++i) {
    REQUIRE((*store)->commit(step_of(std::to_string(i), 1)).has_value());
  }
  auto page = (*store)->outbox(0, 4);
  REQUIRE(page.has_value());
  REQUIRE(page->items.size() == 4);
  CHECK(page->items[2].bytes == "revision of 2");
  REQUIRE((*store)->published(page->items[2].number).has_value());
  page = (*store)->outbox(0, 10);
  REQUIRE(page->items.size() == 3);
  CHECK(page->items[0].bytes == "letter of 2");
  CHECK(page->items[2].bytes == "letter of 3");
  CHECK((*store)->unpublished() == 3);
}

TEST_CASE("a step goes when nothing in it lives and all of it is published, not before",
          "[state]") {
  const test::TempFolder folder;
  auto store = RocksStore::open({.dir = folder.path()});
  REQUIRE(store.has_value());
  for (int i = 1; i <= 3; ++i) {
    REQUIRE((*store)->commit(step_of(std::to_string(i), 1)).has_value());
  }
  CHECK((*store)->sizes().steps == 3);
  REQUIRE((*store)->published((*store)->outbox(0, 10)->items[3].number).has_value());
  REQUIRE((*store)->commit(step_of("4", 1)).has_value());
  CHECK((*store)->sizes().steps == 2);
  StateBatch gone;
  gone.meta = "5";
  gone.add_row(row_of(RowKind::event_gone, uuid_of(1)), {});
  gone.add_row(row_of(RowKind::incident_gone, uuid_of(1)), {});
  gone.add_item(row_of(RowKind::record), "letter");
  REQUIRE((*store)->published(~0ULL).has_value());
  REQUIRE((*store)->commit(shared(gone)).has_value());
  CHECK((*store)->sizes().steps == 1);
  CHECK((*store)->sizes().live_bytes == 0);
}

// Long-lived rows among short-lived ones, restarts and disk errors in between.
TEST_CASE("whatever comes, the store holds what it was told, on a bounded disk", "[state]") {
  const std::uint64_t seed = support::test_seed(8);
  INFO("replay with FUSIOND_SEED=" << seed);
  support::SeededRng rng(seed);
  std::uint64_t carried = 0;
  for (int round = 0; round < 6; ++round) {
    const test::TempFolder folder;
    DiskFaults faults;
    const auto env = failing_env(faults);
    constexpr std::uint64_t kBuffer = 65'536;
    const StateConfig config{.dir = folder.path(), .write_buffer_bytes = kBuffer};
    auto store = RocksStore::open(config, env.get());
    REQUIRE(store.has_value());
    Model model;
    for (int step = 0; step < 500; ++step) {
      Model next = model;
      const auto batch = random_step(rng, "m" + std::to_string(step), next);
      if (rng.chance(3)) {
        (rng.chance(50) ? faults.writes_left : faults.syncs_left) = 0;
        faults.arrives_bytes = rng.below(5000);
      }
      if (!(*store)->commit(batch)) {
        faults = DiskFaults();
        REQUIRE((*store)->commit(batch).has_value());
      }
      faults = DiskFaults();
      model = std::move(next);
      if (rng.chance(60)) {
        const auto page = (*store)->outbox(0, 1 + rng.below(80));
        REQUIRE(page.has_value());
        if (!page->items.empty()) {
          REQUIRE((*store)->published(page->items.back().number).has_value());
          model.unpublished.erase(
              model.unpublished.begin(),
              model.unpublished.begin() + static_cast<std::ptrdiff_t>(page->items.size()));
        }
      }
      if (rng.chance(3)) {
        carried += (*store)->sizes().carried_bytes;
        store->reset();
        store = RocksStore::open(config, env.get());
        REQUIRE(store.has_value());
        std::erase_if(model.unpublished, [](const auto& item) { return !item.second; });
        check_holds(**store, model);
      }
      if (model.unpublished.size() < 100) {
        const auto sizes = (*store)->sizes();
        CHECK(sizes.step_bytes <= 5 * sizes.live_bytes / 2 + 6 * kBuffer);
      }
    }
    check_holds(**store, model);
    carried += (*store)->sizes().carried_bytes;
  }
  CHECK(carried > 0);
}

TEST_CASE("files are given back: disk does not grow with what passes through", "[state]") {
  const test::TempFolder folder;
  auto store = RocksStore::open({.dir = folder.path(), .write_buffer_bytes = 1 << 20});
  REQUIRE(store.has_value());
  std::uintmax_t most = 0;
  for (int i = 0; i < 600; ++i) {
    REQUIRE(
        (*store)->commit(step_of(std::to_string(i), static_cast<std::uint64_t>(i % 8), 100'000)));
    REQUIRE((*store)->published(~0ULL).has_value());
    std::uintmax_t bytes = 0;
    for (const std::string ending : {".sst", ".log"}) {
      for (const auto& path : files_in(folder.path(), ending)) {
        std::error_code gone;
        const auto size = fs::file_size(path, gone);
        bytes += gone ? 0 : size;
      }
    }
    most = std::max(most, bytes);
  }
  INFO("bytes on disk at most: " << most);
  CHECK(most < 20U << 20U);  // of 60 MB that were written; 0.8 MB live
}

}  // namespace fusiond::state
