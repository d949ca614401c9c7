#include "daemon/fusion/short_id.h"

#include <array>
#include <string_view>

#include "daemon/base/check.h"

namespace fusiond::fusion {
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

constexpr std::array<std::array<char, 2>, 256> make_pairs() {
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i] = {kDigits[i >> 4], kDigits[i & 0xf]};
  }
  return pairs;
}
constexpr std::array<std::array<char, 2>, 256> kPairs = make_pairs();

constexpr bool is_dash(std::size_t at) {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

}  // namespace

ShortId short_id(const EventId& id) {
  const std::string& text = id.str();
  FUSIOND_CHECK(text.size() == kLength, "an event id is a UUID");
  std::uint8_t all = 0;
  const auto digits = [&](std::uint64_t number, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      const std::uint8_t value = kValues[static_cast<unsigned char>(text[i])];
      all |= value;
      number = number << 4 | value;
    }
    return number;
  };
  ShortId number;
  number.high = digits(digits(digits(0, 0, 8), 9, 13), 14, 18);
  number.low = digits(digits(0, 19, 23), 24, kLength);
  FUSIOND_CHECK(all < kNoDigit, "an event id is a UUID in lower case");
  return number;
}

EventId long_id(ShortId id) {
  std::string text(kLength, '-');
  std::size_t at = 0;
  for (const std::uint64_t half : {id.high, id.low}) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      const auto& digits = kPairs[half >> shift & 0xff];
      at += is_dash(at) ? 1 : 0;
      text[at] = digits[0];
      text[at + 1] = digits[1];
      at += 2;
    }
  }
  return EventId{std::move(text)};
}

}  // namespace fusiond::fusion
