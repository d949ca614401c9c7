// What the rules say of one incident: a pure function of its members (design/0014).
// Journey: fusion/explain.cc -> here
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/model/event.h"
#include "daemon/model/event_state.h"
#include "daemon/rules/bundle.h"

namespace fusiond::rules {

// A place in 1/16 m on three axes, as fusion has it (fusion/earth_grid.h).
struct Point {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t z = 0;
};

// Where a place of 1e-7 degrees lies on it: latitude, longitude.
using PointOf = std::function<Point(std::int32_t, std::int32_t)>;

// A member as rules see it. Words are those of `shown`, time and place those of `deciding`.
struct Report {
  const Event* shown = nullptr;
  const Event* deciding = nullptr;
  std::uint32_t kind = 0;  // of the record shown, a number of the table of kinds
  std::uint32_t witness = 0;
  std::optional<Point> at;
};

// What the feeds have told so far, for what should have come and did not.
using FeedsHeard = std::span<const SourceClock>;  // by name

// A part that waits to know that nothing came.
struct Wait {
  std::string_view feed;
  EventTime until;
};

class Cameras;
class LiveRule;

class CaseRules {
 public:
  // `kind_of`: the number of a kind by its name. The bundle outlives this.
  CaseRules(const Bundle& bundle, const std::function<std::uint32_t(const std::string&)>& kind_of,
            const PointOf& point_of);
  ~CaseRules();
  CaseRules(CaseRules&&) noexcept;
  CaseRules& operator=(CaseRules&&) noexcept;

  [[nodiscard]] bool empty() const;
  // Whether some live rule reads reports of this kind.
  [[nodiscard]] bool reads(std::uint32_t kind) const {
    return reads_any_ || (kind < read_.size() && read_[kind]);
  }
  // Fills `findings`, the strongest first; probability_permille is left at 0. `waits`: what it
  // may find later although no member changes. Requires: reports in (time, id) order.
  void evaluate(std::span<const Report> reports, const FeedsHeard& heard,
                std::vector<Finding>& findings, std::vector<Wait>& waits) const;

 private:
  const Bundle* bundle_;
  std::unique_ptr<const Cameras> cameras_;
  std::vector<LiveRule> live_;
  std::vector<std::vector<std::uint32_t>> by_anchor_;  // by kind: rules, in order
  std::vector<bool> read_;                             // by kind
  bool reads_any_ = false;                             // some part takes every kind
};

// What n independent reports of one part count as, in thousandths: n / (1 + (n - 1) * 0.6).
[[nodiscard]] std::int64_t effective_milli(std::uint64_t n);

}  // namespace fusiond::rules
