// Writes an incident out: members with the reason each is there, links, what it might be the same
// as. A pure function of the nodes. Journey: fusion/cases.cc -> here -> fusion/incident_book.cc
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/fusion/closing_clock.h"
#include "daemon/fusion/confidence.h"
#include "daemon/fusion/nodes.h"
#include "daemon/fusion/people.h"
#include "daemon/fusion/place_estimate.h"
#include "daemon/fusion/rule_tally.h"
#include "daemon/fusion/score.h"
#include "daemon/model/incident.h"
#include "daemon/rules/case_rule.h"
#include "daemon/rules/priority_table.h"

namespace fusiond::fusion {

constexpr std::size_t kPriorMembers = 8;  // listed of the earlier members of an episode: the last
                                          // ones; all others stand before them in `members`
constexpr std::size_t kMaybeSame = 8;     // listed candidates, the likeliest

// What says what incidents mean.
struct Meaning {
  const rules::PriorityTable& priorities;
  const rules::CaseRules& rules;
  const ClosingClock& clock;
  RuleTally& tally;
};

// Fills what the caller gives and keeps from one incident to the next, so that texts find room
// where others stood: every field is set, whatever was there.
class Explain {
 public:
  Explain(const Score& score, const Meaning& meaning, const Nodes& nodes, const People& people);

  // The members of the incident of `root`, in order. Requires: root.is_root(). What follows is of
  // the incident gathered last, and valid until the next.
  void gather(Node& root);
  [[nodiscard]] const std::vector<Node*>& gathered() const { return members_; }

  // Everything but state, related_to and members. Requires: every root it may name has its name.
  void describe(IncidentContent& content);
  void write_member(const Node& node, Member& member) const;
  // The node as rules see it; its witness is the one of its incident.
  [[nodiscard]] rules::Report report_of(const Node& node) const;
  // How sure an incident is whose events, `members`, have all been retracted.
  void weigh_gone(const std::vector<Node*>& members, IncidentContent& content);
  // The family as a row of the association; -1 when none has half of the belief.
  [[nodiscard]] int family() const { return family_; }
  // The same without the rest. Gathers.
  [[nodiscard]] int family_now(Node& root);
  // And what rules say of it now. Gathers.
  [[nodiscard]] const std::vector<Finding>& findings_now(Node& root);
  // What rules may find of it later although nothing comes.
  [[nodiscard]] const std::vector<rules::Wait>& waits() const { return waits_; }
  // Whether some rule reads reports like this one.
  [[nodiscard]] bool is_read(const Node& node) const { return meaning_.rules.reads(kind_of(node)); }
  [[nodiscard]] rules::FeedsHeard heard() const;
  [[nodiscard]] RuleTally& tally() { return meaning_.tally; }
  // Has every member been retracted, too late to be left out?
  [[nodiscard]] bool is_withdrawn() const;

  // What an account says of an event, beside its decision: is its runner-up of another incident
  // than that of `root`, opened by a credible witness; and of an episode's near miss, which
  // incident that is, if it is known.
  [[nodiscard]] bool rival_fits(const Node& node, const Node* root) const;
  [[nodiscard]] std::optional<MissedIncident> missed_by(const Node& episode, ShortId anchor) const;

  // The time after which nothing can join: quiet at C > quiet, closed at C > closed.
  struct Ends {
    std::int64_t quiet = 0;
    std::int64_t closed = 0;
  };
  [[nodiscard]] Ends ends() const;

 private:
  void characterize(IncidentContent& content);
  void shorten(IncidentContent& content) const;
  // Confidence and its factors, and which member is which witness.
  void weigh(IncidentContent& content);
  // What rules say of it; what the strongest says wins over the table.
  void find(IncidentContent& content);
  [[nodiscard]] std::optional<std::int64_t> fits_mn(const Node& node) const;
  [[nodiscard]] std::optional<Estimate> estimate();
  void maybe_same(std::vector<MaybeSame>& list);
  void note_miss(const Node& episode, const NearMiss& miss);
  [[nodiscard]] std::uint32_t kind_of(const Node& node) const;

  const Score& score_;
  Meaning meaning_;
  const Nodes& nodes_;
  const People& people_;
  Confidence confidence_;
  std::vector<const rules::FamilyEntry*> entries_;  // by family

  Node* root_ = nullptr;
  std::vector<Node*> episodes_;  // in order
  std::vector<Node*> members_;
  std::vector<Node*> standing_;  // those not retracted; all when none stands
  int family_ = -1;
  IncidentContent scratch_;
  // Room for what is worked out on the way.
  std::vector<std::uint32_t> kinds_;
  std::vector<Testimony> testimonies_;
  Belief belief_;
  std::vector<Fix> fixes_;
  std::vector<rules::Report> reports_;
  std::vector<rules::Wait> waits_;
  struct Miss {
    ShortId root;
    ShortId name;
    NearMiss miss;
  };
  std::vector<Miss> misses_;  // by root: the likeliest
};

}  // namespace fusiond::fusion
