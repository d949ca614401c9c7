// The publisher's side of the store.
#include <algorithm>
#include <utility>

#include "daemon/state/key_layout.h"
#include "daemon/state/rocks_database.h"
#include "daemon/state/rocks_store.h"

namespace fusiond::state {

Result<void> RocksStore::load_watermark() {
  std::uint64_t end = 0;
  {
    const MutexLock lock(database_mutex_);
    const auto published = database_->number(kPublishedKey);
    if (!published) {
      return fail(published.error());
    }
    end = published->value_or(0);
  }
  const MutexLock lock(mutex_);
  drop_published(std::min(end, end_number_));
  return {};
}

std::uint64_t RocksStore::published_below() const {
  const MutexLock lock(mutex_);
  return published_;
}

std::size_t RocksStore::Waiting::index_of(std::uint64_t number) const {
  const auto& items = batch->items;
  const auto found = std::partition_point(items.begin(), items.end(), [&](const ports::Row& row) {
    return first_number + row.item < number;
  });
  return static_cast<std::size_t>(found - items.begin());
}

// Keeps the items of the newest step for the publisher.
void RocksStore::wait_for(std::uint64_t first_number, std::size_t items,
                          std::shared_ptr<const ports::StateBatch> batch) {
  const MutexLock lock(mutex_);
  Waiting waiting{next_step_ - 1, first_number, first_number + items, std::move(batch)};
  if (waiting.index_of(published_) == waiting.batch->items.size()) {
    return;
  }
  waiting_items_ += waiting.batch->items.size();
  waiting_bytes_ += waiting.bytes();
  waiting_.push_back(std::move(waiting));
}

void RocksStore::drop_published(std::uint64_t end) {
  published_ = std::max(published_, end);
  while (!waiting_.empty()) {
    const Waiting& first = waiting_.front();
    const std::size_t items = first.batch->items.size();
    if (first.index_of(published_) < items) {
      return;
    }
    waiting_items_ -= items;
    waiting_bytes_ -= first.bytes();
    waiting_.pop_front();
  }
}

// The first that has an item at or after `number`.
std::optional<RocksStore::Waiting> RocksStore::waiting_from(std::uint64_t number) const {
  const MutexLock lock(mutex_);
  const auto found =
      std::partition_point(waiting_.begin(), waiting_.end(), [&](const Waiting& step) {
        return step.index_of(std::max(number, published_)) == step.batch->items.size();
      });
  return found == waiting_.end() ? std::nullopt : std::optional(*found);
}

// Adds the newest revision of the incident that waits in the step, as far as one does.
void RocksStore::add_waiting(std::uint64_t step, const Uuid& id, ports::StateBatch& last) const {
  const MutexLock lock(mutex_);
  for (const Waiting& waiting : waiting_) {
    if (waiting.step != step) {
      continue;
    }
    const auto& items = waiting.batch->items;
    const auto found = std::find_if(items.rbegin(), items.rend(),
                                    [&](const ports::Row& item) { return item.id == id; });
    if (found != items.rend() && waiting.first_number + found->item >= published_) {
      last.add_item(*found, waiting.batch->bytes_of(*found));
      return;
    }
  }
}

Result<ports::OutboxPage> RocksStore::outbox(std::uint64_t from, std::size_t max) {
  ports::OutboxPage page;
  {
    const MutexLock lock(mutex_);
    from = std::max(from, published_);
  }
  while (page.items.size() < max) {
    const auto step = waiting_from(from);
    if (!step) {
      break;
    }
    const auto& rows = step->batch->items;
    for (std::size_t i = step->index_of(from); i < rows.size() && page.items.size() < max; ++i) {
      const std::uint64_t number = step->first_number + rows[i].item;
      page.items.push_back({number, rows[i], step->batch->bytes_of(rows[i]), page.held.size()});
      from = number + 1;
    }
    page.held.push_back(step->batch);
  }
  return page;
}

Result<void> RocksStore::published(std::uint64_t number) {
  std::uint64_t end = 0;
  {
    const MutexLock lock(mutex_);
    end = number < end_number_ ? number + 1 : end_number_;
    if (end <= published_) {
      return {};
    }
    drop_published(end);
  }
  // A step that is being written takes a while to be synced; it notes what came meanwhile.
  return steps_write_ ? Result<void>() : note_published(end);
}

// Not synced: after a power cut the last of them may be told again.
Result<void> RocksStore::note_published(std::uint64_t end) {
  const MutexLock lock(database_mutex_);
  if (!database_) {
    return {};  // the next step says it
  }
  rocksdb::WriteBatch write;
  write.Put(database_->family(kDefault), rocksdb::Slice(kPublishedKey), std::to_string(end));
  return write_or_close(write, false);
}

std::uint64_t RocksStore::unpublished() const {
  const MutexLock lock(mutex_);
  return waiting_.empty() ? 0 : waiting_items_ - waiting_.front().index_of(published_);
}

std::uint64_t RocksStore::unpublished_bytes() const {
  const MutexLock lock(mutex_);
  return waiting_bytes_;
}

}  // namespace fusiond::state
