// A disk under RocksDB that a test may fill up, and cut the power of: what was not synced is then
// lost, torn, or there in part.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "tests/support/seeded_rng.h"

namespace fusiond::state {

// Threads: any; RocksDB writes from its own too.
class FragileDisk {
 public:
  // So many more bytes may be written.
  void set_room(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    room_ = bytes;
  }
  void make_room() { set_room(std::numeric_limits<std::uint64_t>::max()); }
  bool take(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes > room_) {
      room_ = 0;
      ++refused_;
      return false;
    }
    room_ -= room_ == std::numeric_limits<std::uint64_t>::max() ? 0 : bytes;
    return true;
  }
  [[nodiscard]] std::uint64_t refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
  }

  // From now on nothing reaches the disk, and nobody notices.
  void freeze() {
    const std::lock_guard lock(mutex_);
    frozen_ = true;
  }
  [[nodiscard]] bool frozen() const {
    const std::lock_guard lock(mutex_);
    return frozen_;
  }
  void wrote(const std::string& file, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    files_[file].written += bytes;
  }
  void synced(const std::string& file) {
    const std::lock_guard lock(mutex_);
    if (!frozen_) {
      files_[file].synced = files_[file].written;
    }
  }
  void made(const std::string& file) {
    const std::lock_guard lock(mutex_);
    files_[file] = {};
  }
  void renamed(const std::string& from, const std::string& to) {
    const std::lock_guard lock(mutex_);
    files_[to] = files_[from];
    files_.erase(from);
  }
  // Of each file keeps what was synced and a part of the rest, the last of which may be rubbish, or
  // zeros in the middle as when a later block reached the disk first. Requires: nobody writes.
  void cut_power(support::SeededRng& rng) {
    const std::lock_guard lock(mutex_);
    for (const auto& [file, size] : files_) {
      std::error_code gone;
      if (!std::filesystem::exists(file, gone) || size.written == size.synced) {
        continue;
      }
      const std::uint64_t kept = size.synced + rng.below(size.written - size.synced + 1);
      std::filesystem::resize_file(file, kept, gone);
      const std::uint64_t loose = kept - size.synced;
      if (loose > 0 && rng.chance(50)) {
        const std::uint64_t from = size.synced + rng.below(loose);
        const std::uint64_t bytes = std::min<std::uint64_t>(kept - from, 1 + rng.below(4096));
        std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
        out.seekp(static_cast<std::streamoff>(from));
        out << std::string(bytes, rng.chance(50) ? '\0' : static_cast<char>(rng.below(256)));
      }
    }
    files_.clear();
  }

 private:
  struct Size {
    std::uint64_t written = 0;
    std::uint64_t synced = 0;
  };
  mutable std::mutex mutex_;
  std::uint64_t room_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t refused_ = 0;
  bool frozen_ = false;
  std::map<std::string, Size> files_;
};

class FragileFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FragileFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name, FragileDisk& disk)
      : FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)), disk_(disk) {}
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (disk_.frozen()) {
      return rocksdb::IOStatus::OK();
    }
    if (!disk_.take(data.size())) {
      return rocksdb::IOStatus::NoSpace("no space");
    }
    disk_.wrote(name_, data.size());
    return FSWritableFileOwnerWrapper::Append(data, options, debug);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& /*sum*/,
                           rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    disk_.synced(name_);
    return FSWritableFileOwnerWrapper::Flush(options, debug);
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override {
    return Sync(options, debug);
  }

 private:
  std::string name_;
  FragileDisk& disk_;
};

class FragileFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit FragileFiles(FragileDisk& disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
  const char* Name() const override { return "FragileFiles"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    auto status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
    // RocksDB's own log for people matters to nobody.
    if (status.ok() && name.find("/LOG") == std::string::npos) {
      disk_.made(name);
      *file = std::make_unique<FragileFile>(std::move(*file), name, disk_);
    }
    return status;
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (disk_.frozen()) {
      return rocksdb::IOStatus::OK();
    }
    auto status = FileSystemWrapper::RenameFile(from, to, options, debug);
    if (status.ok()) {
      disk_.renamed(from, to);
    }
    return status;
  }
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    return disk_.frozen() ? rocksdb::IOStatus::OK()
                          : FileSystemWrapper::DeleteFile(name, options, debug);
  }

 private:
  FragileDisk& disk_;
};

inline std::unique_ptr<rocksdb::Env> fragile_env(FragileDisk& disk) {
  return rocksdb::NewCompositeEnv(std::make_shared<FragileFiles>(disk));
}

}  // namespace fusiond::state
