#include "daemon/bus/embedded/log_store.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <limits>
#include <unordered_map>
#include <utility>

#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "daemon/bus/embedded/record_codec.h"

namespace fusiond::bus {
namespace {

constexpr std::size_t kTopicRowSize = 17;
constexpr std::size_t kPartitionRowSize = 32;

std::string_view view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

Error error_of(const rocksdb::Status& status, const std::string& doing) {
  const Fault fault = status.IsCorruption() ? Fault::corrupt : Fault::unavailable;
  return {fault, doing + ": " + status.ToString()};
}

Error bad_row(const std::string& what) {
  return {Fault::corrupt, "the embedded log has a row that cannot be decoded: " + what};
}

std::string encode(const StoredTopic& topic) {
  std::string row;
  append_u32(row, topic.number);
  append_u32(row, topic.spec.partitions);
  row.push_back(topic.spec.compacted ? '\1' : '\0');
  append_u64(row, static_cast<std::uint64_t>(topic.spec.retention.count()));
  return row;
}

std::string encode(const PartitionState& state) {
  std::string row;
  append_u64(row, state.extent.begin);
  append_u64(row, state.extent.end);
  append_u64(row, state.compacted_to);
  append_u64(row, state.tombstones_to);
  return row;
}

rocksdb::Options database_options() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  // What was confirmed must not vanish in a recovery: only a record cut off at the very end of the
  // log of writes is let go.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_total_wal_size = 128ULL << 20;
  options.max_background_jobs = 2;
  options.max_open_files = 256;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 4ULL << 20;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_manifest_file_size = 16ULL << 20;
  return options;
}

rocksdb::ColumnFamilyOptions family_options(bool looked_up_by_key) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = looked_up_by_key ? 8ULL << 20 : 32ULL << 20;
  options.max_write_buffer_number = 3;
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kLZ4Compression;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = 16ULL * 1024;
  if (looked_up_by_key) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

struct LogStore::Handles {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<std::unique_ptr<rocksdb::ColumnFamilyHandle>> families;
  rocksdb::WriteOptions durable;
  Options options;
  std::atomic<bool> failed = false;  // the last write did not work

  Handles* left_open_before = nullptr;

  ~Handles() {
    families.clear();
    if (db) {
      db->Close().PermitUncheckedError();
    }
  }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* rows() const { return families[0].get(); }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* records() const { return families[1].get(); }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* newest() const { return families[2].get(); }

  // What drops records is written whatever space there is: it makes room.
  enum class Kind { adds, drops };
  Result<void> write(rocksdb::WriteBatch& batch, const std::string& doing, Kind kind) {
    if (auto good = has_room(batch.GetDataSize()); kind == Kind::adds && !good) {
      return good;
    }
    if (failed) {  // RocksDB refuses writes after a failed one until it is told to go on
      if (const auto status = db->Resume(); !status.ok()) {
        return fail(error_of(
            status,
            "the embedded log cannot be written after a disk error; see to the disk and restart"));
      }
      failed = false;
    }
    const auto status = db->Write(durable, &batch);
    if (status.ok()) {
      return {};
    }
    failed = true;
    return fail(error_of(status, doing));
  }

