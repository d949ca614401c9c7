// Reads a CSV export a record at a time: quoted fields may hold commas, quotes and line ends.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fusiond::sdk {

struct CsvRecord {
  std::vector<std::string> fields;
  std::string_view bytes;  // without the line end
  std::size_t offset = 0;
  bool complete = true;     // false when the text ends without a line end
  bool quote_open = false;  // the text ends within a quoted field
};

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}
  // The next record that is not blank, or nothing at the end.
  [[nodiscard]] std::optional<CsvRecord> next();

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace fusiond::sdk
