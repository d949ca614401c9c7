#include "daemon/base/sha256.h"

#include <openssl/evp.h>

#include "daemon/base/check.h"

namespace fusiond {

struct Sha256Stream::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  FUSIOND_CHECK(
      state_->context != nullptr && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1,
      "SHA-256 must be available");
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::add(std::string_view bytes) {
  FUSIOND_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1,
                "a digest that was begun takes bytes");
}

Sha256Digest Sha256Stream::finish() {
  Sha256Digest digest{};
  unsigned int size = 0;
  const bool done = EVP_DigestFinal_ex(state_->context, digest.data(), &size) == 1;
  FUSIOND_CHECK(done && size == digest.size(), "a digest is finished once");
  return digest;
}

Sha256Digest sha256(std::string_view bytes) {
  Sha256Stream stream;
  stream.add(bytes);
  return stream.finish();
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kHex[byte >> 4]);
    text.push_back(kHex[byte & 0x0f]);
  }
  return text;
}

std::string hex_of(const Sha256Digest& digest) {
  return hex_of(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

std::uint64_t first_eight_of(const Sha256Digest& digest) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    value = (value << 8) | digest[i];
  }
  return value;
}

}  // namespace fusiond
