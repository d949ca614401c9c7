// One alert as name and value pairs, whether it came as a JSON object or as a line of an export.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/sdk/json_read.h"

namespace fusiond::acoustic {

class Record {
 public:
  // The members of an object; a GeoJSON feature's properties count as its own.
  explicit Record(sdk::Json object);
  Record(const std::vector<std::string>& plain_names, const std::vector<std::string>& values);

  // The first of `names` that holds something.
  [[nodiscard]] sdk::Read<std::string> text(const std::vector<std::string>& names) const;
  [[nodiscard]] std::optional<sdk::Json> json(const std::vector<std::string>& names) const;
  [[nodiscard]] bool is_empty() const;

 private:
  std::optional<sdk::Json> object_;
  std::vector<std::pair<std::string, sdk::Json>> members_;
  std::vector<std::pair<std::string, std::string>> columns_;
};

}  // namespace fusiond::acoustic
