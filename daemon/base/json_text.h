// JSON text written piece by piece, for answers that are small and flat. Reading JSON is done
// elsewhere.
#pragma once

#include <string>
#include <string_view>

namespace fusiond {

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so that
// the result is always valid JSON.
void append_json_string(std::string& out, std::string_view text);

[[nodiscard]] inline std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace fusiond
