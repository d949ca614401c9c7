// What a consumer knows who keeps the newest revision of every incident: which event is where. And
// the lines that `fusiond fuse` writes of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/model/incident.h"

namespace fusiond::fuse {

class Heard {
 public:
  // A record of an event was read: it will have a line in the grouping, under this name.
  void note(const Event& event, const std::string& name);
  // What the engine said to one record or tick; one line per revision for the log. `content`: with
  // the whole record in each.
  [[nodiscard]] std::vector<std::string> take(const std::vector<IncidentRevision>& answer,
                                              bool content);

  // One line per event that is in an incident, in the order in which they were first read; a copy
  // is where its root is.
  [[nodiscard]] std::vector<std::string> grouping() const;

  [[nodiscard]] const std::map<IncidentChange, std::size_t>& changes() const { return changes_; }
  [[nodiscard]] std::size_t renamed() const { return renamed_; }
  [[nodiscard]] std::size_t incidents() const;  // that stand

 private:
  struct Known {
    IncidentState state = IncidentState::open;
    std::uint32_t confidence_permille = 0;
    std::set<EventId> members;
  };
  [[nodiscard]] std::string log_line(const IncidentRevision& revision, const Known& known,
                                     bool renamed) const;
  template <class Ids>
  void append_names(std::string& line, std::string_view key, const Ids& ids) const;
  void regroup(const IncidentRevision& revision, Known& known);
  [[nodiscard]] const IncidentId* incident_of(const EventId& event) const;

  std::vector<EventId> order_;
  std::unordered_map<EventId, std::string> names_;
  std::unordered_map<EventId, EventId> copy_of_;
  std::unordered_map<EventId, IncidentId> where_;
  std::unordered_map<IncidentId, Known> known_;
  std::map<IncidentChange, std::size_t> changes_;
  std::size_t renamed_ = 0;
};

// The word of a change: "open", "update", …
std::string_view word_of(IncidentChange change);

}  // namespace fusiond::fuse
