#include "daemon/base/certificate.h"

#include <array>
#include <ctime>
#include <memory>
#include <optional>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "daemon/base/free_with.h"

namespace fusiond {
namespace {

using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using X509Handle = std::unique_ptr<X509, FreeWith<X509_free>>;

std::optional<WallTime> time_of(const ASN1_TIME* time) {
  std::tm broken_down{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &broken_down) != 1) {
    return std::nullopt;
  }
  const std::chrono::year_month_day day{
      std::chrono::year{broken_down.tm_year + 1900},
      std::chrono::month{static_cast<unsigned>(broken_down.tm_mon) + 1},
      std::chrono::day{static_cast<unsigned>(broken_down.tm_mday)}};
  return std::chrono::sys_days{day} + std::chrono::hours{broken_down.tm_hour} +
         std::chrono::minutes{broken_down.tm_min} + std::chrono::seconds{broken_down.tm_sec};
}

std::string text_of(const X509_NAME* name) {
  const Bio out(BIO_new(BIO_s_mem()));
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    return {};
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Result<Certificate> read_certificate(std::string_view pem) {
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // No callback asks for a password: a certificate has none.
  const X509Handle found(in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr);
  ERR_clear_error();
  if (!found) {
    return fail(Fault::bad_config, "no PEM certificate is in it");
  }
  const auto begin = time_of(X509_get0_notBefore(found.get()));
  const auto end = time_of(X509_get0_notAfter(found.get()));
  if (!begin || !end) {
    return fail(Fault::bad_config, "the certificate does not say until when it is good");
  }
  return Certificate{text_of(X509_get_subject_name(found.get())), *begin, *end};
}

}  // namespace fusiond
