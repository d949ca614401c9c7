// What the fold and the cases decide of an event, in plain numbers and ids: what shards tell each
// other, and what reason.h writes out.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/fusion/score.h"
#include "daemon/fusion/short_id.h"
#include "daemon/model/incident.h"

namespace fusiond::fusion {

enum class Role : std::uint8_t {
  absent,   // unknown, or retracted in time
  grouped,  // takes part in the fold
  late,     // came after the allowance: alone, but scored for maybe_same_as
  copy,     // counted on its root
};

// An episode that an event would nearly have joined.
struct NearMiss {
  ShortId anchor;
  std::int64_t short_by_mn = 0;
  std::uint32_t permille = 0;  // how often such two turn out to be one
  friend bool operator==(const NearMiss&, const NearMiss&) = default;
};

// The other episode with the largest score. It outlives its anchor's node, so it names it.
struct Rival {
  ShortId anchor;
  Heard heard;
  Gate missed = Gate::unspecified;  // unspecified: there is no rival
  friend bool operator==(const Rival&, const Rival&) = default;
};

// Where the fold put an event, and why. reason.h writes it out.
struct Decision {
  Heard heard;  // means nothing for an anchor
  Rival runner_up;
  std::vector<NearMiss> near;  // of an anchor: worth saying that they may be one
  friend bool operator==(const Decision&, const Decision&) = default;
};

// Why an episode hangs on its parent. reason.h writes it out.
struct CaseTie {
  LinkBasis basis = LinkBasis::unspecified;  // unspecified: it hangs on none
  Key key = Key::none;
  ShortId parent;  // the anchor it hangs on
  ShortId member;  // of the episode
  ShortId other;   // of the parent
  std::int64_t gap_us = 0;
  std::int64_t square = 0;  // d^2, (1/16 m)^2
  Heard heard;              // by evidence
  friend bool operator==(const CaseTie&, const CaseTie&) = default;
};

}  // namespace fusiond::fusion
