// How those who may not know the wire write incidents: in parts, so that what has not changed is
// kept as bytes. Parts set one behind the other are one fusiond.v1.Incident, in this order: head,
// summary, belief, relations, members. Implemented by wire/incident_bytes.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/model/incident.h"
#include "daemon/model/told_incident.h"

namespace fusiond {

// An emission as it goes out, and what those who pass it on must know of it.
struct IncidentRecord {
  IncidentId id;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  IncidentState state = IncidentState::open;
  IncidentChange change = IncidentChange::open;
  WallTime updated;
  std::string bytes;  // a fusiond.v1.Incident: what changes with every revision, then the body
  std::size_t head_size = 0;  // of the former
  bool same_body = false;     // the body is that of the revision before, byte for byte
  std::string told;           // the ToldIncident, for the state
};

class IncidentWriter {
 public:
  virtual ~IncidentWriter() = default;
  // Each appends to `out`; equal values give equal bytes.

  // Its id and what changes with every revision: the carrier, the state and merged_into.
  virtual void head(const IncidentRevision& revision, std::string& out) const = 0;
  // What it is: everything of the content that is not in another part.
  virtual void summary(const IncidentContent& content, std::string& out) const = 0;
  // How sure it is and what rules say: odds, confidence, factors and findings.
  virtual void belief(const IncidentContent& content, std::string& out) const = 0;
  // What it has to do with others: related_to, maybe_same_as, links.
  virtual void relations(const IncidentContent& content, std::string& out) const = 0;
  virtual void member(const Member& member, std::string& out) const = 0;
  // `written` (by member()) with the event retracted.
  virtual void retracted(std::string_view written, std::string& out) const = 0;

  // The row of what was told; not a part of the record.
  virtual void told(const ToldIncident& told, std::string& out) const = 0;
};

}  // namespace fusiond
