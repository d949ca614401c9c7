// The world of the reference fold: one status class of reports. reference_fold.cc decides,
// reference_pages.cc writes out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/fusion/association_config.h"
#include "daemon/model/event_state.h"
#include "daemon/model/incident.h"
#include "daemon/rules/bundle.h"
#include "daemon/rules/priority_table.h"
#include "tests/support/reference_people.h"
#include "tests/support/reference_score.h"

namespace fusiond::support {

using fusion::AssociationConfig;

struct ReferenceCase {
  std::size_t parent = 0;  // index of the parent's anchor; its own for none
  std::size_t root = 0;
  CaseLink link;
  NearOnes near;
};

// One status class: its reports in (time, id) order.
struct World {
  const AssociationConfig& config;
  const rules::PriorityTable& priorities;
  const rules::Bundle& bundle;
  const std::vector<SourceClock>& clocks;
  const People& people;
  std::vector<Report> all;
  std::map<std::size_t, ReferenceCase> cases{};  // by anchor
  // Of each event the first one of its incident so far: people's groups, then what the fold and the
  // cases add.
  std::vector<std::size_t> first{};

  [[nodiscard]] bool counts(std::size_t i) const { return !all[i].late; }
  [[nodiscard]] Reports members_before(std::size_t anchor, std::size_t end) const {
    Reports members;
    for (std::size_t i = anchor; i < end; ++i) {
      if (counts(i) && all[i].anchor == anchor) {
        members.push_back(&all[i]);
      }
    }
    return members;
  }
  [[nodiscard]] bool ejected(std::size_t i) const {
    return people.ejected.contains(all[i].decides.id);
  }
  [[nodiscard]] bool kept_apart(std::size_t i, std::size_t j) const;
  [[nodiscard]] std::optional<std::size_t> index_of(const std::optional<EventId>& id) const;
  void unite(std::size_t i, std::size_t j);
  void group_by_people();
  // The earlier events that count for `e`: near by, and the latest of them where there is a crowd.
  [[nodiscard]] std::vector<std::size_t> looks_at(std::size_t e) const;
  // The earlier events whose keys count for `e`: of each of its keys the latest holders.
  [[nodiscard]] Reports key_holders(std::size_t e) const;
  void fold();
  void count_background(std::size_t e);
  [[nodiscard]] std::vector<std::size_t> candidates(std::size_t e) const;
  [[nodiscard]] bool reaches(std::size_t anchor, std::size_t e) const;
  [[nodiscard]] Candidate hear(std::size_t anchor, std::size_t e) const;
  void link_cases();
  [[nodiscard]] bool link_by_key(std::size_t b, ReferenceCase& found) const;
  void link_by_evidence(std::size_t b, bool taken, ReferenceCase& found) const;
  [[nodiscard]] std::vector<IncidentContent> contents() const;
  [[nodiscard]] IncidentContent content(std::size_t root) const;
  // Those of pattern rules, reference_patterns.cc.
  [[nodiscard]] std::vector<IncidentContent> pattern_contents() const;
  void add_links(IncidentContent& content, std::size_t anchor) const;
  void add_words(IncidentContent& content) const;
  [[nodiscard]] IncidentId name(std::size_t root) const;  // by the member heard first
  [[nodiscard]] Member member(std::size_t i) const;
  void describe(IncidentContent& content, const std::vector<std::size_t>& members) const;
  // `root`: none for a pattern's, which nearly joined nothing.
  void weigh(IncidentContent& content, const std::vector<std::size_t>& members,
             std::optional<std::size_t> root) const;
  void find(IncidentContent& content, const std::vector<std::size_t>& members) const;
  [[nodiscard]] std::optional<Factor> nearly_fits(const std::vector<std::size_t>& heard,
                                                  std::size_t root) const;
  [[nodiscard]] std::optional<Estimate> estimate(const std::vector<std::size_t>& anchors) const;
  [[nodiscard]] std::uint32_t maybe_permille(std::size_t a, std::size_t b,
                                             std::int64_t short_by) const;
  [[nodiscard]] std::vector<MaybeSame> maybe(std::size_t root,
                                             const std::vector<std::size_t>& anchors) const;
  [[nodiscard]] bool is_anchor(std::size_t i) const { return counts(i) && all[i].anchor == i; }
  [[nodiscard]] bool is_episode(std::size_t i) const { return all[i].anchor == i; }
};

// Who tells it: equal names are one witness.
std::string who(const Event& e);

}  // namespace fusiond::support
