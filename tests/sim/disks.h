// The disks of a simulation: a state store and a spool whose writes fail, are lost in a power cut
// as far as they were not synced, or are torn (a torn write is found by its checksum and dropped,
// so that it is as if it had not been: the real stores' own tests prove that).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "daemon/ports/spool.h"
#include "daemon/ports/state_store.h"
#include "tests/sim/world.h"
#include "tests/support/fake_spool.h"
#include "tests/support/fake_state_store.h"

namespace fusiond::sim {

// What a state folder holds: as the process sees it, and as it is sure to be after a power cut.
class StateDisk {
 public:
  using Batch = std::shared_ptr<const ports::StateBatch>;
  void commit(const Batch& batch);
  void published(std::uint64_t number);
  // A power cut: of what was not synced some of the first writes stay.
  void cut_power(support::SeededRng& rng);
  // Another process opens it.
  void restart();
  [[nodiscard]] std::shared_ptr<StateDisk> copy() const;
  [[nodiscard]] test::FakeStateStore& seen() { return seen_; }

 private:
  using Write = std::variant<Batch, std::uint64_t>;
  static void apply(test::FakeStateStore& store, const Write& write);
  void sync();
  std::shared_ptr<test::FakeDisk> now_ = std::make_shared<test::FakeDisk>();
  std::shared_ptr<test::FakeDisk> safe_ = std::make_shared<test::FakeDisk>();
  test::FakeStateStore seen_{now_};
  test::FakeStateStore synced_{safe_};
  std::vector<Write> unsynced_;
};

// One process's hold on a state folder.
class SimStore final : public ports::StateStore {
 public:
  SimStore(World& world, std::shared_ptr<StateDisk> disk) : world_(world), disk_(std::move(disk)) {
    disk_->restart();
  }
  Result<void> commit(std::shared_ptr<const ports::StateBatch> batch) override;
  [[nodiscard]] std::optional<std::string> meta() const override { return disk_->seen().meta(); }
  Result<void> visit(const Visit& visit) const override;
  Result<ports::OutboxPage> outbox(std::uint64_t from, std::size_t max) override;
  Result<void> published(std::uint64_t number) override;
  [[nodiscard]] std::uint64_t unpublished() const override { return disk_->seen().unpublished(); }
  [[nodiscard]] std::uint64_t unpublished_bytes() const override {
    return disk_->seen().unpublished_bytes();
  }

 private:
  World& world_;
  std::shared_ptr<StateDisk> disk_;  // shared: it outlives the process
};

// What the spool's folder holds. Pushes are synced (spool.sync), drops are not.
struct SpoolDisk {
  std::shared_ptr<test::FakeSpool::Disk> now = std::make_shared<test::FakeSpool::Disk>();
  std::vector<ports::SpoolEntry> dropped;  // not synced: may come back
  void cut_power(support::SeededRng& rng);
  [[nodiscard]] std::shared_ptr<SpoolDisk> copy() const;
};

class SimSpool final : public ports::Spool {
 public:
  SimSpool(World& world, std::uint64_t max_bytes, std::shared_ptr<SpoolDisk> disk)
      : world_(world),
        max_bytes_(max_bytes),
        disk_(std::move(disk)),
        seen_(max_bytes, disk_->now) {}
  Result<void> push(const std::vector<ports::OutRecord>& records) override;
  Result<std::vector<ports::SpoolEntry>> peek(std::uint64_t from, std::size_t max) const override;
  Result<void> drop(std::uint64_t sequence) override;
  [[nodiscard]] std::uint64_t bytes() const override { return seen_.bytes(); }
  [[nodiscard]] std::uint64_t entries() const override { return seen_.entries(); }

 private:
  World& world_;
  std::uint64_t max_bytes_;
  std::shared_ptr<SpoolDisk> disk_;  // shared: it outlives the process
  test::FakeSpool seen_;
};

}  // namespace fusiond::sim
