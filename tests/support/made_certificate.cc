#include "tests/support/made_certificate.h"

#include <memory>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "daemon/base/check.h"
#include "daemon/base/free_with.h"

namespace fusiond::test {
namespace {

using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, FreeWith<X509_free>>;

std::string text_of(const Bio& bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

void set_time(ASN1_TIME* to, WallTime time) {
  const auto seconds = micros_of(time) / 1'000'000;
  FUSIOND_CHECK(ASN1_TIME_set(to, seconds) != nullptr, "a time fits into a certificate");
}

}  // namespace

MadeCertificate make_certificate(const std::string& name, WallTime from, WallTime until) {
  const Key key(EVP_EC_gen("P-256"));
  const Cert cert(X509_new());
  FUSIOND_CHECK(key && cert, "OpenSSL makes a key and an empty certificate");
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
  set_time(X509_getm_notBefore(cert.get()), from);
  set_time(X509_getm_notAfter(cert.get()), until);
  X509_NAME* subject = X509_get_subject_name(cert.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(cert.get(), subject);
  X509_set_pubkey(cert.get(), key.get());
  FUSIOND_CHECK(X509_sign(cert.get(), key.get(), EVP_sha256()) != 0, "a certificate is signed");
  const Bio certificate_text(BIO_new(BIO_s_mem()));
  const Bio key_text(BIO_new(BIO_s_mem()));
  FUSIOND_CHECK(PEM_write_bio_X509(certificate_text.get(), cert.get()) == 1 &&
                    PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0,
                                             nullptr, nullptr) == 1,
                "both are written as PEM");
  return {text_of(certificate_text), text_of(key_text)};
}

}  // namespace fusiond::test
