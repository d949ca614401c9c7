#include "daemon/bus/kafka/client_config.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace fusiond::bus {
namespace {

constexpr std::size_t kBatchOverhead = 48'576;  // what a record batch adds to a record; with the
                                                // default limit this is Kafka's own default

// No operator may change these: order, durability and "none twice" rest on them.
std::vector<Setting> fixed_settings(const BusConfig& config, ClientRole role) {
  std::vector<Setting> settings{
      {"message.timeout.ms", "0"},  // never given up: the spool and the outbox decide
      {"partitioner", "murmur2_random"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "error"},  // an offset that is gone is said, not skipped
      {"isolation.level", "read_committed"},
      {"allow.auto.create.topics", "false"},
      {"check.crcs", "true"},
      {"message.max.bytes", std::to_string(config.max_record_bytes + kBatchOverhead)},
      {"queue.buffering.max.messages", std::to_string(config.queue_records)},
      {"queue.buffering.max.kbytes",
       std::to_string(std::max<std::size_t>(1, config.queue_bytes / 1024))},
      {"bootstrap.servers", config.kafka.bootstrap_servers},
      {"client.id", config.kafka.client_id},
  };
  // One that is idempotent asks for the right to write as soon as it is made.
  settings.push_back({"enable.idempotence", role == ClientRole::asker ? "false" : "true"});
  settings.push_back({"acks", "-1"});  // all in-sync replicas
  return settings;
}

// Better than librdkafka's own for what is done here; an operator may know better still.
std::vector<Setting> default_settings() {
  return {
      {"linger.ms", "1"},
      {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms",
       "500"},  // records flow again half a second after a broker is back, not ten
      {"retry.backoff.ms", "50"},
      {"socket.keepalive.enable", "true"},
      {"socket.nagle.disable", "true"},
      {"socket.timeout.ms", "10000"},
      {"log.connection.close", "false"},
      // A fetch that waits at the broker keeps a partition that just started, or was sought, from
      // being fetched.
      {"fetch.wait.max.ms", "100"},
      {"fetch.error.backoff.ms", "100"},
      {"fetch.queue.backoff.ms",
       "10"},  // a full queue of fetched records is no reason to pause for a second
      {"queued.max.messages.kbytes", "32768"},
      {"topic.metadata.refresh.fast.interval.ms", "100"},
  };
}

// Other names of fixed settings.
constexpr std::array kAliases{"request.required.acks",
                              "delivery.timeout.ms",
                              "metadata.broker.list",
                              "auto.commit.enable",
                              "max.in.flight.requests.per.connection",
                              "max.in.flight",
                              "enable.gapless.guarantee",
                              "transactional.id",
                              "message.send.max.retries",
                              "retries"};

BrokerHealth& health_of(void* opaque) {
  return *static_cast<BrokerHealth*>(opaque);
}

void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  void* opaque = rd_kafka_opaque(client);
  if (opaque != nullptr) {
    health_of(opaque).line(level, facility, text);
  }
}

void on_error(rd_kafka_t* client, int code, const char* reason, void* opaque) {
  const auto error = static_cast<rd_kafka_resp_err_t>(code);
  auto& health = health_of(opaque);
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      health.refused(reason);
      break;
    case RD_KAFKA_RESP_ERR__FATAL: {
      std::array<char, 256> why{};
      rd_kafka_fatal_error(client, why.data(), why.size());
      health.line(3, "FATAL", why.data());
      break;
    }
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
      // With TLS 1.3 a server judges our certificate after we believe ourselves connected.
      if (std::string_view(reason).find("SSL alert number") != std::string_view::npos) {
        health.refused("the broker turns our certificate down: " + std::string(reason));
      } else {
        health.doubt(reason);
      }
      break;
    default:
      health.line(4, rd_kafka_err2name(error), reason);
      break;
  }
}

int on_stats(rd_kafka_t*, char* json, std::size_t size, void* opaque) {
  health_of(opaque).line(7, "STATS", {json, size});
  return 0;  // librdkafka frees it
}

// Never says the value: it may be a secret.
Result<void> set(rd_kafka_conf_t* conf, const Setting& setting) {
  std::array<char, 256> why{};
  if (rd_kafka_conf_set(conf, setting.name.c_str(), setting.value.c_str(), why.data(),
                        why.size()) == RD_KAFKA_CONF_OK) {
    return {};
  }
  return fail(Fault::bad_config, "bus.kafka.properties." + setting.name + ": " + why.data());
}

Result<void> check_setting(const rd_kafka_conf_t* conf, const Setting& setting) {
  std::array<char, 4096> value{};
  std::size_t size = value.size();
  const auto got = rd_kafka_conf_get(conf, setting.name.c_str(), value.data(), &size);
  if (got == RD_KAFKA_CONF_OK && setting.value == value.data()) {
    return {};
  }
  return fail(Fault::bad_config, "the Kafka client does not keep " + setting.name + " = " +
                                     setting.value + ", but has: " + value.data());
}

