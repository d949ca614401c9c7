#include "daemon/base/ids.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>

#include <openssl/evp.h>

#include "daemon/base/check.h"

namespace fusiond {
namespace {

// Made once at random for this project; part of every id, never to be changed.
constexpr Uuid kEventSpace{0x6f1b8a520d7e4c63, 0x9a2f41d87735e910};
constexpr Uuid kIncidentSpace{0xb3942e075ca14f18, 0x8d601e9bc24a73f5};
constexpr Uuid kWordSpace{0x2d60f79b88144ea5, 0xb73c05d16a92cf4e};

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

// The numbers of an id as bytes, the top one first, and back.
std::uint64_t turned(std::uint64_t number) {
  return std::endian::native == std::endian::little ? std::byteswap(number) : number;
}

// RFC 9562 section 5.5: SHA-1 over namespace and name, version and variant bits set.
Uuid uuid_v5(const Uuid& space, std::initializer_list<std::string_view> name) {
  EVP_MD_CTX* const context = begin_digest();
  const std::array<std::uint64_t, 2> first{turned(space.high), turned(space.low)};
  bool done = EVP_DigestUpdate(context, first.data(), sizeof(first)) == 1;
  for (const std::string_view part : name) {
    done = done && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  done = done && EVP_DigestFinal_ex(context, digest.data(), &size) == 1;
  std::array<std::uint64_t, 2> halves{};
  FUSIOND_CHECK(done && size >= sizeof(halves), "a digest of memory cannot fail");
  std::memcpy(halves.data(), digest.data(), sizeof(halves));
  const std::uint64_t high = turned(halves[0]);
  const std::uint64_t low = turned(halves[1]);
  return {(high & ~std::uint64_t{0xf000}) | 0x5000,
          (low & ~(std::uint64_t{3} << 62U)) | std::uint64_t{1} << 63U};
}

}  // namespace

UuidText::UuidText(std::string_view text) {
  if (const auto number = uuid_from(text); number && *number != Uuid{}) {
    number_ = *number;
  } else if (!text.empty()) {
    other_ = std::make_unique<std::string>(text);
  }
}

UuidText::UuidText(const Uuid& number) : number_(number) {
  if (!is_number()) {
    other_ = std::make_unique<std::string>(text_of(number));
  }
}

std::string UuidText::str() const {
  if (is_number()) {
    return text_of(number_);
  }
  return other_ ? *other_ : std::string();
}

std::optional<Uuid> UuidText::number_of_other() const {
  return other_ ? uuid_from(*other_) : std::nullopt;
}

std::string_view UuidText::other_bytes() const {
  return other_ ? std::string_view(*other_) : std::string_view();
}

std::strong_ordering UuidText::by_text(const UuidText& a, const UuidText& b) {
  return a.str() <=> b.str();
}

EventId event_id_of(const SourceId& source, std::string_view source_event_id) {
  return EventId{uuid_v5(kEventSpace, {source.str(), "\n", source_event_id})};
}

WordId word_id_of(std::string_view said) {
  return WordId{uuid_v5(kWordSpace, {said})};
}

IncidentId incident_id_of(const EventId& first) {
  const auto number = first.number();
  if (!number) {
    return IncidentId{uuid_v5(kIncidentSpace, {first.str()})};
  }
  std::array<char, kUuidLetters> text;
  write_text(*number, text.data());
  return IncidentId{uuid_v5(kIncidentSpace, {{text.data(), text.size()}})};
}

IncidentId incident_id_of(std::string_view rule, std::string_view key, const EventId& first) {
  return IncidentId{uuid_v5(kIncidentSpace, {first.str(), "\n", rule, "\n", key})};
}

}  // namespace fusiond
