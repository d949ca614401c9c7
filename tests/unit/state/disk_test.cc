// What disks do to a state: bits that rot, power that is cut, no room. And copies of a state.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/state/rocks_store.h"
#include "daemon/state/snapshot.h"
#include "daemon/state/state_check.h"
#include "daemon/wire/event_wire.h"
#include "daemon/wire/state_wire.h"
#include "daemon/wire/told_wire.h"
#include "tests/support/event_builder.h"
#include "tests/support/random_model.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/state_rows.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/state/fragile_disk.h"

namespace fusiond::state {
namespace {

namespace fs = std::filesystem;
using ports::RowKind;
using ports::StateBatch;

// A step as the pipeline makes them: an event, what is told of it, sometimes a letter; of 50 events
// in turn, so that older steps die.
std::shared_ptr<const StateBatch> step_of(std::uint64_t step) {
  StateBatch batch;
  batch.meta = wire::encode_shard_meta({step, 7, {}});
  const std::string name = "c" + std::to_string(step % 50);
  const Event event =
      support::EventBuilder(name).revision(step).headline(std::string(300, 'h')).build();
  const EventState state{EventRef(event), {}, {}};
  batch.add_row(test::row_of(RowKind::event, test::uuid_of(event.id.str())),
                wire::encode_event_state(state));
  IncidentRevision revision;
  revision.content.id = incident_id_of(event.id);
  revision.content.state = IncidentState::open;
  revision.epoch = 7;
  revision.revision = step;
  std::string told;
  wire::append_told(wire::told_of(revision), told);
  batch.add_revision(test::row_of(RowKind::revision, test::uuid_of(revision.content.id.str())),
                     std::string(1000, 'r'), told);
  if (step % 3 == 0) {
    batch.add_item(test::row_of(RowKind::record),
                   wire::encode_out_record({"t", "k", std::to_string(step), {}, {}}));
  }
  return test::shared(std::move(batch));
}

// All that a store serves.
struct Content {
  std::map<Uuid, std::string> rows;
  std::string meta;
  std::vector<std::string> letters;
  friend bool operator==(const Content&, const Content&) = default;
};
Content content_of(RocksStore& store) {
  Content content;
  REQUIRE(store
              .visit([&](const ports::Row& row, std::string_view bytes, bool) {
                content.rows[row.id] = bytes;
              })
              .has_value());
  content.meta = store.meta().value_or("");
  const auto page = store.outbox(0, 1'000'000);
  REQUIRE(page.has_value());
  for (const auto& item : page->items) {
    if (item.row.kind == RowKind::record) {
      content.letters.emplace_back(item.bytes);
    }
  }
  return content;
}

StateConfig small(const std::string& dir) {
  return {.dir = dir, .write_buffer_bytes = 65'536};
}

// Commits steps `from` … `to` and publishes all but the last 20 of them.
void write_steps(RocksStore& store, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t step = from; step <= to; ++step) {
    REQUIRE(store.commit(step_of(step)).has_value());
    if (step + 20 == to) {
      REQUIRE(store.published(~0ULL).has_value());
    }
  }
}

void copy_folder(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

std::vector<fs::path> state_files(const std::string& dir) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(dir)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("LOG", 0) != 0 && fs::file_size(entry.path()) > 0) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

void flip_bit(const fs::path& path, std::uint64_t at, unsigned bit) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get());
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 1 << bit));
}

int rounds(int by_default) {
  const char* given = std::getenv("FUSIOND_DISK_CASES");
  return given == nullptr ? by_default : std::atoi(given);
}

// Is what a store serves what it held after one of the steps from `least` to `most`?
bool is_after_a_step(RocksStore& store, std::uint64_t least, std::uint64_t most) {
  const auto meta = wire::decode_shard_meta(store.meta().value_or(""));
  if (!meta || meta->next_offset < least || meta->next_offset > most) {
    return false;
  }
  const test::TempFolder other;
  auto expected = RocksStore::open(small(other.path()));
  REQUIRE(expected.has_value());
  for (std::uint64_t step = 1; step <= meta->next_offset; ++step) {
    REQUIRE((*expected)->commit(step_of(step)).has_value());
  }
  Content is = content_of(store);
  Content should = content_of(**expected);
  is.letters.clear();  // some are published
  should.letters.clear();
  return is == should;
}

}  // namespace

