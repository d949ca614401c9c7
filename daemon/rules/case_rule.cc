#include "daemon/rules/case_rule.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <tuple>

#include "daemon/rules/cameras.h"
#include "daemon/rules/live_rule.h"

namespace fusiond::rules {
namespace {

// The strongest first: state, priority, odds; then by name, so that there is one order.
bool stronger(const Finding& a, const Finding& b) {
  return std::tuple(b.state, b.priority, b.odds_mn, std::string_view(a.rule)) <
         std::tuple(a.state, a.priority, a.odds_mn, std::string_view(b.rule));
}

}  // namespace

CaseRules::CaseRules(const Bundle& bundle,
                     const std::function<std::uint32_t(const std::string&)>& kind_of,
                     const PointOf& point_of)
    : bundle_(&bundle), cameras_(std::make_unique<Cameras>(bundle, point_of)) {
  const auto note = [](auto& list, std::uint32_t kind) -> decltype(auto) {
    if (list.size() <= kind) {
      list.resize(kind + 1);
    }
    return list[kind];
  };
  for (const Rule& rule : bundle.rules) {
    if (rule.status != RuleStatus::live || rule.pattern) {
      continue;
    }
    for (const std::string& kind : rule.anchor().match.kinds) {
      auto& rules = note(by_anchor_, kind_of(kind));
      if (rules.empty() || rules.back() != live_.size()) {
        rules.push_back(static_cast<std::uint32_t>(live_.size()));
      }
    }
    for (const Part& part : rule.parts) {
      reads_any_ = reads_any_ || part.match.kinds.empty();
      for (const std::string& kind : part.match.kinds) {
        note(read_, kind_of(kind)) = true;
      }
    }
    live_.emplace_back(bundle, *cameras_, rule, kind_of);
  }
}
CaseRules::~CaseRules() = default;
CaseRules::CaseRules(CaseRules&&) noexcept = default;
CaseRules& CaseRules::operator=(CaseRules&&) noexcept = default;

bool CaseRules::empty() const {
  return live_.empty();
}

void CaseRules::evaluate(std::span<const Report> reports, const FeedsHeard& heard,
                         std::vector<Finding>& findings, std::vector<Wait>& waits) const {
  findings.clear();
  waits.clear();
  std::vector<std::uint32_t> rules;
  for (const Report& report : reports) {
    if (report.kind < by_anchor_.size()) {
      const auto& of_kind = by_anchor_[report.kind];
      rules.insert(rules.end(), of_kind.begin(), of_kind.end());
    }
  }
  std::sort(rules.begin(), rules.end());
  rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
  for (const std::uint32_t rule : rules) {
    live_[rule].evaluate(reports, heard, findings, waits);
  }
  std::sort(findings.begin(), findings.end(), stronger);
}

}  // namespace fusiond::rules
