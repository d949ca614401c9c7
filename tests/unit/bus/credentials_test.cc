#include "daemon/bus/kafka/credentials.h"

#include <algorithm>
#include <fstream>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "daemon/bus/kafka/client_config.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/made_certificate.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_folder.h"

namespace fusiond::bus {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;

// Files as an operator would lay them out, and a config that names them.
struct Files {
  Files() {
    const auto made = test::make_certificate("fusiond", clock.now() - 1h, clock.now() + 24h * 30);
    write("our.crt", made.certificate);
    write("our.key", made.key, 0600);
    write("ca.crt", test::make_certificate("ca", clock.now(), clock.now() + 24h).certificate);
    write("password", "open sesame\nsecond line\n", 0600);
    security.protocol = KafkaProtocol::sasl_tls;
    security.ca_file = path("ca.crt");
    security.certificate_file = path("our.crt");
    security.key_file = path("our.key");
    security.username = "fusiond";
    security.password_file = path("password");
  }
  std::string path(const std::string& name) const { return folder.path() + "/" + name; }
  void write(const std::string& name, const std::string& text, mode_t mode = 0644) const {
    std::ofstream(path(name)) << text;
    REQUIRE(::chmod(path(name).c_str(), mode) == 0);
  }
  void renew(const std::string& name, WallTime until) const {
    const auto made = test::make_certificate(name, clock.now() - 1h, until);
    write("our.crt", made.certificate);
    write("our.key", made.key, 0600);
  }
  std::vector<std::string> faults() const {
    std::vector<std::string> out;
    for (const auto& fault : credential_faults(security)) {
      out.push_back(fault.message);
    }
    return out;
  }

  test::ManualClock clock;
  test::FakeMetrics metrics;
  test::TempFolder folder;
  KafkaSecurityConfig security;
};

bool has(const std::vector<Setting>& settings, const std::string& name, const std::string& value) {
  return std::any_of(settings.begin(), settings.end(),
                     [&](const Setting& s) { return s.name == name && s.value == value; });
}

}  // namespace

TEST_CASE("credentials become the client's settings, secrets by the first line of their file",
          "[bus][security]") {
  const Files files;
  CHECK(files.faults().empty());
  const auto settings = credential_settings(files.security);
  REQUIRE(settings);
  CHECK(has(*settings, "security.protocol", "sasl_ssl"));
  CHECK(has(*settings, "sasl.mechanism", "SCRAM-SHA-512"));
  CHECK(has(*settings, "sasl.password", "open sesame"));
  CHECK(has(*settings, "ssl.key.location", files.path("our.key")));
  CHECK(has(*settings, "ssl.endpoint.identification.algorithm", "https"));
  const auto plain = credential_settings(KafkaSecurityConfig{});
  REQUIRE(plain);
  CHECK(has(*plain, "security.protocol", "plaintext"));
  CHECK(plain->size() == 1);
}

TEST_CASE("every fault of the credentials is named, none with its secret", "[bus][security]") {
  Files files;
  files.write("password", "\n", 0600);
  files.write("our.key", "no key", 0600);
  files.write("our.crt", "no certificate");
  files.security.ca_file = files.path("absent");
  files.security.key_password_file = files.path("open");
  files.write("open", "too open", 0604);
  const auto faults = files.faults();
  REQUIRE(faults.size() == 5);
  CHECK(faults[0].starts_with("bus.kafka.security.ca_file: cannot be read"));
  CHECK(faults[1].starts_with("bus.kafka.security.certificate_file: no PEM certificate"));
  CHECK(faults[2].starts_with("bus.kafka.security.key_file: no PEM private key"));
  CHECK(faults[3].starts_with("bus.kafka.security.key_password_file: every user"));
  CHECK(faults[4].starts_with("bus.kafka.security.password_file: has nothing"));
}

