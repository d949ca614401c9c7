#include "daemon/base/uuid.h"

#include <array>

namespace fusiond {
namespace {

constexpr std::size_t kLength = 36;
constexpr std::uint8_t kNoDigit = 0x80;
constexpr std::string_view kDigits = "0123456789abcdef";

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> kValues = make_values();

constexpr bool is_dash(std::size_t at) {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

}  // namespace

std::optional<Uuid> uuid_from(std::string_view text) {
  if (text.size() != kLength || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
      text[23] != '-') {
    return std::nullopt;
  }
  std::uint8_t seen = 0;  // has kNoDigit once any letter was none
  const auto digits = [&](std::uint64_t number, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      const std::uint8_t value = kValues[static_cast<unsigned char>(text[i])];
      seen |= value;
      number = number << 4U | value;
    }
    return number;
  };
  Uuid uuid;
  uuid.high = digits(digits(digits(0, 0, 8), 9, 13), 14, 18);
  uuid.low = digits(digits(0, 19, 23), 24, kLength);
  return seen < kNoDigit ? std::optional(uuid) : std::nullopt;
}

std::string text_of(const Uuid& uuid) {
  std::string text(kLength, '-');
  unsigned digit = 0;
  for (std::size_t i = 0; i < kLength; ++i) {
    if (is_dash(i)) {
      continue;
    }
    const std::uint64_t half = digit < 16 ? uuid.high : uuid.low;
    text[i] = kDigits[half >> (60U - 4U * (digit % 16U)) & 0xFU];
    ++digit;
  }
  return text;
}

}  // namespace fusiond
