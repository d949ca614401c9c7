// The client against a TLS server of our own making: certificates are made here, for each test, and
// never leave its folder.
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <catch2/catch.hpp>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "daemon/net/http_client.h"
#include "tests/support/raw_socket.h"

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using fusiond::Fault;
using fusiond::net::http_call;
using fusiond::test::RawServer;
using fusiond::test::RawSocket;

namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};

struct Identity {
  std::unique_ptr<EVP_PKEY, Free> key;
  std::unique_ptr<X509, Free> certificate;
};

// A self-signed certificate for `names` ("IP:127.0.0.1"), valid until `seconds` from now.
Identity make_identity(const std::string& names, long seconds) {
  Identity identity;
  identity.key.reset(EVP_EC_gen("P-256"));
  identity.certificate.reset(X509_new());
  X509* x = identity.certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -86'400);
  X509_gmtime_adj(X509_getm_notAfter(x), seconds);
  X509_set_pubkey(x, identity.key.get());
  X509_NAME* name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(x, name);
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(x, extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(x, identity.key.get(), EVP_sha256());
  return identity;
}

// Holds the temporary folder with the certificate that the client is told to trust.
class TlsTest {
 public:
  explicit TlsTest(const std::string& names = "IP:127.0.0.1", long seconds = 3600)
      : identity_(make_identity(names, seconds)) {
    std::string pattern = (std::filesystem::temp_directory_path() / "fusiond-tls-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    FILE* file = std::fopen(ca_file().c_str(), "w");
    PEM_write_X509(file, identity_.certificate.get());
    std::fclose(file);
  }
  ~TlsTest() { std::filesystem::remove_all(folder_); }
  TlsTest(const TlsTest&) = delete;
  TlsTest& operator=(const TlsTest&) = delete;

  [[nodiscard]] std::string ca_file() const { return (folder_ / "ca.pem").string(); }

  // Answers one request with `bytes` over TLS; `polite` says good-bye before it closes.
  [[nodiscard]] RawServer answers(std::string bytes, bool polite = true) const {
    return RawServer([this, bytes = std::move(bytes), polite](RawSocket& peer) {
      const std::unique_ptr<SSL_CTX, Free> context(SSL_CTX_new(TLS_server_method()));
      SSL_CTX_use_certificate(context.get(), identity_.certificate.get());
      SSL_CTX_use_PrivateKey(context.get(), identity_.key.get());
      const std::unique_ptr<SSL, Free> session(SSL_new(context.get()));
      SSL_set_fd(session.get(), peer.fd());
      if (SSL_accept(session.get()) == 1) {
        std::string request(4096, '\0');
        SSL_read(session.get(), request.data(), static_cast<int>(request.size()));
        SSL_write(session.get(), bytes.data(), static_cast<int>(bytes.size()));
        if (polite) {
          SSL_shutdown(session.get());
        }
      }
    });
  }

 private:
  Identity identity_;
  std::filesystem::path folder_;
};

std::string https(const RawServer& server) {
  return "https://127.0.0.1:" + std::to_string(server.port()) + "/";
}

}  // namespace

TEST_CASE("a call over TLS is answered when the certificate is trusted and names the host",
          "[net][tls]") {
  const TlsTest t;
  const RawServer server = t.answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  const auto answer = http_call({.url = https(server), .ca_file = t.ca_file()});
  REQUIRE(answer);
  CHECK(answer->body == "ok");
}

TEST_CASE("a certificate that is not trusted, names another host, or has expired is refused",
          "[net][tls]") {
  const TlsTest good;
  const TlsTest other_name("DNS:example.org");
  const TlsTest expired("IP:127.0.0.1", -60);
  for (const auto& [served, trusted] :
       {std::pair{&good, std::string()}, std::pair{&other_name, other_name.ca_file()},
        std::pair{&expired, expired.ca_file()}}) {
    const RawServer server = served->answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    const auto answer = http_call({.url = https(server), .timeout = 4s, .ca_file = trusted});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().fault == Fault::unavailable);
    CHECK(answer.error().message.find("cannot connect") != std::string::npos);
  }
}

TEST_CASE("a body without an announced length counts only when TLS said good-bye", "[net][tls]") {
  const TlsTest t;
  const RawServer polite = t.answers("HTTP/1.0 200 OK\r\n\r\nall of it");
  CHECK(http_call({.url = https(polite), .ca_file = t.ca_file()})->body == "all of it");
  const RawServer rude = t.answers("HTTP/1.0 200 OK\r\n\r\nhalf of", false);
  const auto cut = http_call({.url = https(rude), .ca_file = t.ca_file()});
  REQUIRE_FALSE(cut);
  CHECK(cut.error().fault == Fault::unavailable);
}

TEST_CASE("a server that never finishes the handshake is given up in time", "[net][tls]") {
  const RawServer server([](RawSocket& peer) {
    while (!peer.read_some().empty()) {
    }
  });
  const auto began = std::chrono::steady_clock::now();
  const auto answer = http_call({.url = https(server), .timeout = 300ms});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().message.find("timed out") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - began < 3s);
}

TEST_CASE("an unreadable file of authorities is the config's fault", "[net][tls]") {
  const auto answer = http_call({.url = "https://127.0.0.1:9/", .ca_file = "/nowhere/ca.pem"});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().fault == Fault::bad_config);
}
