// The real Kafka broker whose address is in FUSIOND_KAFKA.
#include <array>
#include <atomic>
#include <cstdlib>
#include <unistd.h>
#include <utility>

#include <catch2/catch.hpp>

#include "daemon/base/clock.h"
#include "daemon/bus/kafka/client_config.h"
#include "daemon/bus/kafka/kafka_bus.h"
#include "tests/contract/bus_backend.h"

namespace fusiond::test {
namespace {

std::string broker() {
  const char* address = std::getenv("FUSIOND_KAFKA");  // NOLINT(concurrency-mt-unsafe): read only
  if (address == nullptr) {
    FAIL(
        "FUSIOND_KAFKA must name a Kafka broker, host:port; tests/contract/with_broker starts one");
  }
  return address;
}

class KafkaBackend final : public BusBackend {
 public:
  explicit KafkaBackend(bus::BusConfig config) : config_(std::move(config)) {
    config_.kind = bus::BusKind::kafka;
    config_.kafka.bootstrap_servers = broker();
    open();
  }
  ports::Bus& bus() override { return *bus_; }
  FakeMetrics& metrics() override { return metrics_; }
  std::string topic_name() override {
    static std::atomic<int> count = 0;
    return "contract." + std::to_string(::getpid()) + "." + std::to_string(++count);
  }
  [[nodiscard]] bool durable() const override { return true; }
  void reopen() override {
    bus_.reset();
    open();
  }
  void stall(const std::string& topic) override { blocking_.block(*bus_, topic); }
  void resume() override { blocking_.release(); }
  // Kafka compacts closed segments only: makes it close them soon, and appends until it has.
  void compact(const std::string& topic) override {
    bus::BrokerHealth health(clock_, config_.kafka.bootstrap_servers);
    auto conf = bus::make_conf(config_, bus::ClientRole::producer, health);
    REQUIRE(conf);
    const auto client = bus::make_client(std::move(*conf), bus::ClientRole::producer);
    REQUIRE(client);
    const bus::KafkaConfigResource resource(
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    const std::vector<std::pair<const char*, const char*>> settings{
        {"segment.ms", "100"},
        {"min.cleanable.dirty.ratio", "0.01"},
        {"max.compaction.lag.ms", "200"}};
    for (const auto& [name, value] : settings) {
      const bus::KafkaError error(rd_kafka_ConfigResource_add_incremental_config(
          resource.get(), name, RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, value));
      REQUIRE_FALSE(error);
    }
    const bus::KafkaQueue queue(rd_kafka_queue_new(client->get()));
    rd_kafka_ConfigResource_t* raw = resource.get();
    rd_kafka_IncrementalAlterConfigs(client->get(), &raw, 1, nullptr, queue.get());
    const bus::KafkaEvent event(rd_kafka_queue_poll(queue.get(), 10'000));
    REQUIRE(event);
    REQUIRE(rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
    for (int i = 0; i < 3; ++i) {
      clock_.pause(std::chrono::milliseconds{200});
      REQUIRE(bus_->append(
          {.topic = topic, .key = "roll", .value = "", .headers = {}, .partition = {}}, nullptr));
      REQUIRE(bus_->flush(std::chrono::seconds{10}));
    }
  }

 private:
  void open() {
    auto opened = bus::KafkaBus::open(config_, clock_, metrics_);
    REQUIRE(opened);
    bus_ = std::move(*opened);
  }
  SystemClock clock_;
  FakeMetrics metrics_;
  bus::BusConfig config_;
  BlockingDone blocking_;
  std::unique_ptr<bus::KafkaBus> bus_;
};

}  // namespace

std::unique_ptr<BusBackend> open_backend(bus::BusConfig config) {
  return std::make_unique<KafkaBackend>(std::move(config));
}

}  // namespace fusiond::test
