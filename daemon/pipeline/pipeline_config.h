// Settings of the pipeline: topics, batches, bounds, patience.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace fusiond::pipeline {

struct Topics {
  std::string events = "rtcc.events.v1";
  std::string incidents = "rtcc.incidents.v1";
  std::string changes = "rtcc.incident-changes.v1";
  std::string dead_letters = "rtcc.deadletter.v1";
  std::string rules = "rtcc.rules.v1";
};

struct Patience {
  std::chrono::milliseconds first{50};  // before the first retry; doubles
  std::chrono::milliseconds most{5'000};
};

struct StepLimits {
  std::uint64_t dead_letter_max_bytes = 256ULL << 10U;  // of the original bytes that are kept
  std::size_t source_labels = 200;  // sources with metrics of their own; the rest is "other"
};

struct PublisherConfig {
  std::size_t window = 4096;  // records under way to the bus at a time
  Patience patience{};
  std::chrono::milliseconds stop_wait{3'000};  // for records under way when the daemon stops
};

struct ShardConfig {
  std::uint32_t partition = 0;
  std::size_t batch_records = 2048;          // at most, in one step and one commit
  std::chrono::milliseconds read_wait{100};  // for the first record of a batch
  std::uint64_t outbox_entries =
      200'000;  // waiting to be published; at the bound the shard reads no further
  std::uint64_t outbox_bytes = 64ULL << 20U;  // the same in bytes: they wait in memory
  Patience patience{};
  PublisherConfig publisher{};
  StepLimits limits{};
};

}  // namespace fusiond::pipeline
