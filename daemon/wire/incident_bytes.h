// IncidentRevision → the bytes of v1.Incident, in the parts that fusion asks for, straight from the
// model: what the engine emits is written here and nowhere else.
// Journey: fusion/incident_book.cc → here → the outbox
#pragma once

#include <string>
#include <string_view>

#include "daemon/model/incident_writer.h"

namespace fusiond::wire {

// Has no state of its own.
class IncidentBytes final : public IncidentWriter {
 public:
  void head(const IncidentRevision& revision, std::string& out) const override;
  void summary(const IncidentContent& content, std::string& out) const override;
  void belief(const IncidentContent& content, std::string& out) const override;
  void relations(const IncidentContent& content, std::string& out) const override;
  void member(const Member& member, std::string& out) const override;
  void retracted(std::string_view written, std::string& out) const override;
  void told(const ToldIncident& told, std::string& out) const override;
};

}  // namespace fusiond::wire