// Whether the client can use the credentials at all (a key that belongs to another certificate, a
// password that opens no key). Connects nowhere.
Result<void> try_credentials(const KafkaSecurityConfig& config) {
  if (config.protocol == KafkaProtocol::plaintext) {
    return {};
  }
  const auto settings = credential_settings(config);
  if (!settings) {
    return fail(settings.error());
  }
  KafkaConf conf(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);
  for (const auto& setting : *settings) {
    if (auto good = set(conf.get(), setting); !good) {
      return good;
    }
  }
  if (auto client = make_client(std::move(conf), ClientRole::asker); !client) {
    return fail(client.error().within("bus.kafka.security"));
  }
  return {};
}

}  // namespace

std::vector<Error> kafka_faults(const BusConfig& config) {
  std::vector<Error> faults;
  const auto fixed = fixed_settings(config, ClientRole::producer);
  const KafkaConf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : config.kafka.properties) {
    const bool is_fixed =
        std::any_of(fixed.begin(), fixed.end(),
                    [&, &key = name](const Setting& s) { return s.name == key; }) ||
        std::find(kAliases.begin(), kAliases.end(), name) != kAliases.end();
    if (is_credential(name)) {
      faults.push_back({Fault::bad_config, "bus.kafka.properties." + name +
                                               ": bus.kafka.security says who we are and whom we "
                                               "trust, with secrets in files; drop it"});
    } else if (is_fixed) {
      faults.push_back(Error{Fault::bad_config,
                             "the guarantees rest on fusiond's own value; drop it, got: " + value}
                           .within("bus.kafka.properties." + name));
    } else if (auto good = set(conf.get(), {name, value}); !good) {
      faults.push_back(good.error());
    }
  }
  if (config.kafka.bootstrap_servers.empty()) {
    faults.push_back(
        {Fault::bad_config, "bus.kafka.bootstrap_servers must be host:port, …, got: \"\""});
  }
  if (config.kafka.replication == 0 || config.kafka.replication < -1 ||
      config.kafka.replication > 100) {
    faults.push_back({Fault::bad_config,
                      "bus.kafka.replication must be 1 to 100, or -1 for the broker's, got: " +
                          std::to_string(config.kafka.replication)});
  }
  for (auto& fault : credential_faults(config.kafka.security)) {
    faults.push_back(std::move(fault));
  }
  if (faults.empty()) {
    if (auto good = try_credentials(config.kafka.security); !good) {
      faults.push_back(good.error());
    }
  }
  return faults;
}

Result<KafkaConf> make_conf(const BusConfig& config, ClientRole role, BrokerHealth& health) {
  KafkaConf conf(rd_kafka_conf_new());
  const auto fixed = fixed_settings(config, role);
  for (const auto& setting : default_settings()) {
    if (auto good = set(conf.get(), setting); !good) {
      return fail(good.error());
    }
  }
  for (const auto& [name, value] : config.kafka.properties) {
    if (auto good = set(conf.get(), {name, value}); !good) {
      return fail(good.error());
    }
  }
  const auto credentials = credential_settings(config.kafka.security);
  if (!credentials) {
    return fail(credentials.error());
  }
  for (const auto& setting : *credentials) {
    if (auto good = set(conf.get(), setting); !good) {
      return fail(good.error());
    }
  }
  for (const auto& setting : fixed) {
    if (auto good = set(conf.get(), setting); !good) {
      return fail(good.error());
    }
  }
  for (const auto& setting : fixed) {
    if (auto good = check_setting(conf.get(), setting); !good) {
      return fail(good.error());
    }
  }
  rd_kafka_conf_set_opaque(conf.get(), &health);
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  if (role == ClientRole::producer) {
    rd_kafka_conf_set_stats_cb(conf.get(), on_stats);
  }
  return conf;
}

Result<KafkaClient> make_client(KafkaConf conf, ClientRole role) {
  std::array<char, 512> why{};
  rd_kafka_t* client =
      rd_kafka_new(role == ClientRole::consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf.get(),
                   why.data(), why.size());
  if (client == nullptr) {
    return fail(Fault::bad_config, std::string("the Kafka client cannot be made: ") + why.data());
  }
  static_cast<void>(conf.release());  // the client has it
  return KafkaClient(client, rd_kafka_destroy);
}

Error error_of(rd_kafka_resp_err_t code, const std::string& doing) {
  const std::string message = doing + ": " + rd_kafka_err2str(code);
  switch (code) {
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return {Fault::overloaded, message};
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
      return {Fault::bad_input, message};
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return {Fault::bad_config, message};
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
      return {Fault::corrupt, message};
    default:
      return {Fault::unavailable, message};
  }
}

}  // namespace fusiond::bus
