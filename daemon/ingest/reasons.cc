#include "daemon/ingest/reasons.h"

#include <algorithm>
#include <array>

namespace fusiond::ingest {
namespace {

constexpr std::size_t kLongest = 48;
constexpr std::array kIntakeFlags = {
    flag::kNoTime,         flag::kTimeClamped, flag::kTimeDropped,   flag::kTimeUnbelievable,
    flag::kClockCorrected, flag::kNoPlace,     flag::kZeroPlace,     flag::kUnknownDevice,
    flag::kUnknownKind,    flag::kBadRadius,   flag::kBadConfidence, flag::kBadPriority};

}  // namespace

bool is_label(std::string_view name) {
  return !name.empty() && name.size() <= kLongest && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_intake_flag(std::string_view name) {
  return std::ranges::find(kIntakeFlags, name) != kIntakeFlags.end();
}

std::string ReasonBook::label_of(std::string_view name) {
  if (known_.contains(name)) {
    return std::string(name);
  }
  if (!is_label(name) || known_.size() >= kMost) {
    return std::string(reason::kOther);
  }
  return *known_.emplace(name).first;
}

}  // namespace fusiond::ingest
