#include <charconv>

#include "daemon/config/load_parts.h"

namespace fusiond::config {
namespace {

constexpr std::int64_t kHoursMax = 24 * 365 * 20;

void read_retention(Section& section, bus::TopicRetention& retention) {
  read_duration(section, "events_h", retention.events, 0, kHoursMax);
  read_duration(section, "incident_changes_h", retention.incident_changes, 0, kHoursMax);
  read_duration(section, "dead_letters_h", retention.dead_letters, 0, kHoursMax);
  read_duration(section, "audit_h", retention.audit, 0, kHoursMax);
}

void read_embedded(Section& section, bus::EmbeddedBusConfig& config) {
  section.text("dir", config.dir);
  section.boolean("sync", config.sync);
  read_duration(section, "compact_after_s", config.compact_after, 0, 86'400);
  read_duration(section, "keep_tombstones_h", config.keep_tombstones, 0, kHoursMax);
  section.integer("keep_free_bytes", config.keep_free_bytes, 0, std::int64_t{1} << 42);
  read_duration(section, "maintain_every_ms", config.maintain_every, 10, 3'600'000);
}

void read_security(Section& section, bus::KafkaSecurityConfig& config) {
  std::string protocol = "plaintext";
  std::string mechanism = "scram_sha_512";
  section.choice("protocol", protocol, {"plaintext", "tls", "sasl_tls"});
  config.protocol = protocol == "tls"        ? bus::KafkaProtocol::tls
                    : protocol == "sasl_tls" ? bus::KafkaProtocol::sasl_tls
                                             : bus::KafkaProtocol::plaintext;
  section.text("ca_file", config.ca_file);
  section.text("certificate_file", config.certificate_file);
  section.text("key_file", config.key_file);
  section.text("key_password_file", config.key_password_file);
  section.choice("mechanism", mechanism, {"scram_sha_512", "scram_sha_256", "plain"});
  config.mechanism = mechanism == "plain"           ? bus::SaslMechanism::plain
                     : mechanism == "scram_sha_256" ? bus::SaslMechanism::scram_sha_256
                                                    : bus::SaslMechanism::scram_sha_512;
  section.text("username", config.username);
  section.text("password_file", config.password_file);
  read_duration(section, "check_every_ms", config.check_every, 100, 3'600'000);
}

void read_kafka(Section& section, bus::KafkaBusConfig& config) {
  section.text("bootstrap_servers", config.bootstrap_servers);
  section.text("client_id", config.client_id);
  section.integer("replication", config.replication, -1, 100);
  read_duration(section, "request_timeout_ms", config.request_timeout, 100, 600'000);
  section.section("security", [&](Section& s) { read_security(s, config.security); });
  section.mapping("properties", [&](const std::string& name, const YAML::Node& value) {
    if (value.IsScalar()) {
      config.properties[name] = value.Scalar();
    } else {
      section.fault(value, section.path() + ".properties." + name + " must be text");
    }
  });
}

}  // namespace

void read_bus(Section& bus, bus::BusConfig& config) {
  std::string kind = "embedded";
  bus.choice("kind", kind, {"kafka", "embedded", "memory"});
  config.kind = kind == "kafka"    ? bus::BusKind::kafka
                : kind == "memory" ? bus::BusKind::memory
                                   : bus::BusKind::embedded;
  bus.text("prefix", config.prefix);
  bus.integer("partitions", config.partitions, 1, 1);
  bus.section("retention", [&](Section& s) { read_retention(s, config.retention); });
  bus.integer("max_record_bytes", config.max_record_bytes, 10'000, 100'000'000);
  bus.integer("queue_records", config.queue_records, 100, 10'000'000);
  bus.integer("queue_bytes", config.queue_bytes, 1'000'000, std::int64_t{4} << 30);
  bus.section("embedded", [&](Section& s) { read_embedded(s, config.embedded); });
  bus.section("kafka", [&](Section& s) { read_kafka(s, config.kafka); });
}

void read_listen(Section& section, const char* key, std::string& address, std::uint16_t& port) {
  std::string text;
  section.text(key, text);
  if (text.empty()) {
    return;
  }
  const auto colon = text.rfind(':');
  int number = -1;
  if (colon != std::string::npos && colon > 0) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, number);
    if (error != std::errc{} || stop != end) {
      number = -1;
    }
  }
  if (number < 0 || number > 65535) {
    section.fault_at(key, section.path() + "." + key + " must be address:port, got: " + text);
    return;
  }
  address = text.substr(0, colon);
  port = static_cast<std::uint16_t>(number);
}

}  // namespace fusiond::config
