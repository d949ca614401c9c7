#include "daemon/state/rocks_spool.h"

#include <algorithm>

#include "daemon/state/key_layout.h"
#include "daemon/state/rocks_database.h"
#include "daemon/wire/state_wire.h"

namespace fusiond::state {
namespace {

constexpr std::size_t kSpool = 1;
constexpr std::uint64_t kWriteBufferBytes = 8ULL << 20U;
constexpr std::uint64_t kCacheBytes = 4ULL << 20U;

}  // namespace

RocksSpool::RocksSpool(std::unique_ptr<RocksDatabase> database, const SpoolConfig& config)
    : database_(std::move(database)), config_(config) {}
RocksSpool::~RocksSpool() = default;

Result<std::unique_ptr<RocksSpool>> RocksSpool::open(const SpoolConfig& config) {
  auto database = RocksDatabase::open({.dir = config.dir,
                                       .families = {"spool"},
                                       .write_buffer_bytes = kWriteBufferBytes,
                                       .cache_bytes = kCacheBytes,
                                       .format = kSpoolFormat});
  if (!database) {
    return fail(database.error());
  }
  auto spool = std::make_unique<RocksSpool>(std::move(*database), config);
  if (auto good = spool->count(); !good) {
    return fail(good.error());
  }
  return spool;
}

Result<void> RocksSpool::count() {
  const auto next = database_->number(kNextSequenceKey);
  if (!next) {
    return fail(next.error());
  }
  MutexLock lock(mutex_);
  next_ = next->value_or(1);
  const auto rows = database_->iterate(kSpool);
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const auto sequence = sequence_from(rows->key().ToStringView());
    if (!sequence || *sequence >= next_) {
      return fail(Fault::corrupt, "the spool has an entry that was never numbered");
    }
    sizes_.push_back({*sequence, rows->value().size()});
    bytes_ += rows->value().size();
  }
  if (!rows->status().ok()) {
    return fail(database_->error_of(rows->status(), "reading"));
  }
  first_ = sizes_.empty() ? next_ : sizes_.front().sequence;
  return {};
}

Result<void> RocksSpool::push(const std::vector<ports::OutRecord>& records) {
  if (records.empty()) {
    return {};
  }
  std::vector<std::string> values;
  values.reserve(records.size());
  std::uint64_t added = 0;
  for (const auto& record : records) {
    values.push_back(wire::encode_out_record(record));
    added += values.back().size();
  }
  MutexLock lock(mutex_);
  if (bytes_ + added > config_.max_bytes) {
    return fail(Fault::overloaded,
                "the spool is full, max_bytes: " + std::to_string(config_.max_bytes));
  }
  const std::uint64_t begin = next_;
  // Numbers are used up even when the write fails, since the entries may be on disk all the same.
  next_ += values.size();
  rocksdb::WriteBatch write;
  for (std::size_t i = 0; i < values.size(); ++i) {
    write.Put(database_->family(kSpool), sequence_key(begin + i), values[i]);
  }
  write.Put(database_->family(kDefault),
            rocksdb::Slice(kNextSequenceKey.data(), kNextSequenceKey.size()),
            std::to_string(next_));
  if (auto good = database_->write(write, config_.sync); !good) {
    return good;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    sizes_.push_back({begin + i, values[i].size()});
  }
  bytes_ += added;
  return {};
}

Result<std::vector<ports::SpoolEntry>> RocksSpool::peek(std::uint64_t from, std::size_t max) const {
  std::uint64_t start = 0;
  {
    MutexLock lock(mutex_);
    start = std::max(from, first_);
    if (start >= next_) {
      return std::vector<ports::SpoolEntry>();
    }
  }
  std::vector<ports::SpoolEntry> entries;
  const auto rows = database_->iterate(kSpool);
  for (rows->Seek(sequence_key(start)); rows->Valid() && entries.size() < max; rows->Next()) {
    const auto sequence = sequence_from(rows->key().ToStringView());
    if (!sequence) {
      return fail(Fault::corrupt, "the spool has a key that is no sequence");
    }
    auto record = wire::decode_out_record(rows->value().ToStringView());
    if (!record) {
      return fail(record.error().within("spool entry " + std::to_string(*sequence)));
    }
    entries.push_back({*sequence, std::move(*record)});
  }
  if (!rows->status().ok()) {
    return fail(database_->error_of(rows->status(), "reading"));
  }
  return entries;
}

Result<void> RocksSpool::drop(std::uint64_t sequence) {
  MutexLock lock(mutex_);
  const std::uint64_t end = end_of(sequence, next_);
  if (end <= first_) {
    return {};
  }
  rocksdb::WriteBatch write;
  for (std::uint64_t gone = first_; gone < end; ++gone) {
    write.Delete(database_->family(kSpool), sequence_key(gone));
  }
  // Not synced: what comes back after a power cut is sent again, and routing drops the repeat.
  if (auto good = database_->write(write, false); !good) {
    return good;
  }
  first_ = end;
  while (!sizes_.empty() && sizes_.front().sequence < end) {
    bytes_ -= sizes_.front().bytes;
    sizes_.pop_front();
  }
  return {};
}

std::uint64_t RocksSpool::bytes() const {
  MutexLock lock(mutex_);
  return bytes_;
}

std::uint64_t RocksSpool::entries() const {
  MutexLock lock(mutex_);
  return sizes_.size();
}

}  // namespace fusiond::state
