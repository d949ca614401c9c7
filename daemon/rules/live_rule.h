// A live rule with what it asks of kinds as bits, and what it says of some reports. Shared by case
// rules and pattern rules, which differ in what their anchor is.
// Journey: rules/case_rule.cc -> here -> rules/part_limits.h
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "daemon/rules/bundle.h"
#include "daemon/rules/cameras.h"
#include "daemon/rules/case_rule.h"
#include "daemon/rules/part_limits.h"

namespace fusiond::rules {

// What a pattern rule looks at: the reports of one key around one run of them, in (time, id) order.
struct PatternRun {
  std::span<const Report> reports;
  std::span<const std::string_view> voices;  // of each report in the run; empty: it is not in it
  std::uint32_t most = 0;                    // voices within one window, at most
};

class LiveRule {
 public:
  LiveRule(const Bundle& bundle, const Cameras& cameras, const Rule& rule,
           const std::function<std::uint32_t(const std::string&)>& kind_of);

  [[nodiscard]] const Rule& rule() const { return *rule_; }

  // Adds what the rule says, unless its anchor is not there.
  void evaluate(std::span<const Report> reports, const FeedsHeard& heard,
                std::vector<Finding>& findings, std::vector<Wait>& waits) const;
  // What a pattern rule says of a run. `used`: by report, whether it counts in some part. Requires:
  // some report is in the run.
  [[nodiscard]] Finding evaluate(const PatternRun& run, const FeedsHeard& heard,
                                 std::vector<Wait>& waits, std::vector<bool>& used) const;

  // Whether some part takes reports like this one.
  [[nodiscard]] bool takes(const Report& report) const;
  // Whether this report may be the anchor, or one of a pattern's.
  [[nodiscard]] bool anchors(const Report& report) const;
  [[nodiscard]] bool in_zone(const std::string& zone, const Report& report) const;

 private:
  // What one look at an incident notes.
  struct Look {
    std::span<const Report> reports;
    Finding* finding = nullptr;
    std::vector<const Report*> first;             // of each part, if it is found
    std::vector<bool> used;                       // by report: it counts in some part
    std::unordered_set<std::uint32_t> witnesses;  // that count
    std::vector<const Report*> counted;
  };
  [[nodiscard]] Look look_at(std::span<const Report> reports, Finding& finding) const;
  void look_further(const FeedsHeard& heard, Look& look, std::vector<Wait>& waits) const;
  void use(std::size_t report, Look& look) const;
  void count_run(const PatternRun& run, Look& look) const;
  void count(std::size_t index, Look& look) const;
  void wait_for(std::size_t index, const FeedsHeard& heard, Look& look,
                std::vector<Wait>& waits) const;
  [[nodiscard]] bool meets(const Threshold& threshold, const Finding& finding) const;
  void judge(const Report& anchor, Finding& finding) const;
  void set_priority(Finding& finding) const;
  void suppress(const Report& anchor, Finding& finding) const;
  void set_route(const Report& anchor, Finding& finding) const;
  void set_evidence(Look& look) const;

  const Bundle* bundle_;
  const Cameras* cameras_;
  const Rule* rule_;
  std::vector<PartLimits> parts_;
};

}  // namespace fusiond::rules
