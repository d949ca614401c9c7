// The settings of the Kafka clients: those that the guarantees rest on, good defaults, and the
// operator's.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/bus/bus_config.h"
#include "daemon/bus/kafka/broker_health.h"
#include "daemon/bus/kafka/credentials.h"
#include "daemon/bus/kafka/handles.h"

namespace fusiond::bus {

enum class ClientRole : std::uint8_t {
  producer,  // idempotent: the broker must let it write
  consumer,
  asker,  // questions only
};

// What is wrong with the operator's properties and credentials; each message begins with the key.
// Reads the files with the credentials; asks nobody on the network.
std::vector<Error> kafka_faults(const BusConfig& config);

// Settings for a client whose lines and errors go to `health`, with the credentials as the files
// hold them now. The settings that must hold are read back and checked. Errors: bad_config.
Result<KafkaConf> make_conf(const BusConfig& config, ClientRole role, BrokerHealth& health);

// Errors: bad_config. Does not connect: an absent broker shows in health.
Result<KafkaClient> make_client(KafkaConf conf, ClientRole role);

// What the caller does about an error of librdkafka's.
Error error_of(rd_kafka_resp_err_t code, const std::string& doing);

}  // namespace fusiond::bus