TEST_CASE("a bit that rots anywhere in a state is found or changes nothing; it is never served",
          "[state][disk]") {
  const std::uint64_t seed = support::test_seed(31);
  INFO("replay with FUSIOND_SEED=" << seed);
  support::SeededRng rng(seed);
  const test::TempFolder folder;
  const std::string good = folder.path() + "/good";
  {
    auto store = RocksStore::open(small(good));
    REQUIRE(store.has_value());
    write_steps(**store, 1, 400);
  }
  Content before;
  const std::string reference = folder.path() + "/reference";
  copy_folder(good, reference);
  {
    auto store = RocksStore::open(small(reference));
    REQUIRE(store.has_value());
    before = content_of(**store);
  }
  std::map<std::string, int> kinds;
  int found = 0;
  const auto files = state_files(good);
  for (int i = 0; i < rounds(150); ++i) {
    // Small files as often as large ones.
    const fs::path& file = files[rng.below(files.size())];
    const std::uint64_t at = rng.below(fs::file_size(file));
    const auto bit = static_cast<unsigned>(rng.below(8));
    INFO("bit " << bit << " of byte " << at << " of " << file.filename());
    const std::string rotten = folder.path() + "/rotten";
    copy_folder(good, rotten);
    flip_bit(rotten / file.filename(), at, bit);
    const auto report = check_state(rotten);
    const bool noticed = !report || !report->good();
    auto store = RocksStore::open(small(rotten));
    ++kinds[file.extension().string()];
    if (!store) {
      ++found;
      CHECK(store.error().fault != Fault::bad_input);
      continue;
    }
    found += noticed ? 1 : 0;
    // The log of writes, or the list of tables, may seem to end earlier, or to begin there: then
    // what came after is read from the events log again. Nothing else may differ.
    const Content now = content_of(**store);
    if (!(now == before)) {
      CHECK((now == Content{} || is_after_a_step(**store, 1, 400)));
      CHECK(file.extension() != ".sst");
    }
  }
  CHECK(found > 0);
  CHECK(kinds.contains(".sst"));
  CHECK(kinds.contains(".log"));
}

TEST_CASE("after a power cut a state holds whole steps, and all that were synced",
          "[state][disk]") {
  const std::uint64_t seed = support::test_seed(32);
  INFO("replay with FUSIOND_SEED=" << seed);
  support::SeededRng rng(seed);
  for (int i = 0; i < rounds(60); ++i) {
    INFO("round " << i);
    const test::TempFolder folder;
    const std::string dir = folder.path() + "/s";
    const std::uint64_t last = 1 + rng.below(300);
    std::uint64_t synced = 0;
    FragileDisk disk;
    const auto env = fragile_env(disk);
    {
      auto store = RocksStore::open(small(dir), env.get());
      REQUIRE(store.has_value());
      for (std::uint64_t step = 1; step <= last; ++step) {
        auto batch = step_of(step);
        if (rng.chance(40)) {  // without items: not synced
          StateBatch quiet = *batch;
          quiet.items.clear();
          quiet.outgoing.clear();
          std::erase_if(quiet.rows, [](const auto& row) { return row.kind == RowKind::told; });
          batch = test::shared(std::move(quiet));
        } else {
          synced = step;
        }
        REQUIRE((*store)->commit(batch).has_value());
        if (rng.chance(10)) {
          REQUIRE((*store)->published(~0ULL).has_value());
        }
      }
      disk.freeze();  // closing must not help
    }
    disk.cut_power(rng);
    auto store = RocksStore::open(small(dir));
    INFO((store ? "opens" : store.error().message));
    REQUIRE(store.has_value());
    const auto meta = wire::decode_shard_meta((*store)->meta().value_or(""));
    REQUIRE((meta.has_value() || synced == 0));
    if (meta) {
      CHECK(meta->next_offset >= synced);
      CHECK(meta->next_offset <= last);
    }
    const auto report = check_state(dir);
    REQUIRE(report.has_value());
    CHECK(report->good());
    REQUIRE((*store)->commit(step_of(last + 1)).has_value());
  }
}

