// Who tells of something.
#pragma once

#include <cstddef>
#include <cstdint>

#include "daemon/model/event.h"

namespace fusiond {

// The source kind, and for calls whether a unit on scene makes it.
// Numbers as in SourceKind, then `unit`.
enum class WitnessKind : std::uint8_t {
  unspecified,
  camera,
  caller,
  alarm,
  acoustic,
  plate,
  social,
  public_alert,
  traffic,
  track,
  operator_,
  unit
};
constexpr std::size_t kWitnessKinds = 12;
[[nodiscard]] inline WitnessKind witness_kind(SourceKind source, LocationMethod method) {
  const bool on_scene = source == SourceKind::cad && method == LocationMethod::device_registry;
  return on_scene ? WitnessKind::unit : static_cast<WitnessKind>(source);
}
[[nodiscard]] inline WitnessKind witness_kind(const Event& event) {
  return witness_kind(event.source_kind,
                      event.place ? event.place->method : LocationMethod::unspecified);
}

}  // namespace fusiond
