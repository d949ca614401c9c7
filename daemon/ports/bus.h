// The log as the daemon sees it: topics of partitions, each an ordered sequence of records. Bytes
// only; wire/ gives them meaning. Three back ends under one contract suite (tests/contract): kafka,
// embedded (a durable log on RocksDB), memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/time.h"

namespace fusiond::ports {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct BusRecord {
  std::string topic;
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
  WallTime appended;
  std::string key;
  std::optional<std::string> value;  // absent = tombstone
  Headers headers;
};

struct OutRecord {
  std::string topic;
  std::string
      key;  // the partition follows from it (murmur2, as Kafka's Java client does), unless given
  std::optional<std::string> value;  // absent = tombstone
  Headers headers;
  std::optional<std::uint32_t> partition;
};

struct TopicSpec {
  std::string name;
  std::uint32_t partitions = 1;
  bool compacted =
      false;  // keeps the newest record of each key, else everything within `retention`
  std::chrono::hours retention{24 * 7};  // 0 = for ever
};

// Offsets that a partition holds: [begin, end).
struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct StartAt {
  std::uint32_t partition = 0;
  enum class From : std::uint8_t { begin, end, offset } from = From::begin;
  std::uint64_t offset = 0;  // with From::offset
};

// Reads one topic's partitions in offset order. Threads: one at a time.
class BusReader {
 public:
  virtual ~BusReader() = default;
  // Appends up to `max` records to `out`, waiting at most `wait` for the first, never for a full
  // batch. Compacted topics have gaps. Errors: unavailable (retry; nothing is skipped), corrupt.
  virtual Result<std::size_t> read(std::vector<BusRecord>& out, std::size_t max,
                                   std::chrono::milliseconds wait) = 0;
  // Goes on at `offset` of `partition`.
  virtual Result<void> seek(std::uint32_t partition, std::uint64_t offset) = 0;
};

// Called once per append, on any thread: the place in the log, or why it did not get there.
struct Appended {
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
};
using Done = std::function<void(const Result<Appended>&)>;

// A record whose bytes somebody keeps until it is answered, so that nobody need copy them.
using HeaderView = std::pair<std::string_view, std::string_view>;
struct RecordView {
  std::string_view topic;
  std::string_view key;
  std::string_view value;
  std::span<const HeaderView> headers;
  std::uint64_t ticket = 0;  // comes back with the answer
};
// Hears what became of them, once for each, on any thread.
class Answers {
 public:
  virtual ~Answers() = default;
  virtual void answered(std::uint64_t ticket, const Result<Appended>& result) = 0;
};

class Bus {
 public:
  virtual ~Bus() = default;
  // Makes the topics that are missing. Errors: unavailable; bad_config when one exists with another
  // number of partitions.
  virtual Result<void> ensure_topics(const std::vector<TopicSpec>& topics) = 0;
  // Queues a record, durable once `done` said so. Order: of records with the same topic and
  // partition, as appended; none twice by retries. Errors: overloaded when the queue is full
  // (nothing was queued, `done` is not called); bad_input when larger than the limit.
  virtual Result<void> append(OutRecord record, Done done) = 0;
  // The same for a record whose value stays where it is until it is answered, which `held` sees to;
  // all else is copied before this returns.
  virtual Result<void> append_view(const RecordView& record, std::shared_ptr<const void> held,
                                   const std::shared_ptr<Answers>& answers);
  // Waits until everything queued is durable. Errors: unavailable when `wait` is over before.
  virtual Result<void> flush(std::chrono::milliseconds wait) = 0;
  virtual Result<std::unique_ptr<BusReader>> open_reader(const std::string& topic,
                                                         const std::vector<StartAt>& start) = 0;
  virtual Result<std::uint32_t> partitions(const std::string& topic) = 0;
  virtual Result<Extent> extent(const std::string& topic, std::uint32_t partition) = 0;
  // Nothing when it works; else what is wrong, for health. Never blocks.
  [[nodiscard]] virtual std::optional<std::string> trouble() const = 0;
  // Threads: all of the above may be called from any thread.
};

// As a record of its own.
inline Result<void> Bus::append_view(const RecordView& record, std::shared_ptr<const void> /*held*/,
                                     const std::shared_ptr<Answers>& answers) {
  OutRecord copy{
      std::string(record.topic), std::string(record.key), std::string(record.value), {}, {}};
  copy.headers.reserve(record.headers.size());
  for (const auto& [name, value] : record.headers) {
    copy.headers.emplace_back(name, value);
  }
  return append(std::move(copy), [answers, ticket = record.ticket](const Result<Appended>& result) {
    answers->answered(ticket, result);
  });
}

}  // namespace fusiond::ports
