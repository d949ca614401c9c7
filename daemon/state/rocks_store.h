// A shard's state on RocksDB: one value per step holds its rows, the input offset and what was
// told, in one atomic write (design/0003, 0011). Journey: pipeline/shard.cc → here →
// pipeline/publisher.cc
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/ports/state_store.h"
#include "daemon/state/row_index.h"
#include "daemon/state/state_config.h"
#include "daemon/state/step_frame.h"

namespace rocksdb {
class Env;
class WriteBatch;
}  // namespace rocksdb

namespace fusiond::state {

class RocksDatabase;

// Threads: as ports::StateStore says.
class RocksStore final : public ports::StateStore {
 public:
  // Reads everything back. Errors: unavailable when another process holds the folder; corrupt when
  // a checksum does not match, with folder and step, and nothing is changed then; bad_config when
  // another version of fusiond wrote it. `env`: a test's, null for the real one.
  static Result<std::unique_ptr<RocksStore>> open(const StateConfig& config,
                                                  rocksdb::Env* env = nullptr);
  // Use open().
  RocksStore(const StateConfig& config, rocksdb::Env* env);
  ~RocksStore() override;

  Result<void> commit(std::shared_ptr<const ports::StateBatch> batch) override;
  [[nodiscard]] std::optional<std::string> meta() const override { return meta_; }
  Result<void> visit(const Visit& visit) const override;
  Result<ports::OutboxPage> outbox(std::uint64_t from, std::size_t max) override;
  Result<void> published(std::uint64_t number) override;
  [[nodiscard]] std::uint64_t unpublished() const override;
  [[nodiscard]] std::uint64_t unpublished_bytes() const override;

  // What it costs, for tests and figures. The shard's thread.
  struct Sizes {
    std::uint64_t step_bytes = 0;     // of the steps that count
    std::uint64_t live_bytes = 0;     // of newest rows, as they stand in the steps
    std::uint64_t index_bytes = 0;    // memory
    std::uint64_t carried_bytes = 0;  // rows written again since the start
    std::uint64_t steps = 0;          // that count
  };
  [[nodiscard]] Sizes sizes() const;

 private:
  // What of a step still counts.
  struct Use {
    std::uint64_t bytes = 0;
    std::uint64_t live_bytes = 0;
    std::uint64_t live_rows = 0;
    std::uint64_t items_end = 0;  // one past the number of its last item
  };
  // Items of a step that are not all published; after a restart those that are left of it.
  struct Waiting {
    std::uint64_t step = 0;
    std::uint64_t first_number = 0;  // of the item 0, which need not be there
    std::uint64_t end_number = 0;
    std::shared_ptr<const ports::StateBatch> batch;
    [[nodiscard]] std::uint64_t bytes() const {
      return batch->bytes.size() + batch->outgoing.size();
    }
    // Where the first of its items stands that is not below `number`.
    [[nodiscard]] std::size_t index_of(std::uint64_t number) const;
  };
  using Rows = std::span<const ports::Row>;
  using VisitFrame = std::function<void(const Frame& frame, std::size_t bytes)>;

  Result<void> open_database() REQUIRES(database_mutex_);
  Result<void> open_again() REQUIRES(database_mutex_);
  Result<void> check_last_step() const REQUIRES(database_mutex_);
  Result<void> write_or_close(rocksdb::WriteBatch& batch, bool sync) REQUIRES(database_mutex_);
  Result<std::string> read_step(std::uint64_t step) const;
  Result<void> load();
  void load_frame(const Frame& frame, std::size_t bytes);
  Result<std::uint64_t> first_that_counts() const;
  Result<void> each_frame(std::uint64_t from, const VisitFrame& visit) const;
  Result<void> load_watermark();
  // Rows taken along out of the oldest steps; returns the first step that was not looked through.
  std::uint64_t take_along(std::uint64_t step_bytes, ports::StateBatch& carried);
  Result<std::uint64_t> carry(std::uint64_t most, ports::StateBatch& carried) const;
  Result<void> carry_step(std::uint64_t step, ports::StateBatch& carried) const;
  [[nodiscard]] ports::StateBatch last_words_of(const ports::StateBatch& batch) const;
  void add_waiting(std::uint64_t step, const Uuid& id, ports::StateBatch& last) const;
  void place_all(Rows rows, std::uint64_t step, std::uint64_t body_at);
  void place(const ports::Row& row, std::uint64_t step, std::uint64_t body_at);
  void count(Place place, bool live);
  void count_step(const FrameNumbers& numbers, std::size_t items, std::uint64_t bytes);
  void wait_for(std::uint64_t first_number, std::size_t items,
                std::shared_ptr<const ports::StateBatch> batch);
  Result<void> write(const FrameNumbers& numbers, const ports::StateBatch& batch,
                     const FrameMore& more);
  Result<void> write_with_head(const ports::StateBatch& batch, const FrameMore& more)
      REQUIRES(database_mutex_);
  void drop_dead(std::uint64_t published);
  void give_files_back(bool synced);
  [[nodiscard]] bool is_newest(const ports::Row& row, std::uint64_t step,
                               std::uint64_t body_at) const;
  [[nodiscard]] bool has_too_much_dead() const;
  [[nodiscard]] Error damaged(std::uint64_t step, const std::string& what) const;
  [[nodiscard]] std::optional<Waiting> waiting_from(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t published_below() const;
  Result<void> note_published(std::uint64_t end);
  void drop_published(std::uint64_t end) REQUIRES(mutex_);

  StateConfig config_;
  rocksdb::Env* env_;
  // Locked around each use by either thread: after an error of the disk it is opened again.
  mutable Mutex database_mutex_;
  std::unique_ptr<RocksDatabase> database_ GUARDED_BY(database_mutex_);  // null while it is away
  std::atomic<bool> steps_write_{false};  // the shard's thread holds that lock for long

  // The shard's thread.
  std::optional<std::string> meta_;
  RowIndex events_;
  RowIndex incidents_;
  std::deque<Use> uses_;  // of the steps from first_step_ on
  std::uint64_t first_step_ = 1;
  std::uint64_t written_first_step_ = 1;  // as the newest step has it
  std::uint64_t next_step_ = 1;
  std::uint64_t next_number_ = 1;
  std::uint64_t step_bytes_ = 0;
  std::uint64_t live_bytes_ = 0;
  std::uint64_t bytes_to_give_back_ = 0;
  std::uint64_t carried_until_ = 1;  // steps below it were looked through
  bool carries_ = true;
  std::uint64_t carried_bytes_ = 0;
  std::string head_;                              // scratch
  std::unique_ptr<rocksdb::WriteBatch> scratch_;  // keeps its memory

  mutable Mutex mutex_;
  std::deque<Waiting> waiting_ GUARDED_BY(mutex_);
  std::uint64_t waiting_items_ GUARDED_BY(mutex_) = 0;  // of all in waiting_
  std::uint64_t waiting_bytes_ GUARDED_BY(mutex_) = 0;
  std::uint64_t published_ GUARDED_BY(mutex_) = 1;  // items below it are
  std::uint64_t end_number_ GUARDED_BY(mutex_) = 1;
};

}  // namespace fusiond::state
