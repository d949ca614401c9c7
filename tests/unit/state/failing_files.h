// RocksDB's files on a disk that a test lets fail: at which write or sync, and how much of a write
// arrives all the same.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace fusiond::state {

// After so many more calls every one fails.
struct DiskFaults {
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t writes_left = kNever;
  std::uint64_t syncs_left = kNever;
  std::uint64_t arrives_bytes = 0;  // of a write that fails
  std::uint64_t syncs = 0;
  static bool spend(std::uint64_t& left) {
    left -= left == 0 || left == kNever ? 0 : 1;
    return left != 0;
  }
};

class FailingFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FailingFile(std::unique_ptr<rocksdb::FSWritableFile> file, DiskFaults& faults)
      : FSWritableFileOwnerWrapper(std::move(file)), faults_(faults) {}
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (may_write()) {
      return FSWritableFileOwnerWrapper::Append(data, options, debug);
    }
    const rocksdb::Slice some(data.data(),
                              std::min<std::size_t>(data.size(), faults_.arrives_bytes));
    (void)FSWritableFileOwnerWrapper::Append(some, options, debug);
    return rocksdb::IOStatus::NoSpace("no space");
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& /*sum*/,
                           rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    ++faults_.syncs;
    return DiskFaults::spend(faults_.syncs_left) ? FSWritableFileOwnerWrapper::Sync(options, debug)
                                                 : rocksdb::IOStatus::IOError("the disk is sick");
  }

 private:
  bool may_write() { return DiskFaults::spend(faults_.writes_left); }
  DiskFaults& faults_;
};

// Only the log of writes fails; the rest of RocksDB's files is its own affair.
class FailingFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit FailingFiles(DiskFaults& faults)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), faults_(faults) {}
  const char* Name() const override { return "FailingFiles"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    auto status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
    if (status.ok() && name.ends_with(".log")) {
      *file = std::make_unique<FailingFile>(std::move(*file), faults_);
    }
    return status;
  }

 private:
  DiskFaults& faults_;
};

// Use: DiskFaults faults; const auto env = failing_env(faults); RocksStore::open(config, env.get())
inline std::unique_ptr<rocksdb::Env> failing_env(DiskFaults& faults) {
  return rocksdb::NewCompositeEnv(std::make_shared<FailingFiles>(faults));
}

}  // namespace fusiond::state
