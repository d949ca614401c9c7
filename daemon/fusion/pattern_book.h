// The incidents of pattern rules: what each says, what was told of it and what must be told next
// (design/0017). As incident_book.h, for incidents that no case of the fold has; their reports
// stand in those of the fold, too.
// Journey: fusion/pattern_lanes.h -> here -> pipeline/step.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/fusion/explain.h"
#include "daemon/fusion/feed_waits.h"
#include "daemon/fusion/incident_book.h"
#include "daemon/fusion/nodes.h"
#include "daemon/fusion/pattern_lanes.h"
#include "daemon/fusion/place_estimate.h"
#include "daemon/fusion/quiet_feeds.h"
#include "daemon/model/incident_writer.h"
#include "daemon/rules/pattern_rule.h"

namespace fusiond::fusion {

class PatternBook {
 public:
  PatternBook(const Score& score, const Explain& explain, const rules::PatternRules& rules,
              const Nodes& nodes, const IncidentWriter& writer, IncidentBook::Stamp stamp);

  // Says that something of the node has changed: its role, its records or its copies.
  void note(Node& node);
  // What was told before a restart; rows of the fold's incidents are not looked at. Requires: every
  // node was noted. The next write() tells what looks otherwise now, and again what was not
  // confirmed.
  void restore(const std::vector<ToldIncident>& rows, std::int64_t closing);

  // Whether there is anything that was told, by rules that may have gone since.
  [[nodiscard]] bool remembers() const { return !said_.empty(); }

  // The rules are others now: every node is placed anew. What was told stays until the next write()
  // tells what looks otherwise; what would have closed before is not told.
  void use_rules(std::int64_t closing, Versions versions);

  // Looks at what was noted and at what time has changed, and adds the records to `records`, each
  // survivor before what it took over.
  void write(std::int64_t closing, const Cause& cause, std::vector<IncidentRecord>& records);

  // Whether the node is needed yet: a window may still reach it, or an incident that reads it is
  // not closed.
  [[nodiscard]] bool holds(const Node& node, std::int64_t closing) const;
  // Takes the node out for good; the incidents that read it are forgotten, their ids added to
  // `gone`.
  void drop(const Node& node, std::vector<IncidentId>& gone);
  // Forgets what is over and that nothing can bring back.
  void forget(std::int64_t closing, std::vector<IncidentId>& gone);

  // The incidents as they are now, in no order.
  void live(std::vector<IncidentContent>& contents);

 private:
  // What consumers were last told.
  struct Said {
    ToldIncident row;    // its last_words only of one that is over
    std::string body;    // all of the record but its head; empty after a restart
    std::string gone;    // what it says when it is withdrawn
    bool again = false;  // must be told again, whatever it looks like
  };
  struct Ends {
    std::int64_t quiet = 0;
    std::int64_t closed = 0;
  };
  using Taken = std::map<IncidentId, std::vector<IncidentId>>;  // by heir: ids it takes over

  void take_notes();
  void recall(std::int64_t closing);
  [[nodiscard]] std::set<IncidentId> to_look_at(std::int64_t closing);
  // Says in content_ what the incident is; false when it is not, or not to be spoken of.
  bool describe(const IncidentId& id);
  void describe(const Silence& silence);
  void read(const Lane& lane, const Run& run);
  void fill_members();
  [[nodiscard]] std::string body_of(const IncidentContent& content) const;
  // None when there is no such incident now.
  [[nodiscard]] std::optional<Ends> ends_of(const IncidentId& id) const;
  [[nodiscard]] static IncidentState state_at(const Ends& ends, std::int64_t closing);
  [[nodiscard]] bool is_live(const IncidentId& id) const;
  void look_at(const IncidentId& id, const Taken& taken, std::int64_t closing, const Cause& cause);
  void keep_gone(Said& said);
  [[nodiscard]] IncidentId heir_of(const Said& said);
  void tell_gone(Said& said, const IncidentId& into, const Cause& cause);
  void tell(Said& said, IncidentState state, const IncidentId& into, const Cause& cause);
  void compare(const Said& said, const std::vector<Uuid>& members,
               const std::vector<ToldFinding>& findings);
  bool supersede(Said& said, const std::vector<IncidentId>& ids) const;

  const Score& score_;
  const Explain& explain_;
  const rules::PatternRules& rules_;
  const Nodes& nodes_;
  const IncidentWriter& writer_;
  Confidence confidence_;
  PatternLanes lanes_;
  QuietFeeds quiet_;
  FeedWaits feed_waits_;
  std::map<IncidentId, Said> said_;
  std::set<std::pair<std::int64_t, IncidentId>> ends_;  // when C turns one of them quiet or closed
  std::vector<Node*> noted_;
  std::set<IncidentId> recalled_;  // after a restart: the next write() looks at them
  std::vector<IncidentRecord>* records_ = nullptr;  // of this call

  // Room that is used again.
  IncidentRevision revision_;
  IncidentContent content_;
  std::vector<Node*> read_;  // by report
  std::vector<rules::Report> reports_;
  std::vector<std::string_view> voices_;  // of each report in the run
  std::vector<bool> used_;
  std::vector<rules::Wait> waits_;
};

}  // namespace fusiond::fusion
