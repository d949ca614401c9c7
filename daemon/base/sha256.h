// SHA-256 of bytes, at once or piece by piece. OpenSSL stays inside sha256.cc.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace fusiond {

using Sha256Digest = std::array<std::uint8_t, 32>;

Sha256Digest sha256(std::string_view bytes);

// Lower-case hexadecimal, two digits per byte.
std::string hex_of(std::string_view bytes);
std::string hex_of(const Sha256Digest& digest);

// The first eight bytes as a number, big end first.
std::uint64_t first_eight_of(const Sha256Digest& digest);

// For bytes that are too many to be held together.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  void add(std::string_view bytes);
  // Requires: called once, last.
  Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fusiond
