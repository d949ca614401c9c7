#include "daemon/ingest/kind_table.h"

namespace fusiond::ingest {
namespace {

std::string key_of(std::string_view scheme, std::string_view code) {
  std::string key;
  key.reserve(scheme.size() + code.size() + 1);
  key.append(scheme).append("\n").append(code);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return key;
}

}  // namespace

KindTable::KindTable(const std::vector<KindRow>& rows) {
  for (const auto& row : rows) {
    kinds_.insert_or_assign(key_of(row.scheme, row.code), row.kind);
  }
}

std::optional<std::string> KindTable::find(std::string_view scheme, std::string_view code) const {
  auto found = kinds_.find(key_of(scheme, code));
  if (found == kinds_.end()) {
    found = kinds_.find(key_of(scheme, "*"));
  }
  return found == kinds_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace fusiond::ingest
