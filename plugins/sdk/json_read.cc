// Uses simdjson by its error codes alone, so nothing here can throw on what a sender wrote.
#include "plugins/sdk/json_read.h"

#include <charconv>
#include <cmath>

namespace fusiond::sdk {
namespace {

using simdjson::dom::element_type;

std::string_view reason_of(simdjson::error_code code) {
  switch (code) {
    case simdjson::UTF8_ERROR:
      return "invalid_utf8";
    case simdjson::NUMBER_ERROR:
      return "bad_number";
    case simdjson::DEPTH_ERROR:
      return "too_deep";
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC:
      return "too_long";
    default:
      return "bad_json";
  }
}

std::string text_of(double value) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, end.ptr};
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos
             ? std::string_view{}
             : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (auto& c : out) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

std::optional<double> number_of(std::string_view text) {
  text = trimmed(text);
  double value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<std::int64_t> integer_of(std::string_view text) {
  text = trimmed(text);
  std::int64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::expected<Json, PartFault> parse_part(simdjson::dom::parser& parser, const Part& part,
                                          std::size_t max_bytes) {
  if (part.bytes.size() > max_bytes) {
    return std::unexpected(PartFault{
        "too_long", "longer than max_part_bytes, bytes: " + std::to_string(part.bytes.size())});
  }
  Json value;
  const auto code = parser.parse(part.bytes.data(), part.bytes.size()).get(value);
  if (code == simdjson::SUCCESS) {
    return value;
  }
  const auto start = part.bytes.find_first_not_of(" \t\r");
  const bool cut = !part.complete && start != std::string_view::npos &&
                   json_value_end(part.bytes, start) == std::string_view::npos;
  return std::unexpected(PartFault{
      cut ? "truncated" : reason_of(code),
      (cut ? "the delivery ends within the part that starts at byte " : "not readable at byte ") +
          std::to_string(part.offset) + ": " + simdjson::error_message(code)});
}

std::optional<Json> find(Json base, std::string_view path) {
  Json found;
  if (path.starts_with('/')) {
    return base.at_pointer(path).get(found) == simdjson::SUCCESS ? std::optional(found)
                                                                 : std::nullopt;
  }
  return base.at_key(path).get(found) == simdjson::SUCCESS ? std::optional(found) : std::nullopt;
}

bool is_nothing(const std::optional<Json>& value) {
  return !value || value->is_null();
}

Read<std::string> read_text(const std::optional<Json>& value) {
  if (!value || value->is_null()) {
    return {};
  }
  switch (value->type()) {
    case element_type::STRING: {
      const auto text = trimmed(std::string_view(value->get_string().value_unsafe()));
      return text.empty() ? Read<std::string>{} : Read<std::string>{std::string(text), Found::ok};
    }
    case element_type::INT64:
      return {std::to_string(value->get_int64().value_unsafe()), Found::ok};
    case element_type::UINT64:
      return {std::to_string(value->get_uint64().value_unsafe()), Found::ok};
    case element_type::DOUBLE:
      return {text_of(value->get_double().value_unsafe()), Found::ok};
    case element_type::BOOL:
      return {value->get_bool().value_unsafe() ? "true" : "false", Found::ok};
    default:
      return {{}, Found::wrong};
  }
}

Read<double> read_number(const std::optional<Json>& value) {
  if (!value || value->is_null()) {
    return {};
  }
  double number = 0;
  if (value->get(number) == simdjson::SUCCESS) {
    return std::isfinite(number) ? Read<double>{number, Found::ok} : Read<double>{0, Found::wrong};
  }
  if (!value->is_string()) {
    return {0, Found::wrong};
  }
  const auto text = trimmed(value->get_string().value_unsafe());
  if (text.empty()) {
    return {};
  }
  const auto parsed = number_of(text);
  return parsed ? Read<double>{*parsed, Found::ok} : Read<double>{0, Found::wrong};
}

Read<std::int64_t> read_integer(const std::optional<Json>& value) {
  std::int64_t whole = 0;
  if (value && !value->is_null() && value->get(whole) == simdjson::SUCCESS) {
    return {whole, Found::ok};
  }
  const auto number = read_number(value);
  if (!number) {
    return {0, number.found};
  }
  constexpr double kExact = 9007199254740992.0;  // whole numbers up to here are exact in a double
  if (std::trunc(number.value) != number.value || std::abs(number.value) > kExact) {
    return {0, Found::wrong};
  }
  return {static_cast<std::int64_t>(number.value), Found::ok};
}

Read<bool> read_flag(const std::optional<Json>& value) {
  const auto text = read_text(value);
  if (!text) {
    return {false, text.found};
  }
  const auto word = lower_ascii(text.value);
  if (word == "true" || word == "1" || word == "y" || word == "yes" || word == "t") {
    return {true, Found::ok};
  }
  if (word == "false" || word == "0" || word == "n" || word == "no" || word == "f") {
    return {false, Found::ok};
  }
  return {false, Found::wrong};
}

std::string_view describe(const std::optional<Json>& value) {
  if (!value) {
    return "nothing";
  }
  switch (value->type()) {
    case element_type::ARRAY:
      return "a list";
    case element_type::OBJECT:
      return "an object";
    case element_type::STRING:
      return "a text";
    case element_type::BOOL:
      return "a flag";
    case element_type::NULL_VALUE:
      return "null";
    default:
      return "a number";
  }
}

}  // namespace fusiond::sdk
