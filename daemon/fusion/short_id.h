// An event id as two numbers. Ids are UUIDs in canonical text, so numbers are equal and ordered as
// their texts are; they cost a register where a text costs an allocation.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "daemon/base/ids.h"

namespace fusiond::fusion {

struct ShortId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const ShortId&, const ShortId&) = default;
};

// Requires: a UUID of 36 characters in lower case, as wire/event_wire.cc lets in.
[[nodiscard]] ShortId short_id(const EventId& id);
[[nodiscard]] EventId long_id(ShortId id);

struct ShortIdHash {
  std::size_t operator()(const ShortId& id) const noexcept {
    return (id.high ^ (id.low >> 7)) * 0x9e3779b97f4a7c15ULL ^ id.low;
  }
};

}  // namespace fusiond::fusion
