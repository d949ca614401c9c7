// Cuts a delivery into its parts without reading them, so that one bad part costs nothing but
// itself. A poll may break off anywhere: every part that stands before the break is found.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fusiond::sdk {

struct Part {
  std::string_view bytes;
  std::size_t offset = 0;  // in the delivery
  std::size_t number = 0;  // from 0
  bool complete = true;    // false when the delivery ends within it
};

// Why the rest of a delivery could not be cut.
struct Break {
  std::string reason;  // "truncated", "bad_json", "not_json"
  std::string detail;
  std::size_t offset = 0;
  std::string_view bytes;
};

struct Parts {
  std::vector<Part> parts;
  std::optional<Break> broken;
  std::string_view unit = "row";  // what a part is called in a position: "row" or "line"
};

// Takes a JSON array (its elements), an object with one of `row_members` as an array (that array's
// elements), any other object (itself), or JSON lines (each line). Never fails: what cannot be cut
// is the break.
[[nodiscard]] Parts split_json(std::string_view body,
                               std::span<const std::string_view> row_members);

// Cuts into lines; empty ones are left out, "\r" at the end is cut off.
[[nodiscard]] Parts split_lines(std::string_view body);

// Where a part stands: "row 3, byte 512".
[[nodiscard]] std::string position_of(std::string_view unit, std::size_t number,
                                      std::size_t offset);

// The end of the JSON value that starts at `begin`, or npos when the text ends within it. Checks
// brackets and quotes only.
[[nodiscard]] std::size_t json_value_end(std::string_view text, std::size_t begin);

// `text` after a byte order mark.
[[nodiscard]] std::string_view without_bom(std::string_view text);

}  // namespace fusiond::sdk
