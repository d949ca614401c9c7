// One opened RocksDB folder with its families, format and errors: what the store and the spool have
// in common. Inside daemon/state only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include "daemon/base/result.h"

namespace fusiond::state {

struct DatabaseConfig {
  std::string dir;
  std::vector<std::string> families;  // beside the default one
  std::uint64_t write_buffer_bytes = 0;
  std::uint64_t cache_bytes = 0;
  std::uint64_t format = 1;         // of what is in the families
  std::uint64_t format_before = 0;  // can be read as well; none: 0
  // Families are only ever appended to, by rising keys, and cut off in front: files are moved to
  // the last level as they are and never written again, and nothing is compressed. What a damaged
  // log of writes held can be had again from elsewhere: it is kept aside, and the database goes on
  // from what stands before the damage.
  bool appended_only = false;
  rocksdb::Env* env = nullptr;  // a test's; must live longer
};

// Owns the database and its lock; both go with it. Threads: any.
class RocksDatabase {
 public:
  // Makes the folder when it is missing. Errors: unavailable when another process holds it or the
  // disk fails; corrupt when checksums do not match; bad_config when another version
  // of fusiond wrote it.
  static Result<std::unique_ptr<RocksDatabase>> open(const DatabaseConfig& config);
  // Use open().
  RocksDatabase(std::string dir, bool resumes) : dir_(std::move(dir)), resumes_(resumes) {}
  ~RocksDatabase();
  RocksDatabase(const RocksDatabase&) = delete;
  RocksDatabase& operator=(const RocksDatabase&) = delete;

  // Families are numbered: 0 is the default one, then as in the config.
  [[nodiscard]] rocksdb::ColumnFamilyHandle* family(std::size_t index) const {
    return handles_[index];
  }
  // As it stands on disk.
  [[nodiscard]] std::uint64_t format() const { return format_; }
  // Adds to `batch` that the format is `format` from then on; note_format() once it is written.
  static void put_format(std::uint64_t format, rocksdb::WriteBatch& batch);
  void note_format(std::uint64_t format) { format_ = format; }
  // All or nothing. After an error of the disk it first asks RocksDB to resume and tries again; of
  // one that is appended_only nothing is asked any more: it has to be opened anew.
  Result<void> write(rocksdb::WriteBatch& batch, bool sync);
  [[nodiscard]] Result<std::optional<std::string>> get(std::size_t family,
                                                       std::string_view key) const;
  // The number under `key` of the default family. Errors: corrupt when it is none.
  [[nodiscard]] Result<std::optional<std::uint64_t>> number(std::string_view key) const;
  // Gives back the files that hold only keys below `end`, as far as they are not in the first
  // level. Keys below it must not be asked for again: some may still be there.
  Result<void> drop_files_below(std::size_t family, std::string_view end);
  // What was written so far survives a power cut.
  Result<void> sync();
  // Reads from disk with checksums; a snapshot of now.
  [[nodiscard]] std::unique_ptr<rocksdb::Iterator> iterate(std::size_t family) const;
  [[nodiscard]] Error error_of(const rocksdb::Status& status, std::string_view doing) const;

 private:
  Result<void> check_format(const DatabaseConfig& config);
  rocksdb::Status open_with(const DatabaseConfig& config, const rocksdb::DBOptions& options);
  rocksdb::Status open_before_damage(const DatabaseConfig& config, const rocksdb::Status& strict);

  std::string dir_;
  bool resumes_;
  std::uint64_t format_ = 0;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // owned by db_, given back before it closes
};

}  // namespace fusiond::state
