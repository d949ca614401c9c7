// What people said, judged before anything is grouped (design/0006), for the reference fold.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "daemon/model/word.h"
#include "tests/support/reference_score.h"

namespace fusiond::support {

// A word that stands.
struct Saying {
  Word word;
  WordEffect effect = WordEffect::holds;
  std::optional<EventId> event;  // that it speaks of: of a copy the root; none: not known
  std::optional<EventId> other;
  bool unites = false;  // no newer word had put the two together
};

struct People {
  std::vector<Saying> sayings;                  // newest first
  std::map<EventId, EventId> groups;            // event → name of the group that people put it in
  std::set<std::pair<EventId, EventId>> apart;  // events that must not end in one incident
  std::set<EventId> ejected;
};

// `reports` holds what is there to be grouped, `roots` every known event's root (of no copy: its
// own id).
People judge(const std::vector<Word>& words, const std::map<EventId, Report>& reports,
             const std::map<EventId, EventId>& roots);

}  // namespace fusiond::support
