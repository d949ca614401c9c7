// (scheme, code) → our kind. Without regard to case; a row with code "*" stands for every code of
// its scheme that has none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/ingest/ingest_config.h"

namespace fusiond::ingest {

class KindTable {
 public:
  // Of two rows for the same code the later one stands.
  explicit KindTable(const std::vector<KindRow>& rows);
  // Nothing when neither the code nor its scheme has a row.
  [[nodiscard]] std::optional<std::string> find(std::string_view scheme,
                                                std::string_view code) const;

 private:
  std::unordered_map<std::string, std::string> kinds_;  // "<scheme>\n<code>", lower case
};

}  // namespace fusiond::ingest
