#include "daemon/base/uuid.h"

#include <array>
#include <bit>
#include <cstring>

namespace fusiond {
namespace {

constexpr std::size_t kLength = 36;
constexpr std::string_view kDigits = "0123456789abcdef";

constexpr std::array<std::array<char, 2>, 256> make_pairs() {
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i] = {kDigits[i >> 4U], kDigits[i & 0xFU]};
  }
  return pairs;
}
constexpr std::array<std::array<char, 2>, 256> kPairs = make_pairs();

constexpr bool is_dash(std::size_t at) {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

// Letters as the bytes of a number, the first one on top.
template <class Number>
std::uint64_t letters(std::string_view text, std::size_t at) {
  Number number{};
  std::memcpy(&number, text.data() + at, sizeof(number));
  return std::endian::native == std::endian::little ? std::byteswap(number) : number;
}

// Eight digits at a time, a byte each: their values are worked out, then written as digits again;
// what was no digit is not what it was, or too large.
class Digits {
 public:
  std::uint32_t value(std::uint64_t eight) {
    constexpr std::uint64_t kEach = 0x0101010101010101ULL;
    std::uint64_t values = (eight & 0x0F * kEach) + (eight >> 6U & kEach) * 9;
    const std::uint64_t above_nine = (values + 6 * kEach) >> 4U & kEach;
    wrong_ |= (values + '0' * kEach + above_nine * ('a' - '0' - 10)) ^ eight;
    wrong_ |= values & 0xF0 * kEach;  // the letters behind f
    values = (values | values >> 4U) & 0x00FF00FF00FF00FFULL;
    values = (values | values >> 8U) & 0x0000FFFF0000FFFFULL;
    return static_cast<std::uint32_t>(values | values >> 16U);
  }
  [[nodiscard]] bool all_right() const { return wrong_ == 0; }

 private:
  std::uint64_t wrong_ = 0;
};

}  // namespace

std::optional<Uuid> uuid_from(std::string_view text) {
  if (text.size() != kLength || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
      text[23] != '-') {
    return std::nullopt;
  }
  const auto four = [&](std::size_t at) { return letters<std::uint32_t>(text, at); };
  Digits digits;
  const std::uint64_t first = digits.value(letters<std::uint64_t>(text, 0));
  const std::uint64_t second = digits.value(four(9) << 32U | four(14));
  const std::uint64_t third = digits.value(four(19) << 32U | four(24));
  const std::uint64_t fourth = digits.value(letters<std::uint64_t>(text, 28));
  if (!digits.all_right()) {
    return std::nullopt;
  }
  return Uuid{first << 32U | second, third << 32U | fourth};
}

std::string text_of(const Uuid& uuid) {
  std::string text(kLength, '-');
  std::size_t at = 0;
  for (const std::uint64_t half : {uuid.high, uuid.low}) {
    for (unsigned shift = 64; shift > 0; at += 2) {
      shift -= 8;
      at += is_dash(at) ? 1 : 0;
      std::memcpy(text.data() + at, kPairs[half >> shift & 0xFFU].data(), 2);
    }
  }
  return text;
}

}  // namespace fusiond
