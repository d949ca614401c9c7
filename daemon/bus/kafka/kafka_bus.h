// The log on a Kafka cluster, through librdkafka: an idempotent producer, and readers with assigned
// partitions (no consumer group). Journey: daemon/ingest/forwarder.cc and
// daemon/pipeline/publisher.cc append here; daemon/bus/kafka/kafka_reader.cc reads.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/bus/bus_config.h"
#include "daemon/bus/bus_metrics.h"
#include "daemon/bus/kafka/broker_health.h"
#include "daemon/bus/kafka/credentials.h"
#include "daemon/bus/kafka/handles.h"
#include "daemon/bus/kafka/pending.h"
#include "daemon/ports/bus.h"

namespace fusiond::bus {

// Threads: any. One thread of its own reports deliveries (calls `done`) and asks an absent broker
// whether it is back. A broker that is away fails nothing: records wait in the queue until it is
// full, and trouble() says so. Records fail only when the broker refuses them for good, when the
// client met an error that it cannot recover from (it is replaced then; what it held is reported as
// unavailable and may or may not be in the log), or when the bus is closed while the broker is
// away. A retried record that the broker confirms without saying where it is counts as unavailable
// too: it takes the record for a duplicate, and now and then it is not in the log (README.md).
// Whoever appends it again may double it. When the files with our credentials change, the producer
// delivers what it has and is replaced, and readers open anew where they are. Requires: readers are
// gone before the bus. Destroying it waits up to five seconds for what is queued.
class KafkaBus final : public ports::Bus {
 public:
  // Errors: bad_config.
  static Result<std::unique_ptr<KafkaBus>> open(const BusConfig& config, const Clock& clock,
                                                Metrics& metrics);
  KafkaBus(const BusConfig& config, const Clock& clock, Metrics& metrics);  // for open()
  KafkaBus(const KafkaBus&) = delete;
  KafkaBus& operator=(const KafkaBus&) = delete;
  ~KafkaBus() override;

  Result<void> ensure_topics(const std::vector<ports::TopicSpec>& topics) override;
  Result<void> append(ports::OutRecord record, ports::Done done) override;
  Result<void> append_view(const ports::RecordView& record, std::shared_ptr<const void> held,
                           const std::shared_ptr<ports::Answers>& answers) override;
  Result<void> flush(std::chrono::milliseconds wait) override;
  Result<std::unique_ptr<ports::BusReader>> open_reader(
      const std::string& topic, const std::vector<ports::StartAt>& start) override;
  Result<std::uint32_t> partitions(const std::string& topic) override;
  Result<ports::Extent> extent(const std::string& topic, std::uint32_t partition) override;
  std::optional<std::string> trouble() const override;

 private:
  struct Delivery;
  static void on_delivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque);
  Result<KafkaClient> make_producer();
  Result<KafkaClient> make_asker();
  KafkaClient asker() {
    const MutexLock lock(mutex_);
    return asker_;
  }
  // The producer, made at the first append; empty while it is replaced.
  Result<rd_kafka_t*> producer() REQUIRES(mutex_);
  [[nodiscard]] std::int32_t partition_for(const ports::OutRecord& record) const;
  rd_kafka_resp_err_t produce(rd_kafka_t* client, const ports::OutRecord& record,
                              Delivery* delivery);
  struct Topic {
    TopicCounters* counters = nullptr;
    std::uint32_t partitions = 0;  // 0: the client's to choose
    KafkaTopic handle;             // of producer_; none: not asked for yet
  };
  static rd_kafka_resp_err_t produce_view(rd_kafka_t* client, const Topic& topic,
                                          const ports::RecordView& record, Delivery* delivery);
  Topic& topic(std::string_view name) REQUIRES(mutex_);
  Error not_taken(rd_kafka_resp_err_t code, std::string_view topic, TopicCounters& counters);

  // On the thread of its own.
  void serve(const std::stop_token& stop);
  void look_after(rd_kafka_t* client);
  void probe(rd_kafka_t* client);
  void replace_producer();
  void renew_login();
  void drain(rd_kafka_t* client);
  static void abandon(rd_kafka_t* client);

  const BusConfig config_;
  const std::map<std::string, std::uint32_t> partitions_;  // of our own topics
  const Clock& clock_;
  BusMetrics metrics_;
  BrokerHealth health_;
  CredentialWatch watch_;
  Counter& renewed_;
  std::atomic<std::uint64_t> logins_{0};  // rises when readers have to log in anew
  Pending pending_;
  Mutex mutex_;
  // Asks about topics and whether the broker is there; never writes, so whoever only reads needs no
  // right to write.
  KafkaClient asker_ GUARDED_BY(mutex_);
  KafkaClient producer_ GUARDED_BY(mutex_);
  bool replacing_ GUARDED_BY(mutex_) = false;
  std::map<std::string, Topic, std::less<>> topics_ GUARDED_BY(mutex_);
  MonoTime
      progress_at_;  // of the serving thread: when a delivery was last reported, or none waited
  MonoTime probe_at_;
  std::size_t reported_ = 0;
  MonoTime replaced_at_{};
  int unanswered_ = 0;  // probes in a row
  std::jthread thread_;
};

}  // namespace fusiond::bus
