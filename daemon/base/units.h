// Quantities whose type names the unit: Meters{250.0} mixes with Meters only.
#pragma once

#include <compare>

namespace fusiond {

template <class Tag, class T = double>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(T value) : value_(value) {}
  [[nodiscard]] constexpr T count() const { return value_; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity{a.value_ + b.value_};
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity{a.value_ - b.value_};
  }

 private:
  T value_{};
};

using Meters = Quantity<struct MetersTag>;
using MilliNats = Quantity<struct MilliNatsTag, long long>;  // evidence; 1000 = one nat

}  // namespace fusiond
