#include "daemon/wire/incident_head.h"

#include <string>
#include <utility>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "daemon/wire/fields.h"
#include "fusiond/v1/incident.pb.h"

namespace fusiond::wire {

// The three stand first in what encode_incident writes; elsewhere they are found all the same.
Result<IncidentHead> incident_head(std::string_view bytes) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  IncidentHead head;
  while (const std::uint32_t tag = in.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    std::string id;
    bool good = false;
    if (field == v1::Incident::kIncidentIdFieldNumber) {
      good = WireFormatLite::ReadString(&in, &id);
      head.id = IncidentId{std::move(id)};
    } else if (field == v1::Incident::kEpochFieldNumber) {
      good = in.ReadVarint64(&head.epoch);
    } else if (field == v1::Incident::kRevisionFieldNumber) {
      good = in.ReadVarint64(&head.revision);
    } else {
      good = WireFormatLite::SkipField(&in, tag);
    }
    if (!good) {
      return bad_field("incident", "cannot be parsed, bytes: " + std::to_string(bytes.size()));
    }
    if (head.revision != 0 && !head.id.empty() && field > v1::Incident::kRevisionFieldNumber) {
      break;
    }
  }
  if (head.id.empty() || head.revision == 0) {
    return bad_field(head.id.empty() ? "incident_id" : "revision", "is missing");
  }
  return head;
}

}  // namespace fusiond::wire
