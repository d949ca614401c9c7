// librdkafka's mock cluster: one broker on loopback that can be switched off and told to answer
// with errors.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "daemon/bus/kafka/handles.h"

namespace fusiond::test {

// The numbers of Kafka's protocol.
enum class Request : std::int16_t {
  produce = 0,
  fetch = 1,
  list_offsets = 2,
  init_producer_id = 22
};

class MockKafka {
 public:
  MockKafka() {
    std::array<char, 256> why{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);
    host_ = bus::KafkaClient(rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size()),
                             rd_kafka_destroy);
    REQUIRE(host_);
    cluster_.reset(rd_kafka_mock_cluster_new(host_.get(), 1));
    REQUIRE(cluster_);
  }
  [[nodiscard]] std::string bootstrap() const {
    return rd_kafka_mock_cluster_bootstraps(cluster_.get());
  }
  void make_topic(const std::string& name, int partitions) {
    REQUIRE(rd_kafka_mock_topic_create(cluster_.get(), name.c_str(), partitions, 1) ==
            RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void down() { rd_kafka_mock_broker_set_down(cluster_.get(), 1); }
  void up() { rd_kafka_mock_broker_set_up(cluster_.get(), 1); }
  // The next requests of this kind get these answers, in order. RD_KAFKA_RESP_ERR__TRANSPORT: the
  // connection breaks.
  void answer(Request request, const std::vector<rd_kafka_resp_err_t>& errors) {
    rd_kafka_mock_push_request_errors_array(cluster_.get(), static_cast<std::int16_t>(request),
                                            errors.size(), errors.data());
  }

 private:
  bus::KafkaClient host_;
  std::unique_ptr<rd_kafka_mock_cluster_t, bus::DestroyWith<rd_kafka_mock_cluster_destroy>>
      cluster_;
};

}  // namespace fusiond::test
