// Reads assigned partitions of one topic from Kafka. It keeps its own offsets and commits none:
// where to go on is the caller's state.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/metrics.h"
#include "daemon/bus/bus_config.h"
#include "daemon/bus/kafka/broker_health.h"
#include "daemon/bus/kafka/handles.h"
#include "daemon/ports/bus.h"

namespace fusiond::bus {

struct ReaderParts {
  const BusConfig& config;
  BrokerHealth& health;
  const std::atomic<std::uint64_t>& logins;  // when it has risen, a new client has to log in
  Counter& read;
};

// Threads: one at a time. While the broker is away reads give nothing; they go on by themselves
// when it is back. After an error the partition starts again where it was; a client that met a
// fatal error is replaced.
class KafkaReader final : public ports::BusReader {
 public:
  // `next`: by partition an offset, or RD_KAFKA_OFFSET_BEGINNING. Errors: bad_config.
  static Result<std::unique_ptr<KafkaReader>> open(ReaderParts parts, std::string topic,
                                                   std::map<std::uint32_t, std::int64_t> next);
  KafkaReader(ReaderParts parts, std::string topic,
              std::map<std::uint32_t, std::int64_t> next);  // for open()
  KafkaReader(const KafkaReader&) = delete;
  KafkaReader& operator=(const KafkaReader&) = delete;
  ~KafkaReader() override;

  Result<std::size_t> read(std::vector<ports::BusRecord>& out, std::size_t max,
                           std::chrono::milliseconds wait) override;
  Result<void> seek(std::uint32_t partition, std::uint64_t offset) override;

 private:
  Result<void> connect();
  Result<void> start();
  void stop();
  Result<void> restart();
  // Turns one message into a record of `out`, or notes its error.
  void take(const rd_kafka_message_t& message, std::vector<ports::BusRecord>& out);
  void note(const rd_kafka_message_t& message);

  const ReaderParts parts_;
  const std::string topic_;
  std::map<std::uint32_t, std::int64_t> next_;
  std::uint64_t login_ = 0;  // which one the client is of
  KafkaClient client_;
  KafkaTopic handle_;
  KafkaQueue queue_;
  std::vector<std::uint32_t> started_;
  std::vector<rd_kafka_message_t*> batch_;
  std::optional<Error> error_;  // met after records that were given out; shown at the next read
  bool restart_ = false;        // before the next read
};

}  // namespace fusiond::bus
