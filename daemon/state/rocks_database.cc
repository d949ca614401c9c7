#include "daemon/state/rocks_database.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include "daemon/base/log.h"
#include "daemon/state/key_layout.h"

namespace fusiond::state {
namespace {

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}

constexpr std::uint64_t kNoLimit = 1ULL << 42U;

rocksdb::ColumnFamilyOptions family_options(const DatabaseConfig& config,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.checksum = rocksdb::kXXH3;
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = config.write_buffer_bytes;
  options.compression = rocksdb::kLZ4Compression;
  if (config.appended_only) {
    // Files that do not overlap go down to the last level by name only, and stay there until
    // drop_files_below(): each byte is written twice, to the log and to its file.
    options.compression = rocksdb::kNoCompression;
    options.num_levels = 2;
    options.max_bytes_for_level_base = kNoLimit;
    options.target_file_size_base = kNoLimit;
    options.ttl = 0;
    options.periodic_compaction_seconds = 0;
  }
  return options;
}

rocksdb::DBOptions strict_options(const DatabaseConfig& config) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.max_background_jobs = 2;
  options.max_open_files = 256;
  // A family that is rarely written would else keep every log file since its last flush.
  options.max_total_wal_size = 4 * config.write_buffer_bytes;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 2;
  // A crash leaves half a record at the end of the log, and nothing else: anything else is damage,
  // and must not be taken for the end.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.allow_concurrent_memtable_write = false;  // one shard, one writer
  // Whoever writes decides what happens after an error: RocksDB going on by itself may sync a log
  // that has seen one, and stops the process then.
  options.max_bgerror_resume_count = 0;
  if (config.env != nullptr) {
    options.env = config.env;
  }
  return options;
}

// Copies the logs of writes to a folder beside the others; its name.
std::optional<std::string> keep_logs(const std::string& dir) {
  namespace fs = std::filesystem;
  std::error_code failed;
  std::string to;
  for (int i = 1; to.empty() || fs::exists(to, failed); ++i) {
    to = dir + "/damaged-" + std::to_string(i);
  }
  fs::create_directories(to, failed);
  for (const auto& entry : fs::directory_iterator(dir, failed)) {
    if (!failed && entry.path().extension() == ".log") {
      fs::copy_file(entry.path(), fs::path(to) / entry.path().filename(), failed);
    }
  }
  return failed ? std::nullopt : std::optional(to);
}

bool holds_tables(const std::string& dir) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(dir, failed)) {
    if (!failed && entry.path().extension() == ".sst") {
      return true;
    }
  }
  return false;
}

bool is_lock_held(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return status.IsIOError() && (text.find("lock file") != std::string::npos ||
                                text.find("lock hold by") != std::string::npos);
}

}  // namespace

Result<std::unique_ptr<RocksDatabase>> RocksDatabase::open(const DatabaseConfig& config) {
  std::error_code failed;
  std::filesystem::create_directories(config.dir, failed);
  if (failed) {
    return fail(Fault::unavailable,
                "cannot make the folder " + config.dir + ": " + failed.message());
  }
  const bool has_tables = holds_tables(config.dir);
  auto database = std::make_unique<RocksDatabase>(config.dir, !config.appended_only);
  rocksdb::Status status = database->open_with(config, strict_options(config));
  if (status.IsCorruption() && config.appended_only) {
    status = database->open_before_damage(config, status);
  }
  if (is_lock_held(status)) {
    return fail(Fault::unavailable, "the folder is in use by another fusiond: " + config.dir);
  }
  if (status.IsInvalidArgument()) {
    return fail(Fault::bad_config,
                "another version of fusiond wrote this folder, or it holds something else; moved "
                "away, it is made anew: " +
                    config.dir + ": " + status.ToString());
  }
  if (!status.ok()) {
    return fail(database->error_of(status, "opening"));
  }
  // A damaged list of tables may look like one that has just begun.
  if (const auto format = database->number(kFormatKey); has_tables && format && !*format) {
    return fail(Fault::corrupt,
                "the folder holds tables and yet looks new; its bytes are kept: " + config.dir);
  }
  if (auto good = database->check_format(config); !good) {
    return fail(good.error());
  }
  return database;
}

rocksdb::Status RocksDatabase::open_with(const DatabaseConfig& config,
                                         const rocksdb::DBOptions& options) {
  const auto cache = rocksdb::NewLRUCache(config.cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, family_options(config, cache));
  for (const std::string& name : config.families) {
    families.emplace_back(name, family_options(config, cache));
  }
  rocksdb::DB* raw = nullptr;
  auto status = rocksdb::DB::Open(options, config.dir, families, &handles_, &raw);
  db_.reset(raw);
  return status;
}

