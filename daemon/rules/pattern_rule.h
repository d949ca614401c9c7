// Pattern rules: reports put together by a key (zone, plate, device, author, feed) instead of by
// the fold. Which keys a report stands under, and what a rule says of a run of them. Pure.
// Journey: fusion/pattern_lanes.h -> here -> rules/live_rule.h
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/rules/bundle.h"
#include "daemon/rules/cameras.h"
#include "daemon/rules/live_rule.h"

namespace fusiond::rules {

class PatternRules {
 public:
  // The bundle outlives this. `kind_of`: the number of a kind by its name.
  PatternRules(const Bundle& bundle,
               const std::function<std::uint32_t(const std::string&)>& kind_of,
               const PointOf& point_of);

  [[nodiscard]] bool empty() const { return live_.empty(); }
  // Those that speak of feeds gone quiet, which places_of() leaves out.
  [[nodiscard]] const std::vector<std::uint32_t>& quiet() const { return quiet_; }
  // Of a number that places_of() or quiet() gives.
  [[nodiscard]] const LiveRule& live(std::size_t rule) const { return live_[rule]; }

  // A report under one key of one rule.
  struct Place {
    std::uint32_t rule = 0;
    std::string key;
    bool counts = false;  // towards the rule's number; else other parts may read it
    friend bool operator==(const Place&, const Place&) = default;
  };
  // All of them, by rule and key; none of a report that no pattern rule reads.
  void places_of(const Report& report, std::vector<Place>& places) const;

 private:
  const Bundle* bundle_;
  std::unique_ptr<const Cameras> cameras_;
  std::vector<LiveRule> live_;
  std::vector<std::uint32_t> quiet_;
};

// As people write it: "zone".
[[nodiscard]] std::string_view word_of(GroupBy by);

}  // namespace fusiond::rules
