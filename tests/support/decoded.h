// What the engine emits, read back as a consumer reads it.
#pragma once

#include <span>
#include <vector>

#include "daemon/base/check.h"
#include "daemon/model/incident_writer.h"
#include "daemon/wire/incident_wire.h"

namespace fusiond::support {

inline std::vector<IncidentRevision> decoded(std::span<const IncidentRecord> records) {
  std::vector<IncidentRevision> revisions;
  for (const IncidentRecord& record : records) {
    auto revision = wire::decode_incident(record.bytes);
    FUSIOND_CHECK(revision.has_value(), "a record can be read back");
    FUSIOND_CHECK(revision->content.id == record.id && revision->epoch == record.epoch &&
                      revision->revision == record.revision && revision->change == record.change &&
                      revision->content.state == record.state &&
                      revision->updated == record.updated,
                  "a record says of itself what its bytes say");
    revisions.push_back(std::move(*revision));
  }
  return revisions;
}

}  // namespace fusiond::support