TEST_CASE("a disk that is full loses nothing, and writing goes on by itself once there is room",
          "[state][disk]") {
  const std::uint64_t seed = support::test_seed(33);
  INFO("replay with FUSIOND_SEED=" << seed);
  support::SeededRng rng(seed);
  for (int i = 0; i < rounds(20); ++i) {
    INFO("round " << i);
    const test::TempFolder folder;
    FragileDisk disk;
    const auto env = fragile_env(disk);
    std::uint64_t step = 1;
    {
      auto store = RocksStore::open(small(folder.path()), env.get());
      REQUIRE(store.has_value());
      for (int filling = 0; filling < 3; ++filling) {
        disk.set_room(rng.below(200'000));
        bool full = false;
        for (int tries = 0; tries < 400; ++tries) {
          const auto written = (*store)->commit(step_of(step));
          if (written) {
            ++step;
            continue;
          }
          CHECK(written.error().fault == Fault::unavailable);
          full = true;
          break;
        }
        CHECK(full);
        CHECK_FALSE((*store)->commit(step_of(step)).has_value());
        disk.make_room();
        const auto again = (*store)->commit(step_of(step));
        INFO((again ? "it goes on" : again.error().message));
        REQUIRE(again.has_value());
        ++step;
      }
    }
    auto store = RocksStore::open(small(folder.path()));
    REQUIRE(store.has_value());
    CHECK(is_after_a_step(**store, step - 1, step - 1));
  }
}

TEST_CASE("a check of a state counts what it holds and changes nothing", "[state][disk]") {
  const test::TempFolder folder;
  const std::string dir = folder.path() + "/s";
  {
    auto store = RocksStore::open(small(dir));
    REQUIRE(store.has_value());
    write_steps(**store, 1, 120);
  }
  std::map<std::string, std::uintmax_t> sizes;
  for (const auto& file : state_files(dir)) {
    sizes[file.string()] = fs::file_size(file);
  }
  const auto report = check_state(dir);
  REQUIRE(report.has_value());
  for (const auto& problem : report->problems) {
    CHECK(problem.where + ": " + problem.what == "");
  }
  CHECK(report->good());
  CHECK(report->events == 50);
  CHECK(report->incidents == 50);
  CHECK(report->epoch == 7);
  CHECK(report->next_offset == 120);
  CHECK(report->last_step == 120);
  for (const auto& file : state_files(dir)) {
    CHECK(sizes[file.string()] == fs::file_size(file));
  }
  CHECK_FALSE(check_state(folder.path()).has_value());
}

TEST_CASE(
    "a snapshot of a state in use is whole, goes back onto an empty folder, and holds the same",
    "[state][disk]") {
  const test::TempFolder folder;
  const std::string dir = folder.path() + "/s";
  const WallTime now = wall_time(1'782'864'000'000'000);
  auto store = RocksStore::open(small(dir));
  REQUIRE(store.has_value());
  write_steps(**store, 1, 300);
  const std::string snapshot = folder.path() + "/snapshot";
  const auto made = make_snapshot(dir, snapshot, now);
  INFO((made ? "made" : made.error().message));
  REQUIRE(made.has_value());
  CHECK(made->next_offset == 300);
  CHECK(made->made_at == "2026-07-01T00:00:00Z");
  CHECK_FALSE(make_snapshot(dir, snapshot, now).has_value());
  const Content then = content_of(**store);
  write_steps(**store, 301, 700);
  const auto verified = verify_snapshot(snapshot);
  REQUIRE(verified.has_value());
  CHECK(verified->epoch == 7);
  CHECK(verified->files.size() == made->files.size());

  const std::string back = folder.path() + "/back";
  REQUIRE(restore_snapshot(snapshot, back).has_value());
  CHECK(verify_snapshot(snapshot).has_value());
  CHECK(restore_snapshot(snapshot, back).error().fault == Fault::bad_config);
  auto restored = RocksStore::open(small(back));
  REQUIRE(restored.has_value());
  CHECK(content_of(**restored) == then);
  REQUIRE((*restored)->commit(step_of(301)).has_value());
}

TEST_CASE("a snapshot that lost, gained or changed a file is refused, with its name",
          "[state][disk]") {
  const test::TempFolder folder;
  const std::string dir = folder.path() + "/s";
  {
    auto store = RocksStore::open(small(dir));
    REQUIRE(store.has_value());
    write_steps(**store, 1, 300);
  }
  const std::string snapshot = folder.path() + "/snapshot";
  REQUIRE(make_snapshot(dir, snapshot, wall_time(5)).has_value());
  for (const auto& file : state_files(snapshot)) {
    const std::string name = file.filename().string();
    if (name == kManifest) {
      continue;
    }
    INFO(name);
    const std::string damaged = folder.path() + "/damaged";
    copy_folder(snapshot, damaged);
    flip_bit(fs::path(damaged) / name, fs::file_size(file) / 2, 3);
    CHECK(verify_snapshot(damaged).error().message ==
          "a file is not what it was: " + damaged + "/" + name);
    CHECK_FALSE(restore_snapshot(damaged, folder.path() + "/none").has_value());
    fs::remove(fs::path(damaged) / name);
    CHECK(verify_snapshot(damaged).error().message == "a file is missing: " + damaged + "/" + name);
  }
  std::ofstream(snapshot + "/999999.sst") << "x";
  CHECK(verify_snapshot(snapshot).error().message ==
        "a file is not in the list: " + snapshot + "/999999.sst");
  CHECK_FALSE(fs::exists(folder.path() + "/none"));
}

TEST_CASE("of snapshots only the newest are kept", "[state][disk]") {
  const test::TempFolder folder;
  const std::string dir = folder.path() + "/s";
  auto store = RocksStore::open(small(dir));
  REQUIRE(store.has_value());
  const std::string all = folder.path() + "/snapshots";
  for (std::uint64_t i = 1; i <= 5; ++i) {
    REQUIRE((*store)->commit(step_of(i)).has_value());
    REQUIRE(keep_snapshot(dir, all, 2, wall_time(static_cast<std::int64_t>(i) * 1'000'000)));
  }
  const auto kept = snapshots_in(all);
  REQUIRE(kept.size() == 2);
  CHECK(verify_snapshot(kept[0])->next_offset == 4);
  CHECK(verify_snapshot(kept[1])->next_offset == 5);
}

}  // namespace fusiond::state