  [[nodiscard]] Result<void> has_room(std::uint64_t bytes) const {
    std::uint64_t free = 0;
    if (options.free_bytes) {
      free = options.free_bytes();
    } else {
      std::error_code code;
      const auto space = std::filesystem::space(options.dir, code);
      if (code) {
        return {};
      }  // who cannot tell does not stop; the write itself will
      free = space.available;
    }
    if (free >= options.keep_free_bytes + bytes) {
      return {};
    }
    return fail(Fault::unavailable,
                "the disk of the embedded log has too little space, free bytes of " + options.dir +
                    ": " + std::to_string(free));
  }
};

LogStore::LogStore(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}

// RocksDB aborts the process when it is to close a log of writes that it could not write. All that
// was confirmed is on disk, and the process is about to end or needs to: such a store is left open,
// where a leak checker finds it.
LogStore::~LogStore() {
  static Handles* left_open = nullptr;
  if (handles_->failed) {
    handles_->left_open_before = left_open;
    left_open = handles_.release();
  }
}

Result<std::unique_ptr<LogStore>> LogStore::open(const Options& options) {
  std::error_code code;
  std::filesystem::create_directories(options.dir, code);
  if (code) {
    return fail(Fault::unavailable, "the folder of the embedded log cannot be made: " +
                                        options.dir + ": " + code.message());
  }
  auto handles = std::make_unique<Handles>();
  handles->durable.sync = options.sync;
  handles->options = options;
  const std::vector<rocksdb::ColumnFamilyDescriptor> wanted{
      {rocksdb::kDefaultColumnFamilyName, family_options(true)},
      {"records", family_options(false)},
      {"newest", family_options(true)}};
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(database_options(), options.dir, wanted, &families, &db);
  if (!status.ok()) {
    return fail(error_of(status, "the embedded log cannot be opened: " + options.dir));
  }
  handles->db.reset(db);
  for (auto* family : families) {
    handles->families.emplace_back(family);
  }
  return std::make_unique<LogStore>(std::move(handles));
}

Result<std::vector<StoredTopic>> LogStore::topics() const {
  std::vector<StoredTopic> found;
  const std::unique_ptr<rocksdb::Iterator> at(handles_->db->NewIterator({}, handles_->rows()));
  for (at->Seek("t"); at->Valid() && at->key().starts_with("t"); at->Next()) {
    const std::string_view row = view(at->value());
    const std::string name(view(at->key()).substr(1));
    if (row.size() != kTopicRowSize) {
      return fail(bad_row("topic " + name));
    }
    found.push_back({u32_at(row, 0),
                     {.name = name,
                      .partitions = u32_at(row, 4),
                      .compacted = row[8] != '\0',
                      .retention = std::chrono::hours{static_cast<std::int64_t>(u64_at(row, 9))}}});
  }
  if (!at->status().ok()) {
    return fail(error_of(at->status(), "reading the topics of the embedded log"));
  }
  return found;
}

Result<void> LogStore::put_topic(const StoredTopic& topic) {
  rocksdb::WriteBatch batch;
  batch.Put(handles_->rows(), topic_row_key(topic.spec.name), encode(topic));
  return handles_->write(batch, "making a topic of the embedded log: " + topic.spec.name,
                         Handles::Kind::adds);
}

Result<PartitionState> LogStore::partition(Place place) const {
  PartitionState state;
  std::string row;
  const auto got = handles_->db->Get({}, handles_->rows(), partition_row_key(place), &row);
  if (!got.ok() && !got.IsNotFound()) {
    return fail(error_of(got, "reading a partition of the embedded log"));
  }
  if (got.ok()) {
    if (row.size() != kPartitionRowSize) {
      return fail(bad_row("partition"));
    }
    state = {{u64_at(row, 0), u64_at(row, 8)}, u64_at(row, 16), u64_at(row, 24)};
  }
  const std::unique_ptr<rocksdb::Iterator> at(handles_->db->NewIterator({}, handles_->records()));
  at->SeekForPrev(record_key(place, std::numeric_limits<std::uint64_t>::max()));
  if (at->Valid() && at->key().size() == kRecordKeySize &&
      at->key().starts_with(place_key(place))) {
    state.extent.end = std::max(state.extent.end, u64_at(view(at->key()), kOffsetAt) + 1);
  }
  if (!at->status().ok()) {
    return fail(error_of(at->status(), "looking for the end of a partition of the embedded log"));
  }
  return state;
}

Result<void> LogStore::append(const std::vector<NewRecord>& records) {
  rocksdb::WriteBatch batch;
  for (const auto& record : records) {
    batch.Put(handles_->records(), record_key(record.place, record.offset), *record.bytes);
  }
  return handles_->write(batch, "writing to the embedded log", Handles::Kind::adds);
}

namespace {

// Walks over the records of one partition with offsets in [from, end).
class Walk {
 public:
  Walk(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* records, Place place, ports::Extent range)
      : end_key_(record_key(place, range.end)), end_(end_key_) {
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &end_;
    at_.reset(db.NewIterator(options, records));
    at_->Seek(record_key(place, range.begin));
  }
  [[nodiscard]] bool valid() const { return at_->Valid(); }
  void next() { at_->Next(); }
  [[nodiscard]] std::uint64_t offset() const { return u64_at(view(at_->key()), kOffsetAt); }
  [[nodiscard]] std::string_view bytes() const { return view(at_->value()); }
  [[nodiscard]] Result<void> status() const {
    if (at_->status().ok()) {
      return {};
    }
    return fail(error_of(at_->status(), "reading the embedded log"));
  }

