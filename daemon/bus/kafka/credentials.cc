#include "daemon/bus/kafka/credentials.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include "daemon/base/certificate.h"
#include "daemon/base/log.h"

namespace fusiond::bus {
namespace {

constexpr std::chrono::days kExpiresSoon{7};
constexpr std::size_t kMostBytes = 1U << 20U;  // of a file with credentials

std::string key(const char* name) {
  return std::string("bus.kafka.security.") + name;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(Fault::bad_config,
                "cannot be read: " + path + ": " + std::generic_category().message(errno));
  }
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  if (bytes.size() > kMostBytes) {
    return fail(Fault::bad_config, "is too large to be one: " + path);
  }
  return bytes;
}

// The first line, without its end.
Result<std::string> read_secret(const std::string& path) {
  auto bytes = read_file(path);
  if (!bytes) {
    return bytes;
  }
  bytes->resize(std::min(bytes->size(), bytes->find_first_of("\r\n")));
  if (bytes->empty()) {
    return fail(Fault::bad_config, "has nothing in its first line: " + path);
  }
  return bytes;
}

// Notes the faults of one file after the other.
class FileFaults {
 public:
  explicit FileFaults(std::vector<Error>& faults) : faults_(faults) {}
  void certificates(const char* name, const std::string& path) {
    if (path.empty()) {
      return;
    }
    const auto bytes = read_file(path);
    if (!bytes) {
      note(name, bytes.error().message);
    } else if (const auto read = read_certificate(*bytes); !read) {
      note(name, read.error().message + ": " + path);
    }
  }
  void secret(const char* name, const std::string& path) {
    if (path.empty()) {
      return;
    }
    if (const auto read = read_secret(path); !read) {
      note(name, read.error().message);
    } else {
      closed(name, path);
    }
  }
  void private_key(const char* name, const std::string& path) {
    if (path.empty()) {
      return;
    }
    const auto bytes = read_file(path);
    if (!bytes) {
      note(name, bytes.error().message);
    } else if (bytes->find("PRIVATE KEY-----") == std::string::npos) {
      note(name, "no PEM private key is in it: " + path);
    } else {
      closed(name, path);
    }
  }

 private:
  void note(const char* name, const std::string& what) {
    faults_.push_back({Fault::bad_config, key(name) + ": " + what});
  }
  // What everybody may read is no secret.
  void closed(const char* name, const std::string& path) {
    struct stat about{};
    if (::stat(path.c_str(), &about) == 0 && (about.st_mode & (S_IROTH | S_IWOTH)) != 0) {
      note(name, "every user of this machine may read or write it; chmod o-rw " + path);
    }
  }
  std::vector<Error>& faults_;
};

// Which keys a protocol needs, and which say nothing under it.
void check_keys(const KafkaSecurityConfig& config, std::vector<Error>& faults) {
  const bool tls = config.protocol != KafkaProtocol::plaintext;
  const bool sasl = config.protocol == KafkaProtocol::sasl_tls;
  const auto of_no_use = [&](const char* name, const std::string& value, const char* instead) {
    if (!value.empty()) {
      faults.push_back({Fault::bad_config, key(name) + " says nothing under this protocol; " +
                                               instead + ", got: " + value});
    }
  };
  const auto needed = [&](const char* name, const std::string& value, const char* why) {
    if (value.empty()) {
      faults.push_back({Fault::bad_config, key(name) + " is needed " + why});
    }
  };
  if (!tls) {
    of_no_use("ca_file", config.ca_file, "protocol: tls or sasl_tls uses it");
    of_no_use("certificate_file", config.certificate_file, "protocol: tls or sasl_tls uses it");
    of_no_use("key_file", config.key_file, "protocol: tls or sasl_tls uses it");
  }
  if (!sasl) {
    of_no_use("username", config.username, "protocol: sasl_tls uses it");
    of_no_use("password_file", config.password_file, "protocol: sasl_tls uses it");
  } else {
    needed("username", config.username, "with protocol: sasl_tls");
    needed("password_file", config.password_file, "with protocol: sasl_tls");
  }
  if (!config.key_file.empty()) {
    needed("certificate_file", config.certificate_file, "with key_file");
  }
  if (!config.certificate_file.empty()) {
    needed("key_file", config.key_file, "with certificate_file");
  }
  if (config.key_file.empty()) {
    of_no_use("key_password_file", config.key_password_file, "key_file uses it");
  }
}

Sha256Digest digest_of(const KafkaSecurityConfig& config) {
  Sha256Stream digest;
  for (const std::string* path : {&config.ca_file, &config.certificate_file, &config.key_file,
                                  &config.key_password_file, &config.password_file}) {
    if (path->empty()) {
      continue;
    }
    const auto bytes = read_file(*path);
    digest.add(*path + (bytes ? std::to_string(bytes->size()) + "\n" + *bytes : "absent\n"));
  }
  return digest.finish();
}

const char* name_of(SaslMechanism mechanism) {
  switch (mechanism) {
    case SaslMechanism::scram_sha_512:
      return "SCRAM-SHA-512";
    case SaslMechanism::scram_sha_256:
      return "SCRAM-SHA-256";
    case SaslMechanism::plain:
      return "PLAIN";
  }
  return "SCRAM-SHA-512";
}

}  // namespace

