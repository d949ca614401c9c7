#include "daemon/base/sha1.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace fusiond {
namespace {

using State = std::array<std::uint32_t, 5>;

std::uint32_t word_at(const unsigned char* bytes) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return std::endian::native == std::endian::little ? std::byteswap(word) : word;
}

// FIPS 180-4, section 6.1.2.
void take_plainly(State& state, const unsigned char* block) {
  std::array<std::uint32_t, 80> words;
  for (std::size_t i = 0; i < 16; ++i) {
    words[i] = word_at(block + 4 * i);
  }
  for (std::size_t i = 16; i < words.size(); ++i) {
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  }
  auto [a, b, c, d, e] = state;
  const auto rounds = [&](std::size_t first, std::uint32_t constant, auto mix) {
    for (std::size_t i = first; i < first + 20; ++i) {
      const std::uint32_t next = std::rotl(a, 5) + mix() + e + constant + words[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
  };
  rounds(0, 0x5a827999, [&] { return (b & c) | (~b & d); });
  rounds(20, 0x6ed9eba1, [&] { return b ^ c ^ d; });
  rounds(40, 0x8f1bbcdc, [&] { return (b & c) | (b & d) | (c & d); });
  rounds(60, 0xca62c1d6, [&] { return b ^ c ^ d; });
  const State mixed{a, b, c, d, e};
  for (std::size_t i = 0; i < state.size(); ++i) {
    state[i] += mixed[i];
  }
}

#if defined(__x86_64__)
struct Words {
  __m128i of[4];  // the next sixteen, four each
};

// Four rounds; `kind`: which of the four mixtures and constants.
template <int kind>
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void four_rounds(std::size_t i,
                                                                          Words& words,
                                                                          __m128i& abcd,
                                                                          __m128i& e) {
  __m128i& word = words.of[i % 4];
  const __m128i before = abcd;
  // The first e is added; later ones are the a of four rounds ago, turned.
  const __m128i sum = i == 0 ? _mm_add_epi32(e, word) : _mm_sha1nexte_epu32(e, word);
  abcd = _mm_sha1rnds4_epu32(abcd, sum, kind);
  e = before;
  // The words of 16 rounds later, where these stood.
  word = _mm_sha1msg2_epu32(
      _mm_xor_si128(_mm_sha1msg1_epu32(word, words.of[(i + 1) % 4]), words.of[(i + 2) % 4]),
      words.of[(i + 3) % 4]);
}

[[gnu::target("sha,sse4.1")]] void take_natively(State& state, const unsigned char* block) {
  const __m128i turned = _mm_set_epi64x(0x0001020304050607LL, 0x08090a0b0c0d0e0fLL);
  Words words;
  for (std::size_t i = 0; i < 4; ++i) {
    words.of[i] =
        _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i), turned);
  }
  const auto word = [&](std::size_t at) { return static_cast<int>(state[at]); };
  const __m128i first_abcd = _mm_set_epi32(word(0), word(1), word(2), word(3));
  const __m128i first_e = _mm_set_epi32(word(4), 0, 0, 0);
  __m128i abcd = first_abcd;
  __m128i e = first_e;
  for (std::size_t i = 0; i < 5; ++i) {
    four_rounds<0>(i, words, abcd, e);
  }
  for (std::size_t i = 5; i < 10; ++i) {
    four_rounds<1>(i, words, abcd, e);
  }
  for (std::size_t i = 10; i < 15; ++i) {
    four_rounds<2>(i, words, abcd, e);
  }
  for (std::size_t i = 15; i < 20; ++i) {
    four_rounds<3>(i, words, abcd, e);
  }
  e = _mm_sha1nexte_epu32(e, first_e);
  abcd = _mm_add_epi32(abcd, first_abcd);
  state = {static_cast<std::uint32_t>(_mm_extract_epi32(abcd, 3)),
           static_cast<std::uint32_t>(_mm_extract_epi32(abcd, 2)),
           static_cast<std::uint32_t>(_mm_extract_epi32(abcd, 1)),
           static_cast<std::uint32_t>(_mm_extract_epi32(abcd, 0)),
           static_cast<std::uint32_t>(_mm_extract_epi32(e, 3))};
}
#endif

#if defined(__x86_64__)
// CPUID leaf 7, EBX bit 29: the SHA extensions; g++ 12 does not know them by name.
bool has_sha() {
  unsigned int eax = 0;
  unsigned int ebx = 0;
  unsigned int ecx = 0;
  unsigned int edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx >> 29U & 1U) != 0;
}
#endif

using Take = void (*)(State&, const unsigned char*);

Take best_way() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("sse4.1") && has_sha()) {
    return take_natively;
  }
#endif
  return take_plainly;
}

}  // namespace

void Sha1::take_block() {
  static const Take best = best_way();
  (way_ == Way::best ? best : take_plainly)(state_, block_.data());
  filled_ = 0;
}

void Sha1::add(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    const std::size_t part = std::min(bytes.size(), kBlock - filled_);
    std::memcpy(block_.data() + filled_, bytes.data(), part);
    filled_ += part;
    bytes.remove_prefix(part);
    if (filled_ == kBlock) {
      take_block();
    }
  }
}

void Sha1::add(std::uint64_t number) {
  if constexpr (std::endian::native == std::endian::little) {
    number = std::byteswap(number);
  }
  add(std::string_view(reinterpret_cast<const char*>(&number), sizeof(number)));
}

std::pair<std::uint64_t, std::uint64_t> Sha1::first_sixteen() {
  constexpr std::size_t kSize = sizeof(std::uint64_t);
  const std::uint64_t bits = 8 * size_;
  block_[filled_++] = 0x80;
  if (filled_ > kBlock - kSize) {
    std::fill(block_.begin() + static_cast<std::ptrdiff_t>(filled_), block_.end(), 0);
    take_block();
  }
  std::fill(block_.begin() + static_cast<std::ptrdiff_t>(filled_), block_.end(), 0);
  filled_ = kBlock - kSize;
  add(bits);
  const auto both = [&](std::size_t at) {
    return std::uint64_t{state_[at]} << 32U | state_[at + 1];
  };
  return {both(0), both(2)};
}

}  // namespace fusiond
