#include "daemon/wire/incident_head.h"

#include <optional>
#include <string>
#include <utility>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "daemon/wire/fields.h"
#include "daemon/wire/incident_wire.h"
#include "daemon/wire/message_shape.h"
#include "fusiond/v1/incident.pb.h"

namespace fusiond::wire {
namespace {

using I = v1::Incident;

// Nothing of what protobuf or decode_incident should judge.
std::optional<IncidentBrief> plain_brief(std::string_view bytes) {
  static const MessageShapes shapes(*I::descriptor());
  IncidentBrief brief;
  std::uint64_t state = 0;
  WireReader reader(bytes);
  WireField field;
  while (reader.next(field)) {
    if (!shapes.fits(0, field)) {
      return std::nullopt;
    }
    switch (field.number) {
      case I::kIncidentIdFieldNumber:
        brief.id = field.bytes;
        break;
      case I::kEpochFieldNumber:
        brief.epoch = field.value;
        break;
      case I::kRevisionFieldNumber:
        brief.revision = field.value;
        break;
      case I::kStateFieldNumber:
        state = field.value;
        break;
      case I::kUpdatedUsFieldNumber:
        brief.updated =
            wall_time(google::protobuf::internal::WireFormatLite::ZigZagDecode64(field.value));
        break;
      default:
        break;
    }
  }
  const bool known = state > 0 && state <= static_cast<std::uint64_t>(IncidentState::withdrawn);
  if (!reader.ok() || brief.id.empty() || brief.revision == 0 || !known) {
    return std::nullopt;
  }
  brief.state = static_cast<IncidentState>(state);
  return brief;
}

}  // namespace

Result<IncidentBrief> incident_brief(std::string_view bytes) {
  if (auto brief = plain_brief(bytes)) {
    return std::move(*brief);
  }
  const auto revision = decode_incident(bytes);
  if (!revision) {
    return fail(revision.error());
  }
  return IncidentBrief{revision->content.id.str(), revision->epoch, revision->revision,
                       revision->content.state, revision->updated};
}

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
