// The settings of the Kafka clients: those that the guarantees rest on, good defaults, and the
// operator's.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/bus/bus_config.h"
#include "daemon/bus/kafka/broker_health.h"
#include "daemon/bus/kafka/handles.h"

namespace fusiond::bus {

enum class ClientRole : std::uint8_t { producer, consumer };

// What is wrong with the operator's properties; each message begins with the key.
std::vector<Error> kafka_faults(const BusConfig& config);

// Settings for a client whose lines and errors go to `health`. Those that must hold are read back
// and checked. Errors: bad_config.
Result<KafkaConf> make_conf(const BusConfig& config, ClientRole role, BrokerHealth& health);

// Errors: bad_config. Does not connect: an absent broker shows in health.
Result<KafkaClient> make_client(KafkaConf conf, ClientRole role);

// What the caller does about an error of librdkafka's.
Error error_of(rd_kafka_resp_err_t code, const std::string& doing);

}  // namespace fusiond::bus
