// A UUID as two numbers: ids cost 16 bytes and no allocation where they are many. The order of the
// numbers is the order of the texts.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fusiond {

struct Uuid {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

inline constexpr std::size_t kUuidLetters = 36;

struct UuidHash {
  std::size_t operator()(const Uuid& uuid) const noexcept {
    return (uuid.high ^ (uuid.low >> 7U)) * 0x9e3779b97f4a7c15ULL ^ uuid.low;
  }
};

// Nothing unless `text` is 36 characters in canonical form, lower case.
[[nodiscard]] std::optional<Uuid> uuid_from(std::string_view text);
[[nodiscard]] std::string text_of(const Uuid& uuid);
// Writes that text, kUuidLetters characters, to `to`.
void write_text(const Uuid& uuid, char* to);

}  // namespace fusiond