std::vector<Error> credential_faults(const KafkaSecurityConfig& config) {
  std::vector<Error> faults;
  check_keys(config, faults);
  FileFaults files(faults);
  files.certificates("ca_file", config.ca_file);
  files.certificates("certificate_file", config.certificate_file);
  files.private_key("key_file", config.key_file);
  files.secret("key_password_file", config.key_password_file);
  files.secret("password_file", config.password_file);
  return faults;
}

Result<std::vector<Setting>> credential_settings(const KafkaSecurityConfig& config) {
  if (config.protocol == KafkaProtocol::plaintext) {
    return std::vector<Setting>{{"security.protocol", "plaintext"}};
  }
  const bool sasl = config.protocol == KafkaProtocol::sasl_tls;
  std::vector<Setting> settings{{"security.protocol", sasl ? "sasl_ssl" : "ssl"},
                                // That the broker's certificate is its own is not up for debate.
                                {"enable.ssl.certificate.verification", "true"},
                                {"ssl.endpoint.identification.algorithm", "https"}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      settings.push_back({name, value});
    }
  };
  add("ssl.ca.location", config.ca_file);
  add("ssl.certificate.location", config.certificate_file);
  add("ssl.key.location", config.key_file);
  if (!config.key_password_file.empty()) {
    auto secret = read_secret(config.key_password_file);
    if (!secret) {
      return fail(secret.error().within(key("key_password_file")));
    }
    add("ssl.key.password", *secret);
  }
  if (sasl) {
    auto secret = read_secret(config.password_file);
    if (!secret) {
      return fail(secret.error().within(key("password_file")));
    }
    add("sasl.mechanism", name_of(config.mechanism));
    add("sasl.username", config.username);
    add("sasl.password", *secret);
  }
  return settings;
}

bool is_credential(const std::string& property) {
  constexpr std::array kOurs{"security.protocol",
                             "ssl.ca.location",
                             "ssl.ca.pem",
                             "ssl_ca",
                             "ssl.certificate.location",
                             "ssl.certificate.pem",
                             "ssl_certificate",
                             "ssl.key.location",
                             "ssl.key.pem",
                             "ssl_key",
                             "ssl.keystore.location",
                             "enable.ssl.certificate.verification",
                             "ssl.endpoint.identification.algorithm"};
  return property.starts_with("sasl.") || property.find("password") != std::string::npos ||
         property.find("secret") != std::string::npos ||
         std::find(kOurs.begin(), kOurs.end(), property) != kOurs.end();
}

CredentialWatch::CredentialWatch(KafkaSecurityConfig config, const Clock& clock, Metrics& metrics)
    : config_(std::move(config)),
      clock_(clock),
      expiry_(metrics.gauge("fusiond_bus_certificate_expiry_seconds",
                            "When our certificate for the Kafka broker expires, in seconds since "
                            "1970; 0 = there is none")),
      seen_(digest_of(config_)),
      used_(seen_) {
  look_at_certificate();
}

bool CredentialWatch::changed() {
  const MonoTime now = clock_.mono();
  if (config_.protocol == KafkaProtocol::plaintext || now < look_at_) {
    return false;
  }
  look_at_ = now + config_.check_every;
  const Sha256Digest found = digest_of(config_);
  const bool is_new = found != seen_;
  seen_ = found;
  if (seen_ == used_) {
    const MutexLock lock(mutex_);
    refused_.reset();
  }
  look_at_certificate();
  return is_new && seen_ != used_;
}

void CredentialWatch::used() {
  used_ = seen_;
  const MutexLock lock(mutex_);
  refused_.reset();
}

void CredentialWatch::refused(const std::string& why) {
  const MutexLock lock(mutex_);
  refused_ = "the new credentials for the Kafka broker cannot be used, the old ones stay: " + why;
}

void CredentialWatch::look_at_certificate() {
  std::optional<WallTime> until;
  if (!config_.certificate_file.empty()) {
    const auto bytes = read_file(config_.certificate_file);
    const auto read = bytes ? read_certificate(*bytes) : Result<Certificate>(fail(bytes.error()));
    if (read) {
      until = read->not_after;
    }
  }
  expiry_.set(until ? static_cast<double>(micros_of(*until)) / 1e6 : 0);
  {
    const MutexLock lock(mutex_);
    not_after_ = until;
  }
  const auto now_wrong = trouble();
  if (now_wrong && *now_wrong != warned_) {
    log_warn(*now_wrong);
  }
  warned_ = now_wrong.value_or("");
}

std::optional<std::string> CredentialWatch::trouble() const {
  const MutexLock lock(mutex_);
  if (refused_) {
    return refused_;
  }
  const WallTime now = clock_.now();
  if (!not_after_ || *not_after_ - kExpiresSoon > now) {
    return std::nullopt;
  }
  return "our certificate for the Kafka broker " +
         std::string(*not_after_ <= now ? "has expired: " : "expires soon: ") +
         config_.certificate_file + ": " + to_rfc3339(micros_of(*not_after_));
}

}  // namespace fusiond::bus
