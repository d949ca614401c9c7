// Questions to the broker about topics, and making them.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/bus/bus_config.h"
#include "daemon/bus/kafka/handles.h"
#include "daemon/ports/bus.h"

namespace fusiond::bus {

// Threads: any. All wait for the broker's answer, at most the request timeout. Errors: unavailable;
// bad_config when it is the broker's last word.
class TopicAdmin {
 public:
  TopicAdmin(KafkaClient client, const BusConfig& config)
      : client_(std::move(client)), config_(config) {}

  // Partitions by topic, of those that exist and have all their leaders. Never makes a topic by
  // asking for it.
  Result<std::map<std::string, std::uint32_t>> topics(std::chrono::milliseconds wait) const;
  Result<void> ensure(const std::vector<ports::TopicSpec>& specs) const;
  Result<ports::Extent> extent(const std::string& topic, std::uint32_t partition) const;

 private:
  Result<void> create(const std::vector<ports::TopicSpec>& specs) const;
  Result<void> await(const std::vector<ports::TopicSpec>& specs) const;
  // Whether existing topics keep what they should and take records as large as ours.
  Result<void> check_settings(const std::vector<ports::TopicSpec>& specs) const;
  [[nodiscard]] KafkaAdminOptions options(rd_kafka_admin_op_t operation) const;
  void pause() const;
  // The broker's answer to a request put on `queue`.
  [[nodiscard]] Result<KafkaEvent> answer(rd_kafka_queue_t* queue, const char* doing) const;
  [[nodiscard]] std::map<std::string, std::string> settings_of(const ports::TopicSpec& spec) const;

  KafkaClient client_;
  const BusConfig& config_;
};

}  // namespace fusiond::bus
