// One partition's chain of steps: read a batch → steps → one commit → wake the publisher → next
// batch. Journey: the bus → here → pipeline/step.cc, state/rocks_store.cc, pipeline/publisher.cc
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/pipeline/backoff.h"
#include "daemon/pipeline/pipeline_config.h"
#include "daemon/pipeline/publisher.h"
#include "daemon/pipeline/shard_status.h"
#include "daemon/pipeline/step.h"

namespace fusiond::pipeline {

struct ShardParts {
  ports::Bus& bus;
  ports::StateStore& store;
  const Clock& clock;  // what the daemon shows as now; a replay's in a replay
  Metrics& metrics;
};

// Threads: one for the steps, one for the publisher; the public functions may be called from any
// one thread, status() from any.
class Shard {
 public:
  // Partition and limits of `step` are set from `config`.
  Shard(ShardParts parts, ShardConfig config, StepConfig step);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // Loads the state and makes the next epoch durable (of a new state: the seconds of `real_now`).
  // The bus may be away. Errors: corrupt, bad_config, unavailable: the state's.
  Result<void> open(WallTime real_now);
  // Opens and starts both threads.
  Result<void> start(WallTime real_now);
  // One round of either thread, for who drives an opened shard on a thread of his own (tests/sim):
  // a batch is read, stepped and committed; the outbox is drained as far as it goes. Errors: what
  // held it up; the next round goes on, unless it is corrupt.
  Result<void> step_turn(const std::stop_token& stop);
  Result<void> publish_turn() { return publisher_->turn(std::chrono::milliseconds{0}); }
  // Finishes the batch under way, waits for the publisher. Safe twice and without start.
  void stop();
  [[nodiscard]] ShardStatus status() const;

 private:
  struct Instruments;
  void run(const std::stop_token& stop);
  Result<void> open_reader();
  void note_missed();
  Result<void> look_again(const Error& error);
  Result<void> check_position(const ports::Extent& extent);
  Result<void> commit(const std::shared_ptr<const ports::StateBatch>& batch,
                      const std::stop_token& stop);
  void committed(const StepOutput& output);
  bool wait_for_outbox();
  void measure_lag();
  bool give_up(const Error& error);
  void pause(std::chrono::milliseconds time, const std::stop_token& stop);
  void update_status(const std::optional<std::string>& trouble);

  ShardParts parts_;
  ShardConfig config_;
  StepConfig step_config_;
  std::unique_ptr<Instruments> instruments_;
  std::unique_ptr<Step> step_;            // the shard's thread, once started
  std::unique_ptr<Publisher> publisher_;  // set under mutex_, never changed once the threads run
  std::unique_ptr<ports::BusReader> reader_;
  std::vector<ports::BusRecord> records_;
  MonoTime lag_at_{};
  std::uint64_t lag_ = 0;
  std::uint64_t missed_ = 0;     // of the step's, as told already
  std::uint64_t committed_ = 0;  // offset up to which everything is in the state
  mutable Mutex mutex_;
  ShardStatus status_ GUARDED_BY(mutex_);
  std::jthread publisher_thread_;
  std::jthread thread_;
};

}  // namespace fusiond::pipeline
