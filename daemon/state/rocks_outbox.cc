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

void RocksStore::drop_published(std::uint64_t end) {
  published_ = std::max(published_, end);
  while (!waiting_.empty() && waiting_.front().end_number <= published_) {
    kept_bytes_ -= waiting_.front().batch ? waiting_.front().bytes : 0;
    waiting_.pop_front();
  }
}

std::optional<RocksStore::Waiting> RocksStore::waiting_from(std::uint64_t number) const {
  const MutexLock lock(mutex_);
  const auto found = std::upper_bound(
      waiting_.begin(), waiting_.end(), std::max(number, published_),
      [](std::uint64_t wanted, const Waiting& step) { return wanted < step.end_number; });
  return found == waiting_.end() ? std::nullopt : std::optional(*found);
}

// Kept from then on, so that it is read once; the publisher's window bounds how many.
Result<std::shared_ptr<const ports::StateBatch>> RocksStore::read_back(const Waiting& waiting) {
  const auto bytes = read_step(waiting.step);
  if (!bytes) {
    return fail(bytes.error());
  }
  const auto frame = decode_frame(*bytes);
  if (!frame) {
    return fail(damaged(waiting.step, frame.error().message));
  }
  auto batch = std::make_shared<ports::StateBatch>();
  batch->items = frame->items;
  batch->bytes = std::string(frame->body);
  const MutexLock lock(mutex_);
  for (Waiting& step : waiting_) {
    if (step.step == waiting.step && !step.batch) {
      step.batch = batch;
      kept_bytes_ += step.bytes;
    }
  }
  return batch;
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
    auto batch = step->batch;
    if (!batch) {
      auto read = read_back(*step);
      if (!read) {
        return fail(read.error());
      }
      batch = std::move(*read);
    }
    from = std::max(from, step->first_number);
    for (; from < step->end_number && page.items.size() < max; ++from) {
      const ports::Row& row = batch->items[from - step->first_number];
      page.items.push_back({from, row, batch->bytes_of(row)});
    }
    page.held.push_back(std::move(batch));
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
  // Not synced: after a power cut the last of them come back and are published again, byte for
  // byte.
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
  return end_number_ - published_;
}

}  // namespace fusiond::state
