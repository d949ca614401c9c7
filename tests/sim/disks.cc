#include "tests/sim/disks.h"

#include <utility>

#include "daemon/base/check.h"

namespace fusiond::sim {

void StateDisk::apply(test::FakeStateStore& store, const Write& write) {
  const auto done = std::holds_alternative<Batch>(write)
                        ? store.commit(std::get<Batch>(write))
                        : store.published(std::get<std::uint64_t>(write));
  FUSIOND_CHECK(done.has_value(), "the fake behind the simulated disk fails on its own");
}

void StateDisk::sync() {
  for (const Write& write : unsynced_) {
    apply(synced_, write);
  }
  unsynced_.clear();
}

void StateDisk::commit(const Batch& batch) {
  apply(seen_, batch);
  unsynced_.emplace_back(batch);
  if (!batch->items.empty()) {
    sync();
  }
}

void StateDisk::published(std::uint64_t number) {
  apply(seen_, number);
  unsynced_.emplace_back(number);
}

void StateDisk::cut_power(support::SeededRng& rng) {
  unsynced_.resize(rng.below(unsynced_.size() + 1));
  sync();
  *now_ = *safe_;
}

void StateDisk::restart() {
  seen_.restart();
  synced_.restart();
}

std::shared_ptr<StateDisk> StateDisk::copy() const {
  auto other = std::make_shared<StateDisk>();
  *other->now_ = *now_;
  *other->safe_ = *safe_;
  other->unsynced_ = unsynced_;
  return other;
}

Result<void> SimStore::commit(std::shared_ptr<const ports::StateBatch> batch) {
  world_.point("state: before a commit");
  if (world_.mishap(2)) {
    return fail(Fault::unavailable, "the simulated disk does not write");
  }
  disk_->commit(batch);
  world_.point("state: committed, not known yet");
  return {};
}

Result<void> SimStore::visit(const Visit& visit) const {
  world_.point("state: before it is read");
  auto read = disk_->seen().visit(visit);
  world_.point("state: read");
  return read;
}

Result<ports::OutboxPage> SimStore::outbox(std::uint64_t from, std::size_t max) {
  if (world_.mishap(1)) {
    return fail(Fault::unavailable, "the simulated disk does not read");
  }
  return disk_->seen().outbox(from, max);
}

Result<void> SimStore::published(std::uint64_t number) {
  world_.point("outbox: before what is confirmed is dropped");
  if (world_.mishap(2)) {
    return fail(Fault::unavailable, "the simulated disk does not write");
  }
  disk_->published(number);
  world_.point("outbox: dropped, not known yet");
  return {};
}

void SpoolDisk::cut_power(support::SeededRng& rng) {
  const std::size_t kept = rng.below(dropped.size() + 1);
  for (std::size_t i = kept; i < dropped.size(); ++i) {
    now->entries[dropped[i].sequence] = dropped[i].record;
  }
  dropped.clear();
}

std::shared_ptr<SpoolDisk> SpoolDisk::copy() const {
  auto other = std::make_shared<SpoolDisk>();
  *other->now = *now;
  other->dropped = dropped;
  return other;
}

Result<void> SimSpool::push(const std::vector<ports::OutRecord>& records) {
  world_.point("spool: before a delivery is written");
  if (world_.mishap(1)) {
    return fail(Fault::unavailable, "the simulated disk does not write");
  }
  auto pushed = seen_.push(records);
  disk_->dropped.clear();  // synced with all before it
  world_.point("spool: written, not answered");
  return pushed;
}

Result<std::vector<ports::SpoolEntry>> SimSpool::peek(std::uint64_t from, std::size_t max) const {
  return seen_.peek(from, max);
}

Result<void> SimSpool::drop(std::uint64_t sequence) {
  world_.point("spool: before what is confirmed is dropped");
  if (world_.mishap(2)) {
    return fail(Fault::unavailable, "the simulated disk does not write");
  }
  for (const auto& [number, record] : disk_->now->entries) {
    if (number <= sequence) {
      disk_->dropped.push_back({number, record});
    }
  }
  auto dropped = seen_.drop(sequence);
  world_.point("spool: dropped, not known yet");
  return dropped;
}

}  // namespace fusiond::sim