// A power cut may leave rubbish where nothing was synced yet, bits may rot: neither may keep the
// shard from starting where all that is lost can be read again.
rocksdb::Status RocksDatabase::open_before_damage(const DatabaseConfig& config,
                                                  const rocksdb::Status& strict) {
  const auto kept = keep_logs(config.dir);
  if (!kept) {
    return strict;
  }
  rocksdb::DBOptions options = strict_options(config);
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  auto status = open_with(config, options);
  if (status.ok()) {
    log_error(
        "the state's log of writes is damaged; what it held after that is read from the "
        "events log again, its bytes are kept",
        {{"dir", config.dir}, {"kept", *kept}, {"error", strict.ToString()}});
  }
  return status.ok() ? status : strict;
}

RocksDatabase::~RocksDatabase() {
  if (db_ == nullptr) {
    return;
  }
  for (auto* handle : handles_) {
    if (const auto status = db_->DestroyColumnFamilyHandle(handle); !status.ok()) {
      log_warn("closing a state folder", {{"dir", dir_}, {"error", status.ToString()}});
    }
  }
  if (const auto status = db_->Close(); !status.ok()) {
    log_warn("closing a state folder", {{"dir", dir_}, {"error", status.ToString()}});
  }
}

Result<void> RocksDatabase::check_format(const DatabaseConfig& config) {
  const auto format = number(kFormatKey);
  if (!format) {
    return fail(format.error());
  }
  format_ = format->value_or(config.format);
  if (format_ != config.format && (format_ == 0 || format_ != config.format_before)) {
    return fail(
        Fault::bad_config,
        "written by " + std::string(format_ > config.format ? "a newer" : "an older") +
            " version of fusiond: format " + std::to_string(format_) + ", this one reads " +
            (config.format_before == 0 ? "" : std::to_string(config.format_before) + " and ") +
            std::to_string(config.format) + ": " + dir_);
  }
  if (*format) {
    return {};
  }
  rocksdb::WriteBatch batch;
  put_format(config.format, batch);
  return write(batch, true);
}

void RocksDatabase::put_format(std::uint64_t format, rocksdb::WriteBatch& batch) {
  batch.Put(slice(kFormatKey), std::to_string(format));
}

Error RocksDatabase::error_of(const rocksdb::Status& status, std::string_view doing) const {
  const Fault fault = status.IsCorruption() ? Fault::corrupt : Fault::unavailable;
  return {fault, std::string(doing) + " " + dir_ + ": " + status.ToString()};
}

Result<void> RocksDatabase::write(rocksdb::WriteBatch& batch, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  rocksdb::Status status = db_->Write(options, &batch);
  if (status.ok()) {
    return {};
  }
  // RocksDB refuses every write after a failed one until it is told that the disk may be well
  // again.
  if (resumes_ && !status.IsCorruption() && db_->Resume().ok()) {
    status = db_->Write(options, &batch);
  }
  return status.ok() ? Result<void>() : fail(error_of(status, "writing"));
}

Result<void> RocksDatabase::drop_files_below(std::size_t family_index, std::string_view end) {
  const rocksdb::Slice until = slice(end);
  const auto status =
      rocksdb::DeleteFilesInRange(db_.get(), family(family_index), nullptr, &until, false);
  return status.ok() ? Result<void>() : fail(error_of(status, "dropping files of"));
}

Result<void> RocksDatabase::sync() {
  const auto status = db_->SyncWAL();
  return status.ok() ? Result<void>() : fail(error_of(status, "syncing"));
}

Result<std::optional<std::string>> RocksDatabase::get(std::size_t family_index,
                                                      std::string_view key) const {
  std::string value;
  const auto status = db_->Get(rocksdb::ReadOptions(), family(family_index), slice(key), &value);
  if (status.IsNotFound()) {
    return std::nullopt;
  }
  if (!status.ok()) {
    return fail(error_of(status, "reading"));
  }
  return value;
}

Result<std::optional<std::uint64_t>> RocksDatabase::number(std::string_view key) const {
  const auto text = get(0, key);
  if (!text) {
    return fail(text.error());
  }
  if (!*text) {
    return std::nullopt;
  }
  const auto number = digits_from(text->value_or(""));
  if (!number) {
    return fail(Fault::corrupt, "not a number under " + std::string(key) + " in " + dir_);
  }
  return number;
}

std::unique_ptr<rocksdb::Iterator> RocksDatabase::iterate(std::size_t family_index) const {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, family(family_index)));
}

}  // namespace fusiond::state
