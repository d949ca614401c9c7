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

// What stays when the process is gone; of the outbox only what is `saved`.
struct FakeDisk {
  struct Item {
    StoredRow stored;
    bool saved = false;
  };
  struct Incident {
    StoredRow stored;
    std::uint64_t number = 0;  // of the item that it tells of
  };
  std::map<Uuid, StoredRow> events;
  std::map<Uuid, Incident> incidents;
  std::optional<std::string> meta;
  std::map<std::uint64_t, Item> outbox;
  std::uint64_t next_number = 1;
  std::uint64_t published = 1;  // items below it are
};

// Threads: any.
class FakeStateStore final : public ports::StateStore {
 public:
  explicit FakeStateStore(std::shared_ptr<FakeDisk> disk = std::make_shared<FakeDisk>())
      : disk_(std::move(disk)) {
    restart();
  }
  // The process went and another one came: of the outbox only what is saved is left.
  void restart() {
    MutexLock lock(mutex_);
    std::erase_if(disk_->outbox, [](const auto& item) { return !item.second.saved; });
  }

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
    for (const auto& [id, stored] : disk_->events) {
      visit(stored.first, stored.second, false);
    }
    for (const auto& [id, incident] : disk_->incidents) {
      visit(incident.stored.first, incident.stored.second, incident.number >= disk_->published);
    }
    return {};
  }
  Result<ports::OutboxPage> outbox(std::uint64_t from, std::size_t max) override {
    MutexLock lock(mutex_);
    ports::OutboxPage page;
    for (auto at = disk_->outbox.lower_bound(from);
         at != disk_->outbox.end() && page.items.size() < max; ++at) {
      auto holder = std::make_shared<ports::StateBatch>();
      holder->bytes = at->second.stored.second;
      page.items.push_back({at->first, at->second.stored.first, holder->bytes, page.held.size()});
      page.held.push_back(std::move(holder));
    }
    return page;
  }
  Result<void> published(std::uint64_t number) override {
    MutexLock lock(mutex_);
    disk_->published = std::max(disk_->published, std::min(number, disk_->next_number - 1) + 1);
    disk_->outbox.erase(disk_->outbox.begin(), disk_->outbox.upper_bound(number));
    return {};
  }
  [[nodiscard]] std::uint64_t unpublished() const override {
    MutexLock lock(mutex_);
    return disk_->outbox.size();
  }
  [[nodiscard]] std::uint64_t unpublished_bytes() const override {
    MutexLock lock(mutex_);
    std::uint64_t bytes = 0;
    for (const auto& [number, item] : disk_->outbox) {
      bytes += item.stored.second.size();
    }
    return bytes;
  }

 private:
  void apply(const ports::StateBatch& batch) REQUIRES(mutex_) {
    const std::uint64_t first = disk_->next_number;
    for (const ports::Row& row : batch.items) {
      disk_->outbox[disk_->next_number++] = {{row, std::string(batch.bytes_of(row))},
                                             row.kind == ports::RowKind::record};
    }
    for (const ports::Row& row : batch.rows) {
      change(row, batch.bytes_of(row), first);
    }
    disk_->meta = batch.meta;
  }
  void change(const ports::Row& row, std::string_view bytes, std::uint64_t first) REQUIRES(mutex_) {
    switch (row.kind) {
      case ports::RowKind::event:
        disk_->events[row.id] = {row, std::string(bytes)};
        break;
      case ports::RowKind::told:
        disk_->incidents[row.id] = {{row, std::string(bytes)}, first + row.item};
        break;
      case ports::RowKind::event_gone:
        disk_->events.erase(row.id);
        break;
      case ports::RowKind::incident_gone:
        save_last_words(row.id);
        disk_->incidents.erase(row.id);
        break;
      case ports::RowKind::revision:
      case ports::RowKind::record:
        break;
    }
  }
  // Nothing else is left of an incident that is forgotten before its last revision is published.
  void save_last_words(const Uuid& id) REQUIRES(mutex_) {
    const auto found = disk_->incidents.find(id);
    if (found == disk_->incidents.end()) {
      return;
    }
    if (const auto item = disk_->outbox.find(found->second.number); item != disk_->outbox.end()) {
      item->second.saved = true;
    }
  }

  mutable Mutex mutex_;
  std::shared_ptr<FakeDisk> disk_;  // shared with the store that the "next process" opens
  std::uint64_t commits_left_ GUARDED_BY(mutex_) = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t commits_ GUARDED_BY(mutex_) = 0;
  bool arrives_ GUARDED_BY(mutex_) = false;
};

}  // namespace fusiond::test
