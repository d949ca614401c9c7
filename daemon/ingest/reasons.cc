#include "daemon/ingest/reasons.h"

#include <algorithm>

namespace fusiond::ingest {
namespace {

constexpr std::size_t kLongest = 40;

bool is_snake_case(std::string_view name) {
  return !name.empty() && name.size() <= kLongest &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

}  // namespace

std::string ReasonBook::label_of(std::string_view name) {
  if (known_.contains(name)) {
    return std::string(name);
  }
  if (!is_snake_case(name) || known_.size() >= kMost) {
    return std::string(reason::kOther);
  }
  return *known_.emplace(name).first;
}

}  // namespace fusiond::ingest
