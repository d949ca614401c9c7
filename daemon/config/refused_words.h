// What no rule may be about: two written lists. Patterns as of folded_text.h.
#pragma once

#include <span>
#include <string_view>

namespace fusiond::config {

// TRUST A-05: one row per thing that is refused in any key and any value, with its code.
struct RefusedThing {
  std::string_view code;
  std::string_view what;
  std::span<const std::string_view> patterns;
};
[[nodiscard]] std::span<const RefusedThing> refused_things();

// TRUST A-03: characteristics and activities that are protected: what nobody may look for.
[[nodiscard]] std::span<const std::string_view> protected_words();

}  // namespace fusiond::config
