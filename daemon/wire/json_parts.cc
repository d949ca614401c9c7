#include "daemon/wire/json_parts.h"

#include <simdjson.h>
#include <utility>

namespace fusiond::wire {
namespace {

namespace json = simdjson::ondemand;

std::unexpected<Error> no_part(std::string_view key, simdjson::error_code code) {
  return fail(Fault::bad_input,
              "no " + std::string(key) + " in the JSON: " + simdjson::error_message(code));
}

simdjson::error_code text_of(simdjson::simdjson_result<json::value> value, std::string_view& text) {
  json::value found;
  if (const auto code = std::move(value).get(found); code != simdjson::SUCCESS) {
    return code;
  }
  return simdjson::to_json_string(found).get(text);
}

}  // namespace

Result<std::vector<std::string>> json_items(std::string_view text, std::string_view key) {
  const simdjson::padded_string padded(text);
  json::parser parser;
  json::document document;
  if (const auto code = parser.iterate(padded).get(document); code != simdjson::SUCCESS) {
    return no_part(key, code);
  }
  json::array array;
  if (const auto code = document[key].get_array().get(array); code != simdjson::SUCCESS) {
    return no_part(key, code);
  }
  std::vector<std::string> items;
  for (auto item : array) {
    std::string_view part;
    if (const auto code = text_of(item, part); code != simdjson::SUCCESS) {
      return no_part(key, code);
    }
    items.emplace_back(part);
  }
  return items;
}

}  // namespace fusiond::wire
