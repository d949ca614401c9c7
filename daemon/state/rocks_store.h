// A shard's state on RocksDB: journal, incidents, input offset and outbox in one atomic write.
// Journey: pipeline/shard.cc → here → pipeline/publisher.cc
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/ports/state_store.h"
#include "daemon/state/state_config.h"

namespace fusiond::state {

class RocksDatabase;

// Threads: as ports::StateStore says.
class RocksStore final : public ports::StateStore {
 public:
  // Errors: unavailable when another process holds the folder; corrupt; bad_config when a newer
  // fusiond wrote it.
  static Result<std::unique_ptr<RocksStore>> open(const StateConfig& config);
  // Use open().
  RocksStore(std::unique_ptr<RocksDatabase> database, bool sync);
  ~RocksStore() override;

  Result<void> commit(const ports::StateBatch& batch) override;
  Result<std::optional<std::string>> meta() const override;
  Result<void> visit_journal(const Visit& visit) const override;
  Result<void> visit_incidents(const Visit& visit) const override;
  Result<std::vector<ports::OutboxEntry>> outbox(std::uint64_t from,
                                                 std::size_t max) const override;
  Result<void> published(std::uint64_t sequence) override;

 private:
  Result<void> find_sequences();
  Result<void> visit_family(std::size_t family, const Visit& visit) const;

  std::unique_ptr<RocksDatabase> database_;
  bool sync_;
  std::atomic<std::uint64_t> next_{1};  // sequence of the next entry; written by the shard's thread
  std::atomic<std::uint64_t> first_{
      1};  // the oldest entry that may be there; written by the publisher's
};

}  // namespace fusiond::state
