#include "daemon/rules/pattern_rule.h"

#include <algorithm>

namespace fusiond::rules {
namespace {

// Of all keys but zones.
std::string_view key_of(const Report& report, GroupBy by) {
  switch (by) {
    case GroupBy::plate:
      return field_of(report, Field::plate);
    case GroupBy::device:
      return field_of(report, Field::device);
    case GroupBy::author:
      return field_of(report, Field::author);
    case GroupBy::feed:
      return field_of(report, Field::source);
    case GroupBy::zone:
      break;
  }
  return {};
}

}  // namespace

std::string_view word_of(GroupBy by) {
  switch (by) {
    case GroupBy::plate:
      return "plate";
    case GroupBy::device:
      return "device";
    case GroupBy::author:
      return "author";
    case GroupBy::feed:
      return "feed";
    case GroupBy::zone:
      break;
  }
  return "zone";
}

PatternRules::PatternRules(const Bundle& bundle,
                           const std::function<std::uint32_t(const std::string&)>& kind_of,
                           const PointOf& point_of)
    : bundle_(&bundle), cameras_(std::make_unique<Cameras>(bundle, point_of)) {
  for (const Rule& rule : bundle.rules) {
    if (rule.status == RuleStatus::live && rule.pattern) {
      if (rule.pattern->quiet_for) {
        quiet_.push_back(static_cast<std::uint32_t>(live_.size()));
      }
      live_.emplace_back(bundle, *cameras_, rule, kind_of);
    }
  }
}

void PatternRules::places_of(const Report& report, std::vector<Place>& places) const {
  places.clear();
  for (std::size_t i = 0; i < live_.size(); ++i) {
    const LiveRule& live = live_[i];
    if (live.rule().pattern->quiet_for || !live.takes(report)) {
      continue;
    }
    const Pattern& pattern = *live.rule().pattern;
    const bool counts = live.anchors(report);
    const auto number = static_cast<std::uint32_t>(i);
    if (pattern.by == GroupBy::zone) {
      for (const std::string& zone : pattern.of) {
        if (live.in_zone(zone, report)) {
          places.push_back({number, zone, counts});
        }
      }
      continue;
    }
    const std::string_view key = key_of(report, pattern.by);
    const bool asked = pattern.of.empty() ||
                       std::find(pattern.of.begin(), pattern.of.end(), key) != pattern.of.end();
    if (!key.empty() && asked) {
      places.push_back({number, std::string(key), counts});
    }
  }
}

}  // namespace fusiond::rules
