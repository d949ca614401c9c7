// A StateStore in memory. What it holds survives "crashes": open a second FakeStateStore on the
// same disk.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/ports/state_store.h"

namespace fusiond::test {

// What stays when the process is gone.
struct FakeDisk {
  std::map<std::string, std::string> journal;
  std::map<std::string, std::string> incidents;
  std::optional<std::string> meta;
  std::map<std::uint64_t, ports::OutRecord> outbox;
  std::uint64_t next_sequence = 1;
};

// Threads: any.
class FakeStateStore final : public ports::StateStore {
 public:
  explicit FakeStateStore(std::shared_ptr<FakeDisk> disk = std::make_shared<FakeDisk>())
      : disk_(std::move(disk)) {}

  // After `commits` more commits every one fails, `arrives` = although it was written.
  void fail_after(std::uint64_t commits, bool arrives = false) {
    MutexLock lock(mutex_);
    commits_left_ = commits;
    arrives_ = arrives;
  }
  void heal() { fail_after(std::numeric_limits<std::uint64_t>::max()); }
  [[nodiscard]] std::uint64_t commits() const {
    MutexLock lock(mutex_);
    return commits_;
  }

  Result<void> commit(const ports::StateBatch& batch) override {
    MutexLock lock(mutex_);
    const bool fails = commits_left_ == 0;
    if (!fails || arrives_) {
      apply(batch);
    }
    if (fails) {
      return fail(Fault::unavailable, "the fake disk fails");
    }
    --commits_left_;
    ++commits_;
    return {};
  }
  Result<std::optional<std::string>> meta() const override {
    MutexLock lock(mutex_);
    return disk_->meta;
  }
  Result<void> visit_journal(const Visit& visit) const override {
    return all(disk_->journal, visit);
  }
  Result<void> visit_incidents(const Visit& visit) const override {
    return all(disk_->incidents, visit);
  }
  Result<std::vector<ports::OutboxEntry>> outbox(std::uint64_t from,
                                                 std::size_t max) const override {
    MutexLock lock(mutex_);
    std::vector<ports::OutboxEntry> entries;
    for (auto at = disk_->outbox.lower_bound(from);
         at != disk_->outbox.end() && entries.size() < max; ++at) {
      entries.push_back({at->first, at->second});
    }
    return entries;
  }
  Result<void> published(std::uint64_t sequence) override {
    MutexLock lock(mutex_);
    disk_->outbox.erase(disk_->outbox.begin(), disk_->outbox.upper_bound(sequence));
    return {};
  }

 private:
  static void change(std::map<std::string, std::string>& rows,
                     const std::vector<ports::StateBatch::Change>& changes) {
    for (const auto& [key, value] : changes) {
      if (value) {
        rows[key] = *value;
      } else {
        rows.erase(key);
      }
    }
  }
  void apply(const ports::StateBatch& batch) REQUIRES(mutex_) {
    change(disk_->journal, batch.journal);
    change(disk_->incidents, batch.incidents);
    disk_->meta = batch.meta;
    for (const auto& record : batch.outbox) {
      disk_->outbox[disk_->next_sequence++] = record;
    }
  }
  Result<void> all(const std::map<std::string, std::string>& rows, const Visit& visit) const {
    MutexLock lock(mutex_);
    for (const auto& [key, value] : rows) {
      visit(key, value);
    }
    return {};
  }

  mutable Mutex mutex_;
  std::shared_ptr<FakeDisk> disk_;  // shared with the store that the "next process" opens
  std::uint64_t commits_left_ GUARDED_BY(mutex_) = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t commits_ GUARDED_BY(mutex_) = 0;
  bool arrives_ GUARDED_BY(mutex_) = false;
};

}  // namespace fusiond::test
