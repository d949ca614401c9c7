// A Spool in memory, bounded like the real one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/ports/spool.h"

namespace fusiond::test {

// Threads: any. Counts keys, values and headers as its bytes.
class FakeSpool final : public ports::Spool {
 public:
  // What stays when the process is gone.
  struct Disk {
    std::map<std::uint64_t, ports::OutRecord> entries;
    std::uint64_t next = 1;
  };
  explicit FakeSpool(std::uint64_t max_bytes, std::shared_ptr<Disk> disk = std::make_shared<Disk>())
      : max_bytes_(max_bytes), disk_(std::move(disk)) {}

  Result<void> push(const std::vector<ports::OutRecord>& records) override {
    MutexLock lock(mutex_);
    std::uint64_t added = 0;
    for (const auto& record : records) {
      added += size_of(record);
    }
    if (total() + added > max_bytes_) {
      return fail(Fault::overloaded, "the fake spool is full");
    }
    for (const auto& record : records) {
      disk_->entries[disk_->next++] = record;
    }
    return {};
  }
  Result<std::vector<ports::SpoolEntry>> peek(std::uint64_t from, std::size_t max) const override {
    MutexLock lock(mutex_);
    std::vector<ports::SpoolEntry> entries;
    for (auto at = disk_->entries.lower_bound(from);
         at != disk_->entries.end() && entries.size() < max; ++at) {
      entries.push_back({at->first, at->second});
    }
    return entries;
  }
  Result<void> drop(std::uint64_t sequence) override {
    MutexLock lock(mutex_);
    disk_->entries.erase(disk_->entries.begin(), disk_->entries.upper_bound(sequence));
    return {};
  }
  [[nodiscard]] std::uint64_t bytes() const override {
    MutexLock lock(mutex_);
    return total();
  }
  [[nodiscard]] std::uint64_t entries() const override {
    MutexLock lock(mutex_);
    return disk_->entries.size();
  }

 private:
  static std::uint64_t size_of(const ports::OutRecord& record) {
    std::uint64_t size =
        record.topic.size() + record.key.size() + (record.value ? record.value->size() : 0);
    for (const auto& [name, value] : record.headers) {
      size += name.size() + value.size();
    }
    return size;
  }
  [[nodiscard]] std::uint64_t total() const REQUIRES(mutex_) {
    std::uint64_t size = 0;
    for (const auto& [sequence, record] : disk_->entries) {
      size += size_of(record);
    }
    return size;
  }

  mutable Mutex mutex_;
  std::uint64_t max_bytes_;
  std::shared_ptr<Disk> disk_;  // shared with the spool that the "next process" opens
};

}  // namespace fusiond::test
