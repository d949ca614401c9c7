#include "daemon/base/uuid.h"

#include <bit>
#include <cstring>

namespace fusiond {
namespace {

// Letters as the bytes of a number, the first one on top.
template <class Number>
std::uint64_t letters(std::string_view text, std::size_t at) {
  Number number{};
  std::memcpy(&number, text.data() + at, sizeof(number));
  return std::endian::native == std::endian::little ? std::byteswap(number) : number;
}

// The digits of a number as letters, the first one in the lowest byte: as they lie in memory.
std::uint64_t eight_digits(std::uint32_t number) {
  static_assert(std::endian::native == std::endian::little, "letters are laid out as a number");
  constexpr std::uint64_t kEach = 0x0101010101010101ULL;
  std::uint64_t values = number;
  values = (values << 16U | values) & 0x0000FFFF0000FFFFULL;
  values = (values << 8U | values) & 0x00FF00FF00FF00FFULL;
  values = (values << 4U | values) & 0x0F0F0F0F0F0F0F0FULL;
  const std::uint64_t above_nine = (values + 6 * kEach) >> 4U & kEach;
  return std::byteswap(values + '0' * kEach + above_nine * ('a' - '0' - 10));
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
  if (text.size() != kUuidLetters || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
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

void write_text(const Uuid& uuid, char* to) {
  const auto four = [](std::uint64_t eight, std::size_t half) {
    return static_cast<std::uint32_t>(half == 0 ? eight : eight >> 32U);
  };
  const auto put = [&](std::size_t at, const auto& letters) {
    std::memcpy(to + at, &letters, sizeof(letters));
  };
  const std::uint64_t second = eight_digits(static_cast<std::uint32_t>(uuid.high));
  const std::uint64_t third = eight_digits(static_cast<std::uint32_t>(uuid.low >> 32U));
  put(0, eight_digits(static_cast<std::uint32_t>(uuid.high >> 32U)));
  put(9, four(second, 0));
  put(14, four(second, 1));
  put(19, four(third, 0));
  put(24, four(third, 1));
  put(28, eight_digits(static_cast<std::uint32_t>(uuid.low)));
  to[8] = to[13] = to[18] = to[23] = '-';
}

std::string text_of(const Uuid& uuid) {
  std::string text(kUuidLetters, '-');
  write_text(uuid, text.data());
  return text;
}

}  // namespace fusiond
