// How our clients prove to the broker who they are, read from files whenever a client is made, and
// whether those files have changed since. Secrets go from the file into the client and nowhere
// else.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/metrics.h"
#include "daemon/base/mutex.h"
#include "daemon/base/result.h"
#include "daemon/base/sha256.h"
#include "daemon/bus/bus_config.h"

namespace fusiond::bus {

// A property of librdkafka's.
struct Setting {
  std::string name;
  std::string value;
};

// What is wrong with the keys, and with the files as they are now; each message begins with the
// key. A certificate that has expired is none of it: it shows in health, and what comes in
// meanwhile waits in the spool.
std::vector<Error> credential_faults(const KafkaSecurityConfig& config);

// The client's settings. Errors: bad_config when a password's file cannot be read.
Result<std::vector<Setting>> credential_settings(const KafkaSecurityConfig& config);

// Whether `property` says who we are or whom we trust: `bus.kafka.security` has a key for it, or
// its value is a secret, which belongs in a file.
bool is_credential(const std::string& property);

// Threads: changed(), used() and refused() one at a time; trouble() any.
class CredentialWatch {
 public:
  // Reads the files: what is in them counts as used.
  CredentialWatch(KafkaSecurityConfig config, const Clock& clock, Metrics& metrics);
  // True when the files hold something else than what is used or was refused. Looks at most once in
  // `check_every`.
  bool changed();
  // What changed() has seen is used from now on.
  void used();
  // It cannot be used, and what was used before stays.
  void refused(const std::string& why);
  // That new files were refused, or that our certificate has expired or soon will.
  [[nodiscard]] std::optional<std::string> trouble() const;

 private:
  void look_at_certificate();

  const KafkaSecurityConfig config_;
  const Clock& clock_;
  Gauge& expiry_;
  Sha256Digest seen_{};
  Sha256Digest used_{};
  MonoTime look_at_;
  std::string warned_;  // of what the log has a line already
  mutable Mutex mutex_;
  std::optional<std::string> refused_ GUARDED_BY(mutex_);
  std::optional<WallTime> not_after_ GUARDED_BY(mutex_);  // of our certificate
};

}  // namespace fusiond::bus
