#include "daemon/base/ids.h"

#include <array>
#include <memory>

#include <openssl/evp.h>

#include "daemon/base/check.h"

namespace fusiond {
namespace {

using Uuid = std::array<unsigned char, 16>;

// Made once at random for this project; part of every id, never to be changed.
constexpr Uuid kEventSpace = {0x6f, 0x1b, 0x8a, 0x52, 0x0d, 0x7e, 0x4c, 0x63,
                              0x9a, 0x2f, 0x41, 0xd8, 0x77, 0x35, 0xe9, 0x10};
constexpr Uuid kIncidentSpace = {0xb3, 0x94, 0x2e, 0x07, 0x5c, 0xa1, 0x4f, 0x18,
                                 0x8d, 0x60, 0x1e, 0x9b, 0xc2, 0x4a, 0x73, 0xf5};
constexpr Uuid kWordSpace = {0x2d, 0x60, 0xf7, 0x9b, 0x88, 0x14, 0x4e, 0xa5,
                             0xb7, 0x3c, 0x05, 0xd1, 0x6a, 0x92, 0xcf, 0x4e};

// To look SHA-1 up and to make a context cost several times what a digest costs, so each thread
// does it once.
EVP_MD_CTX* begin_digest() {
  static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  FUSIOND_CHECK(sha1 != nullptr, "SHA-1 must be available");
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
      EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  FUSIOND_CHECK(context != nullptr && EVP_DigestInit_ex2(context.get(), sha1, nullptr) == 1,
                "a digest context must be had");
  return context.get();
}

// RFC 9562 section 5.5: SHA-1 over namespace and name, version and variant bits set.
std::string uuid_v5(const Uuid& space, std::string_view name) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_MD_CTX* context = begin_digest();
  const bool done = EVP_DigestUpdate(context, space.data(), space.size()) == 1 &&
                    EVP_DigestUpdate(context, name.data(), name.size()) == 1 &&
                    EVP_DigestFinal_ex(context, digest.data(), &size) == 1;
  FUSIOND_CHECK(done && size >= 16, "a digest of memory cannot fail");
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0f) | 0x50);
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3f) | 0x80);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      text.push_back('-');
    }
    text.push_back(kHex[digest[i] >> 4]);
    text.push_back(kHex[digest[i] & 0x0f]);
  }
  return text;
}

}  // namespace

EventId event_id_of(const SourceId& source, std::string_view source_event_id) {
  std::string name = source.str();
  name.push_back('\n');
  name.append(source_event_id);
  return EventId{uuid_v5(kEventSpace, name)};
}

WordId word_id_of(std::string_view said) {
  return WordId{uuid_v5(kWordSpace, said)};
}

IncidentId incident_id_of(const EventId& first) {
  return IncidentId{uuid_v5(kIncidentSpace, first.str())};
}

}  // namespace fusiond
