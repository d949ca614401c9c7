// Intake's spool on RocksDB. Survives a crash of the process as it is, a power cut when `sync` is
// set.
#pragma once

#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/ports/spool.h"
#include "daemon/state/state_config.h"

namespace fusiond::state {

class RocksDatabase;

// Threads: as ports::Spool says. Push holds a lock, so that entries become visible in the order of
// their sequences.
class RocksSpool final : public ports::Spool {
 public:
  // Errors: unavailable when another process holds the folder; corrupt; bad_config when a newer
  // fusiond wrote it.
  static Result<std::unique_ptr<RocksSpool>> open(const SpoolConfig& config);
  // Use open().
  RocksSpool(std::unique_ptr<RocksDatabase> database, const SpoolConfig& config);
  ~RocksSpool() override;

  Result<void> push(const std::vector<ports::OutRecord>& records) override;
  Result<std::vector<ports::SpoolEntry>> peek(std::uint64_t from, std::size_t max) const override;
  Result<void> drop(std::uint64_t sequence) override;
  [[nodiscard]] std::uint64_t bytes() const override;
  [[nodiscard]] std::uint64_t entries() const override;

 private:
  Result<void> count();

  struct Size {
    std::uint64_t sequence = 0;
    std::uint64_t bytes = 0;
  };

  std::unique_ptr<RocksDatabase> database_;
  SpoolConfig config_;
  mutable Mutex mutex_;
  std::deque<Size> sizes_ GUARDED_BY(mutex_);  // one per entry, oldest first
  std::uint64_t bytes_ GUARDED_BY(mutex_) = 0;
  std::uint64_t first_ GUARDED_BY(mutex_) = 1;  // the oldest entry that may be there
  std::uint64_t next_ GUARDED_BY(mutex_) = 1;
};

}  // namespace fusiond::state
