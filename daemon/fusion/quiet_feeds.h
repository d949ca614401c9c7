// Feeds that have gone quiet (design/0017): of each feed when a report was first heard, and the
// gaps between them that are longer than a rule bears. By ingest times, which are data: late events
// that come in a burst afterwards end a silence and do not fill it. A feed holds nothing back; only
// the clocks of all sources together say how long it has been quiet. Exact under any order.
// Journey: fusion/engine.cc -> here -> fusion/pattern_book.h
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/fusion/node.h"
#include "daemon/model/witness.h"
#include "daemon/rules/pattern_rule.h"

namespace fusiond::fusion {

// When a report was first heard, and its number.
using HeardAt = std::pair<std::int64_t, ShortId>;

// A gap of one feed that one rule speaks of.
struct Silence {
  IncidentId id;
  std::uint32_t rule = 0;
  std::string feed;
  HeardAt last;                 // the report before it
  std::optional<HeardAt> back;  // the one after it, once there is one
};

class QuietFeeds {
 public:
  explicit QuietFeeds(const rules::PatternRules& rules) : rules_(rules) {}

  // Notes when the node was heard. Every report counts, also copies and what was taken back.
  void place(const Node& node);
  // Opens the silences that are too long by these clocks, which are those of all sources.
  void pass(const rules::FeedsHeard& clocks);

  // Forgets everything, as if nothing had been placed; the rules may be others then.
  void clear();

  // None when there is none now. Valid until the next change.
  [[nodiscard]] const Silence* find(const IncidentId& id) const;
  // Calls visit(Silence) for each that this node begins or ends.
  template <class Visit>
  void each_at(const Node& node, Visit visit) const {
    const auto at = where_.find(node.number);
    if (at == where_.end()) {
      return;
    }
    for (const auto& [id, silence] : silences_) {
      if (silence.last == at->second.second || silence.back == at->second.second) {
        visit(silence);
      }
    }
  }
  // Whether a rule may yet speak of the time after this report: C has not passed it by so much that
  // a silence from here would be over and closed.
  [[nodiscard]] bool waits_for(const Node& node, std::int64_t closing,
                               std::int64_t complete_after) const;
  // Takes the node out for good. What it begins or ends is gone: the ids are added to `gone`.
  void drop(const Node& node, std::vector<IncidentId>& gone);

  // Ids of silences that came, went or ended since they were taken last.
  std::vector<IncidentId> take_touched();

 private:
  struct Heard {
    WitnessKind kind = WitnessKind::unspecified;  // of its source; a unit's call is a call here
    bool known = true;                            // false: forgotten, it stands for the time alone
  };
  using Reports = std::map<HeardAt, Heard>;
  struct Feed {
    std::string name;
    Reports reports;
    std::int64_t due = 0;  // when its last report is to be looked at again
  };
  using Place = std::tuple<std::uint32_t, std::string, HeardAt>;  // rule, feed, last

  [[nodiscard]] const rules::Rule& rule(std::uint32_t number) const {
    return rules_.live(number).rule();
  }
  void judge(Feed& feed, Reports::iterator last);
  void judge(std::uint32_t number, Feed& feed, Reports::iterator last);
  void judge_before(Feed& feed, Reports::iterator at);
  void erase(const Place& place);

  const rules::PatternRules& rules_;
  std::map<std::string, Feed, std::less<>> feeds_;  // stay where they are
  std::unordered_map<ShortId, std::pair<Feed*, HeardAt>, ShortIdHash> where_;
  std::map<IncidentId, Silence> silences_;
  std::map<Place, IncidentId> by_place_;
  std::int64_t now_ =
      std::numeric_limits<std::int64_t>::min();  // the largest ingest time of a source that goes on
  std::set<std::string> ended_;                  // feeds that will say no more, and say so
  std::set<IncidentId> touched_;
};

}  // namespace fusiond::fusion
