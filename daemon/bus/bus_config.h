// How the log is kept: which back end, the topics' names and how long they keep what, limits.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace fusiond::bus {

enum class BusKind : std::uint8_t {
  kafka,     // a Kafka cluster: production
  embedded,  // a log in a local folder: one machine, one process, no broker
  memory,    // gone with the process: tests
};

// How long a topic keeps a record after it was appended; 0 = for ever. `incidents` is compacted and
// keeps the newest of each id.
struct TopicRetention {
  std::chrono::hours events{24 * 7};
  std::chrono::hours incident_changes{24 * 30};
  std::chrono::hours dead_letters{24 * 7};  // holds what sources said, word for word
  std::chrono::hours audit{24 * 365};
};

struct EmbeddedBusConfig {
  std::string dir = "data/bus";
  // Whether a record counts as durable only when the disk has it (fsync once per group of appends).
  // Without it a power cut may lose the last records; a killed process loses none either way.
  bool sync = true;
  // A record younger than this is not compacted away, so that whoever reads along sees every
  // revision.
  std::chrono::seconds compact_after{60};
  // A tombstone is kept this long for readers that lag.
  std::chrono::hours keep_tombstones{24};
  // Appends wait in the queue while the disk has less than this free: RocksDB cannot go on after a
  // write that ran out of space.
  std::uint64_t keep_free_bytes = 256ULL * 1024 * 1024;
  // Between two passes of retention and compaction; each pass does a bounded piece of work.
  std::chrono::milliseconds maintain_every{1'000};
};

enum class KafkaProtocol : std::uint8_t {
  plaintext,  // nobody proves anything, and who is on the wire reads along
  tls,        // the broker proves itself, and we with a certificate if we have one
  sasl_tls,   // we log in with a name and a password, inside TLS
};

enum class SaslMechanism : std::uint8_t { scram_sha_512, scram_sha_256, plain };

// Who we are and whom we trust. Secrets stand in files only, PEM or one line, that not everybody
// may read; when a file changes, the clients log in anew with what it holds.
struct KafkaSecurityConfig {
  KafkaProtocol protocol = KafkaProtocol::plaintext;
  std::string ca_file;           // who signs the brokers' certificates; empty = the system's
  std::string certificate_file;  // ours
  std::string key_file;
  std::string key_password_file;
  SaslMechanism mechanism = SaslMechanism::scram_sha_512;
  std::string username;
  std::string password_file;
  std::chrono::milliseconds check_every{30'000};  // between two looks at the files
};

struct KafkaBusConfig {
  std::string bootstrap_servers = "127.0.0.1:9092";
  std::string client_id = "fusiond";
  std::int32_t replication = -1;  // of topics that are made; -1 = the broker's default
  std::chrono::milliseconds request_timeout{
      10'000};  // of questions to the broker (topics, partitions, extents)
  KafkaSecurityConfig security;
  // Any other property of librdkafka. Those that the guarantees rest on, and those that `security`
  // has a key for, are refused.
  std::map<std::string, std::string> properties;
};

struct BusConfig {
  BusKind kind = BusKind::embedded;
  std::string prefix = "rtcc";   // of the topics' names
  std::uint32_t partitions = 1;  // of events, incidents and incident changes; the others have one
  TopicRetention retention;
  std::size_t max_record_bytes = 1'000'000;  // key, value and headers together
  std::size_t queue_records = 100'000;       // appended and not durable yet; then `overloaded`
  std::size_t queue_bytes = 64ULL * 1024 * 1024;
  EmbeddedBusConfig embedded;
  KafkaBusConfig kafka;
};

}  // namespace fusiond::bus
