#include "daemon/base/digest.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace fusiond {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as they stand");

// Odd numbers with bits everywhere: the fractions of the golden ratio and of the roots of 2 and 3.
constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;
constexpr std::uint64_t kRootOf2 = 0x6a09e667f3bcc909;
constexpr std::uint64_t kRootOf3 = 0xbb67ae8584caa73b;
__extension__ using Wide = unsigned __int128;
constexpr std::size_t kWord = sizeof(std::uint64_t);

std::uint64_t word_at(const char* bytes, std::size_t size = kWord) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, size);
  return word;
}

// Both halves of the product of two words, folded into one.
std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

}  // namespace

std::uint64_t digest_of(std::string_view bytes) {
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  // Two lanes, so that one multiplication need not wait for the other.
  std::uint64_t even = kGolden ^ bytes.size();
  std::uint64_t odd = kRootOf2;
  for (; left >= 4 * kWord; left -= 4 * kWord, at += 4 * kWord) {
    even = mixed(word_at(at) ^ even, word_at(at + kWord) ^ kRootOf3);
    odd = mixed(word_at(at + 2 * kWord) ^ odd, word_at(at + 3 * kWord) ^ kGolden);
  }
  for (; left >= kWord; left -= kWord, at += kWord) {
    even = mixed(word_at(at) ^ even, kRootOf3);
  }
  if (left > 0) {
    odd = mixed(word_at(at, left) ^ odd, kRootOf2 ^ left);
  }
  return mixed(even ^ kRootOf2, odd ^ kRootOf3);
}

}  // namespace fusiond
