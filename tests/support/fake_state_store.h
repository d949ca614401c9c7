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

using StoredRow = std::pair<ports::Row, std::string>;

// What stays when the process is gone.
struct FakeDisk {
  std::map<Uuid, StoredRow> events;
  std::map<Uuid, StoredRow> incidents;
  std::optional<std::string> meta;
  std::map<std::uint64_t, StoredRow> outbox;
  std::uint64_t next_number = 1;
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

  Result<void> commit(std::shared_ptr<const ports::StateBatch> batch) override {
    MutexLock lock(mutex_);
    const bool fails = commits_left_ == 0;
    if (!fails || arrives_) {
      apply(*batch);
    }
    if (fails) {
      return fail(Fault::unavailable, "the fake disk fails");
    }
    --commits_left_;
    ++commits_;
    return {};
  }
  [[nodiscard]] std::optional<std::string> meta() const override {
    MutexLock lock(mutex_);
    return disk_->meta;
  }
  Result<void> visit(const Visit& visit) const override {
    MutexLock lock(mutex_);
    for (const auto* rows : {&disk_->events, &disk_->incidents}) {
      for (const auto& [id, stored] : *rows) {
        visit(stored.first, stored.second);
      }
    }
    return {};
  }
  Result<ports::OutboxPage> outbox(std::uint64_t from, std::size_t max) override {
    MutexLock lock(mutex_);
    ports::OutboxPage page;
    for (auto at = disk_->outbox.lower_bound(from);
         at != disk_->outbox.end() && page.items.size() < max; ++at) {
      auto holder = std::make_shared<ports::StateBatch>();
      holder->bytes = at->second.second;
      page.items.push_back({at->first, at->second.first, holder->bytes});
      page.held.push_back(std::move(holder));
    }
    return page;
  }
  Result<void> published(std::uint64_t number) override {
    MutexLock lock(mutex_);
    disk_->outbox.erase(disk_->outbox.begin(), disk_->outbox.upper_bound(number));
    return {};
  }
  [[nodiscard]] std::uint64_t unpublished() const override {
    MutexLock lock(mutex_);
    return disk_->outbox.size();
  }

 private:
  void apply(const ports::StateBatch& batch) REQUIRES(mutex_) {
    for (const ports::Row& row : batch.items) {
      change(row, batch.bytes_of(row));
      disk_->outbox[disk_->next_number++] = {row, std::string(batch.bytes_of(row))};
    }
    for (const ports::Row& row : batch.rows) {
      change(row, batch.bytes_of(row));
    }
    disk_->meta = batch.meta;
  }
  void change(const ports::Row& row, std::string_view bytes) REQUIRES(mutex_) {
    switch (row.kind) {
      case ports::RowKind::event:
        disk_->events[row.id] = {row, std::string(bytes)};
        break;
      case ports::RowKind::revision:
        disk_->incidents[row.id] = {row, std::string(bytes)};
        break;
      case ports::RowKind::event_gone:
        disk_->events.erase(row.id);
        break;
      case ports::RowKind::incident_gone:
        disk_->incidents.erase(row.id);
        break;
      case ports::RowKind::record:
        break;
    }
  }

  mutable Mutex mutex_;
  std::shared_ptr<FakeDisk> disk_;  // shared with the store that the "next process" opens
  std::uint64_t commits_left_ GUARDED_BY(mutex_) = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t commits_ GUARDED_BY(mutex_) = 0;
  bool arrives_ GUARDED_BY(mutex_) = false;
};

}  // namespace fusiond::test