TEST_CASE("keys that a protocol does not use, or that it lacks, are faults", "[bus][security]") {
  Files files;
  files.security.username.clear();
  files.security.password_file.clear();
  CHECK(files.faults() ==
        std::vector<std::string>{
            "bus.kafka.security.username is needed with protocol: sasl_tls",
            "bus.kafka.security.password_file is needed with protocol: sasl_tls"});
  files.security.protocol = KafkaProtocol::tls;
  files.security.key_file.clear();
  CHECK(files.faults() ==
        std::vector<std::string>{"bus.kafka.security.key_file is needed with certificate_file"});
  files.security = {};
  files.security.username = "fusiond";
  files.security.ca_file = files.path("ca.crt");
  CHECK(files.faults().size() == 2);
}

TEST_CASE("credentials among the properties are refused, and not repeated", "[bus][security]") {
  BusConfig config;
  config.kafka.properties = {{"sasl.password", "open sesame"},
                             {"security.protocol", "ssl"},
                             {"ssl.key.pem", "open sesame"},
                             {"enable.ssl.certificate.verification", "false"}};
  const auto faults = kafka_faults(config);
  REQUIRE(faults.size() == 4);
  for (const auto& fault : faults) {
    CHECK(fault.message.find("bus.kafka.security") != std::string::npos);
    CHECK(fault.message.find("sesame") == std::string::npos);
  }
}

TEST_CASE("a key that belongs to another certificate is a fault", "[bus][security]") {
  Files files;
  BusConfig config;
  config.kafka.security = files.security;
  CHECK(kafka_faults(config).empty());
  files.write("our.key", test::make_certificate("x", files.clock.now(), files.clock.now() + 1h).key,
              0600);
  const auto faults = kafka_faults(config);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].message.starts_with("bus.kafka.security: "));
  CHECK(faults[0].message.find("key values mismatch") != std::string::npos);
}

TEST_CASE("a changed file is noticed once, at the next look", "[bus][security]") {
  Files files;
  CredentialWatch watch(files.security, files.clock, files.metrics);
  CHECK_FALSE(watch.changed());
  files.write("password", "another\n", 0600);
  CHECK_FALSE(watch.changed());  // it has just looked
  files.clock.advance(30s);
  CHECK(watch.changed());
  watch.used();
  files.clock.advance(30s);
  CHECK_FALSE(watch.changed());
}

TEST_CASE("files that were refused are trouble until they are whole again", "[bus][security]") {
  Files files;
  CredentialWatch watch(files.security, files.clock, files.metrics);
  files.write("password", "half", 0600);
  files.clock.advance(30s);
  REQUIRE(watch.changed());
  watch.refused("no good");
  REQUIRE(watch.trouble());
  CHECK(watch.trouble()->ends_with("the old ones stay: no good"));
  files.clock.advance(30s);
  CHECK_FALSE(watch.changed());  // still the same that was refused
  CHECK(watch.trouble());
  files.write("password", "open sesame\nsecond line\n", 0600);
  files.clock.advance(30s);
  CHECK_FALSE(watch.changed());  // back to what is used
  CHECK_FALSE(watch.trouble());
}

TEST_CASE("a certificate that expires within a week is trouble, and so is one that has",
          "[bus][security]") {
  Files files;
  CredentialWatch watch(files.security, files.clock, files.metrics);
  CHECK_FALSE(watch.trouble());
  files.clock.advance(24h * 25);
  REQUIRE(watch.trouble());
  CHECK(watch.trouble()->find("expires soon") != std::string::npos);
  files.clock.advance(24h * 5);
  REQUIRE(watch.trouble());
  CHECK(watch.trouble()->find("has expired: " + files.path("our.crt")) != std::string::npos);
  const auto until = files.clock.now() + 24h * 90;
  files.renew("fusiond", until);
  files.clock.advance(30s);
  CHECK(watch.changed());
  CHECK_FALSE(watch.trouble());
  CHECK(files.metrics.value("fusiond_bus_certificate_expiry_seconds") ==
        static_cast<double>(micros_of(until) / 1'000'000));
}

}  // namespace fusiond::bus
