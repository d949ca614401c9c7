// Which cameras to look at and what is kept, for the reference fold: all of them are measured.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/fusion/log_table.h"
#include "tests/support/reference_rules.h"

namespace fusiond::support {

std::vector<CameraView> reference_cameras(const rules::Bundle& bundle, const rules::Rule& rule,
                                          const Report& anchor) {
  std::vector<CameraView> views;
  if (!rule.cameras || !anchor.at) {
    return views;
  }
  std::vector<std::pair<std::int64_t, std::string>> near;
  const std::int64_t reach = rule.cameras->within_cm * 16 / 100;
  for (const rules::Camera& camera : bundle.cameras) {
    const auto square = distance2(*anchor.at, fusion::to_grid(camera.at.lat_e7, camera.at.lon_e7));
    if (square <= reach * reach) {
      near.emplace_back(square, camera.device);
    }
  }
  std::sort(near.begin(), near.end());
  near.resize(std::min<std::size_t>(near.size(), rule.cameras->nearest));
  for (const auto& [square, device] : near) {
    const std::uint64_t metres = fusion::root(static_cast<std::uint64_t>(square)) / 16;
    views.push_back({device, static_cast<std::uint32_t>(metres)});
  }
  return views;
}

std::vector<EvidencePin> reference_pins(const rules::Rule& rule,
                                        const std::vector<const Report*>& counted,
                                        const std::vector<CameraView>& cameras) {
  std::vector<EvidencePin> pins;
  if (!rule.evidence) {
    return pins;
  }
  std::set<EventTime> times;
  std::set<std::string> devices;
  for (const Report* report : counted) {
    times.insert(report->decides.occurred);
    if (rule.evidence->pin.has(witness_kind(report->shows))) {
      devices.insert(report->decides.keys.device);
    }
  }
  for (const CameraView& camera : cameras) {
    if (rule.evidence->pin.has(WitnessKind::camera)) {
      devices.insert(camera.device);
    }
  }
  devices.erase("");
  for (const std::string& device : devices) {
    pins.push_back(
        {device, *times.begin() - rule.evidence->before, *times.rbegin() + rule.evidence->after});
  }
  return pins;
}

}  // namespace fusiond::support
