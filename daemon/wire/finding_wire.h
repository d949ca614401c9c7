// Findings of an incident, written and read. Inside daemon/wire only.
#pragma once

#include <vector>

#include "daemon/base/result.h"
#include "daemon/model/incident.h"
#include "daemon/wire/proto_writer.h"

namespace fusiond::v1 {
class Incident;
}

namespace fusiond::wire {

void put_findings(const std::vector<Finding>& findings, ProtoWriter& out);

// Errors: bad_input for a number that stands for nothing.
Result<void> read_findings(const v1::Incident& message, IncidentContent& content);

}  // namespace fusiond::wire
