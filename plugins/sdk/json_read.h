// Reads values out of foreign JSON: absent, null and wrong are three things, numbers may come as
// text.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <simdjson.h>
#include <string>
#include <string_view>

#include "plugins/sdk/json_parts.h"

namespace fusiond::sdk {

using Json = simdjson::dom::element;

enum class Found : std::uint8_t { absent, wrong, ok };  // null and "" are absent

template <class T>
struct Read {
  T value{};
  Found found = Found::absent;
  explicit operator bool() const { return found == Found::ok; }
};

// Why a part could not be read, in the words of a reject.
struct PartFault {
  std::string_view
      reason;  // "truncated", "invalid_utf8", "bad_number", "too_deep", "too_long", "bad_json"
  std::string detail;
};

// The part's value; it lives until the parser reads the next one. Never throws.
[[nodiscard]] std::expected<Json, PartFault> parse_part(simdjson::dom::parser& parser,
                                                        const Part& part, std::size_t max_bytes);

// The value at `path` within `base`: a member's name, or a JSON pointer when it starts with "/".
[[nodiscard]] std::optional<Json> find(Json base, std::string_view path);
[[nodiscard]] bool is_nothing(const std::optional<Json>& value);

[[nodiscard]] Read<std::string> read_text(
    const std::optional<Json>& value);  // trimmed; numbers and flags as text
[[nodiscard]] Read<double> read_number(
    const std::optional<Json>& value);  // finite; text that is a number counts
[[nodiscard]] Read<std::int64_t> read_integer(
    const std::optional<Json>& value);  // whole; text that is one counts
[[nodiscard]] Read<bool> read_flag(
    const std::optional<Json>& value);  // true, 1, "Y", "yes", "true" and their opposites

// What kind of value it is, for messages: "a list", "a text".
[[nodiscard]] std::string_view describe(const std::optional<Json>& value);

// The number that the whole of `text` is, if it is finite.
[[nodiscard]] std::optional<double> number_of(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> integer_of(std::string_view text);
[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] std::string lower_ascii(std::string_view text);

}  // namespace fusiond::sdk
