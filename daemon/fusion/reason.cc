#include "daemon/fusion/reason.h"

#include "daemon/fusion/fold.h"

namespace fusiond::fusion {

void write_reason(const Node& node, std::size_t prior_most, Reason& reason) {
  const bool anchor = node.role == Role::late || node.is_anchor();
  reason.anchor = anchor ? node.id : node.anchor->id;
  if (anchor) {
    reason.terms.reset();
    reason.prior_members.clear();
  } else {
    reason.terms = terms_of(node.decision.heard);
    Fold::members_before(node, prior_most, reason.prior_members);
  }
  const Rival& rival = node.decision.runner_up;
  if (rival.missed == Gate::unspecified) {
    reason.runner_up.reset();
  } else {
    reason.runner_up = Candidate{long_id(rival.anchor), terms_of(rival.heard), rival.missed};
  }
}

std::optional<CaseLink> link_of(const Node& anchor) {
  const CaseTie& tie = anchor.tie;
  if (tie.basis == LinkBasis::unspecified) {
    return std::nullopt;
  }
  CaseLink link;
  link.anchor = anchor.id;
  link.parent_anchor = long_id(tie.parent);
  link.basis = tie.basis;
  link.event_id = long_id(tie.member);
  link.other_event_id = long_id(tie.other);
  link.key = name_of(tie.key);
  link.gap = Micros{tie.gap_us};
  link.distance_m =
      static_cast<std::uint32_t>(root(static_cast<std::uint64_t>(tie.square)) / kUnitsPerMetre);
  if (tie.basis == LinkBasis::evidence) {
    link.terms = terms_of(tie.heard);
  }
  return link;
}

}  // namespace fusiond::fusion
