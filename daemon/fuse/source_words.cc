#include "daemon/fuse/source_words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fusiond::fuse {
namespace {

template <class Value, std::size_t N>
Value found(const std::array<std::pair<std::string_view, Value>, N>& words, std::string_view word) {
  const auto at =
      std::find_if(words.begin(), words.end(), [&](const auto& one) { return one.first == word; });
  return at == words.end() ? Value::unspecified : at->second;
}

constexpr std::array<std::pair<std::string_view, SourceKind>, 11> kSources = {{
    {"cad", SourceKind::cad},
    {"acoustic", SourceKind::acoustic},
    {"camera", SourceKind::camera},
    {"lpr", SourceKind::plate},
    {"plate", SourceKind::plate},
    {"social", SourceKind::social},
    {"alarm", SourceKind::alarm},
    {"public_alert", SourceKind::public_alert},
    {"traffic", SourceKind::traffic},
    {"track", SourceKind::track},
    {"operator", SourceKind::operator_},
}};

constexpr std::array<std::pair<std::string_view, LocationMethod>, 11> kMethods = {{
    {"phone", LocationMethod::gps},
    {"gps_post", LocationMethod::gps},
    {"cell_sector", LocationMethod::cell},
    {"avl", LocationMethod::device_registry},  // a unit on scene calls: no stand-off of a caller
    {"device", LocationMethod::device_registry},
    {"acoustic", LocationMethod::acoustic},
    {"address", LocationMethod::geocoded},
    {"street", LocationMethod::geocoded},
    {"crossing", LocationMethod::geocoded},
    {"place_name", LocationMethod::text},
    {"manual", LocationMethod::manual},
}};

}  // namespace

SourceKind source_kind_of_word(std::string_view word) {
  return found(kSources, word);
}

LocationMethod method_of_word(std::string_view word) {
  return found(kMethods, word);
}

}  // namespace fusiond::fuse