 private:
  std::string end_key_;
  rocksdb::Slice end_;
  std::unique_ptr<rocksdb::Iterator> at_;
};

}  // namespace

Result<std::size_t> LogStore::read(const std::string& topic, Place place, ports::Extent range,
                                   std::size_t max, std::vector<ports::BusRecord>& out) const {
  std::size_t taken = 0;
  Walk walk(*handles_->db, handles_->records(), place, range);
  for (; walk.valid() && taken < max; walk.next(), ++taken) {
    ports::BusRecord& record = out.emplace_back();
    record.topic = topic;
    record.partition = place.partition;
    record.offset = walk.offset();
    if (auto good = decode_record(walk.bytes(), record); !good) {
      out.resize(out.size() - taken - 1);
      return fail(good.error().within(topic + "/" + std::to_string(place.partition) + "@" +
                                      std::to_string(walk.offset())));
    }
  }
  if (auto good = walk.status(); !good) {
    out.resize(out.size() - taken);
    return fail(good.error());
  }
  return taken;
}

Result<std::optional<LogStore::Found>> LogStore::first_from(Place place, std::uint64_t offset,
                                                            std::uint64_t end) const {
  const Walk walk(*handles_->db, handles_->records(), place, {offset, end});
  if (auto good = walk.status(); !good) {
    return fail(good.error());
  }
  if (!walk.valid()) {
    return std::optional<Found>{};
  }
  const auto head = decode_head(walk.bytes());
  if (!head) {
    return fail(head.error());
  }
  return Found{walk.offset(), head->appended};
}

Result<bool> LogStore::expire(Place place, PartitionState& state, WallTime cutoff) {
  std::uint64_t low = state.extent.begin;
  std::uint64_t high = state.extent.end;
  // Append times rise with offsets. Most passes end at the first look: the oldest record is young
  // enough.
  std::uint64_t middle = low;
  while (low < high) {
    const auto found = first_from(place, middle, high);
    if (!found) {
      return fail(found.error());
    }
    const std::optional<Found>& first = *found;
    if (first && first->appended < cutoff) {
      low = first->offset + 1;
    } else if (middle == low) {
      break;
    } else {
      high = middle;
    }
    middle = low + (high - low) / 2;
  }
  if (low == state.extent.begin) {
    return false;
  }
  PartitionState after = state;
  after.extent.begin = low;
  rocksdb::WriteBatch batch;
  batch.DeleteRange(handles_->records(), record_key(place, state.extent.begin),
                    record_key(place, low));
  batch.Put(handles_->rows(), partition_row_key(place), encode(after));
  if (auto good = handles_->write(batch, "dropping expired records of the embedded log",
                                  Handles::Kind::drops);
      !good) {
    return fail(good.error());
  }
  state = after;
  return true;
}

Result<bool> LogStore::compact(Place place, PartitionState& state, WallTime until,
                               std::size_t max) {
  rocksdb::WriteBatch batch;
  PartitionState after = state;
  std::unordered_map<std::string, std::uint64_t> seen;  // in this pass
  Walk walk(*handles_->db, handles_->records(), place, {state.compacted_to, state.extent.end});
  std::size_t looked_at = 0;
  for (; walk.valid() && looked_at < max; walk.next(), ++looked_at) {
    const auto head = decode_head(walk.bytes());
    if (!head) {
      return fail(head.error());
    }
    if (head->appended > until) {
      break;
    }
    const std::string key = newest_key(place, head->key);
    const auto [known, first] = seen.try_emplace(key, walk.offset());
    if (!first) {
      batch.Delete(handles_->records(), record_key(place, known->second));
      known->second = walk.offset();
    } else {
      std::string before;
      const auto got = handles_->db->Get({}, handles_->newest(), key, &before);
      if (!got.ok() && !got.IsNotFound()) {
        return fail(error_of(got, "compacting the embedded log"));
      }
      if (got.ok() && before.size() != 8) {
        return fail(bad_row("newest record of a key"));
      }
      if (got.ok()) {
        batch.Delete(handles_->records(), record_key(place, u64_at(before, 0)));
      }
    }
    after.compacted_to = walk.offset() + 1;
  }
  if (auto good = walk.status(); !good) {
    return fail(good.error());
  }
  if (looked_at == 0) {
    return false;
  }
  for (const auto& [key, offset] : seen) {
    std::string row;
    append_u64(row, offset);
    batch.Put(handles_->newest(), key, row);
  }
  batch.Put(handles_->rows(), partition_row_key(place), encode(after));
  if (auto good = handles_->write(batch, "compacting the embedded log", Handles::Kind::drops);
      !good) {
    return fail(good.error());
  }
  state = after;
  return looked_at == max;
}

Result<bool> LogStore::drop_tombstones(Place place, PartitionState& state, WallTime until,
                                       std::size_t max) {
  rocksdb::WriteBatch batch;
  PartitionState after = state;
  Walk walk(*handles_->db, handles_->records(), place, {state.tombstones_to, state.compacted_to});
  std::size_t looked_at = 0;
  for (; walk.valid() && looked_at < max; walk.next(), ++looked_at) {
    const auto head = decode_head(walk.bytes());
    if (!head) {
      return fail(head.error());
    }
    if (head->appended > until) {
      break;
    }
    if (head->tombstone) {  // behind the cursor of compaction it is the one record of its key
      batch.Delete(handles_->records(), record_key(place, walk.offset()));
      batch.Delete(handles_->newest(), newest_key(place, head->key));
    }
    after.tombstones_to = walk.offset() + 1;
  }
  if (auto good = walk.status(); !good) {
    return fail(good.error());
  }
  if (looked_at == 0) {
    return false;
  }
  batch.Put(handles_->rows(), partition_row_key(place), encode(after));
  if (auto good =
          handles_->write(batch, "dropping tombstones of the embedded log", Handles::Kind::drops);
      !good) {
    return fail(good.error());
  }
  state = after;
  return looked_at == max;
}

}  // namespace fusiond::bus
