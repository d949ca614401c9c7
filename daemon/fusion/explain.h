// Writes an incident out: members with the reason each is there, links, what it might be the same
// as. A pure function of the nodes. Journey: fusion/cases.cc -> here -> fusion/incident_book.cc
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/fusion/confidence.h"
#include "daemon/fusion/nodes.h"
#include "daemon/fusion/people.h"
#include "daemon/fusion/score.h"
#include "daemon/model/incident.h"
#include "daemon/rules/priority_table.h"

namespace fusiond::fusion {

constexpr std::size_t kPriorMembers = 8;  // listed of the earlier members of an episode: the last
                                          // ones; all others stand before them in `members`
constexpr std::size_t kMaybeSame = 8;     // listed candidates, the likeliest

class Explain {
 public:
  Explain(const Score& score, const rules::PriorityTable& priorities, const Nodes& nodes,
          const People& people)
      : score_(score),
        priorities_(priorities),
        nodes_(nodes),
        people_(people),
        confidence_(score.config().confidence) {}

  // Everything but state and related_to. Requires: root.is_root(); every root it may name has its
  // name.
  [[nodiscard]] IncidentContent content_of(Node& root) const;
  // The same events, all of them retracted: the last page of an incident that went.
  void mark_retracted(IncidentContent& content) const;

  // The time after which nothing can join: quiet at C > quiet, closed at C > closed.
  struct Ends {
    std::int64_t quiet = 0;
    std::int64_t closed = 0;
  };
  [[nodiscard]] Ends ends_of(Node& root, const IncidentContent& content) const;

 private:
  [[nodiscard]] Member member_of(const Node& node) const;
  void describe(IncidentContent& content, const std::vector<Node*>& members) const;
  // Confidence and its factors, and which member is which witness.
  void weigh(IncidentContent& content, const std::vector<Node*>& members, const Node& root) const;
  [[nodiscard]] std::optional<std::int64_t> fits_mn(const Node& node, const Node& root) const;
  [[nodiscard]] std::optional<Estimate> estimate(const std::vector<Node*>& episodes) const;
  [[nodiscard]] std::vector<MaybeSame> maybe_same(Node& root,
                                                  const std::vector<Node*>& episodes) const;

  const Score& score_;
  const rules::PriorityTable& priorities_;
  const Nodes& nodes_;
  const People& people_;
  Confidence confidence_;
};

}  // namespace fusiond::fusion
