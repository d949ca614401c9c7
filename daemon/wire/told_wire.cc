#include "daemon/wire/told_wire.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/base/digest.h"
#include "daemon/wire/fields.h"
#include "daemon/wire/incident_bytes.h"
#include "daemon/wire/proto_writer.h"
#include "fusiond/v1/internal.pb.h"

namespace fusiond::wire {
namespace {

using T = v1::ToldIncident;

constexpr std::size_t kUuidBytes = 16;
constexpr std::uint32_t kMaxPriority = 10;
static_assert(std::endian::native == std::endian::little, "ids are turned round");

using IdBytes = std::array<char, kUuidBytes>;
IdBytes bytes_of_id(const Uuid& id) {
  const std::array<std::uint64_t, 2> turned{__builtin_bswap64(id.high), __builtin_bswap64(id.low)};
  return std::bit_cast<IdBytes>(turned);
}
std::string_view view_of(const IdBytes& bytes) {
  return {bytes.data(), bytes.size()};
}
Uuid id_from(std::string_view bytes) {
  std::array<std::uint64_t, 2> turned{};
  std::memcpy(turned.data(), bytes.data(), kUuidBytes);
  return {__builtin_bswap64(turned[0]), __builtin_bswap64(turned[1])};
}

template <class Id>
Uuid uuid_of(const Id& id) {
  const auto uuid = id.number();
  FUSIOND_CHECK(uuid.has_value(), "ids of events and incidents are UUIDs");
  return *uuid;
}

std::string packed(const std::vector<IncidentId>& ids) {
  std::string bytes;
  for (const IncidentId& id : ids) {
    bytes += view_of(bytes_of_id(uuid_of(id)));
  }
  return bytes;
}

bool is_whole(std::string_view ids) {
  return ids.size() % kUuidBytes == 0;
}

// Calls `take` with each of the ids that stand one behind the other.
template <class Take>
void each_id(std::string_view ids, const Take& take) {
  for (std::size_t at = 0; at < ids.size(); at += kUuidBytes) {
    take(id_from(ids.substr(at)));
  }
}

std::unexpected<Error> makes_no_sense(std::string_view what) {
  return fail(Fault::corrupt, "told incident: " + std::string(what));
}

// All but the ids.
Result<ToldIncident> numbers_from(const v1::ToldIncident& message) {
  const auto state =
      enum_from(static_cast<int>(message.state()), IncidentState::withdrawn, "state");
  if (!state) {
    return makes_no_sense(state.error().message);
  }
  const auto status =
      optional_enum_from(static_cast<int>(message.status()), Status::draft, "status");
  if (!status) {
    return makes_no_sense(status.error().message);
  }
  if (message.revision() == 0 || message.priority() > kMaxPriority) {
    return makes_no_sense("its revision or priority is none");
  }
  ToldIncident told;
  told.epoch = message.epoch();
  told.revision = message.revision();
  told.state = *state;
  told.opened = wall_time(message.opened_us());
  told.updated = wall_time(message.updated_us());
  told.began_us = message.began_us();
  told.ended_us = message.ended_us();
  told.priority = static_cast<std::uint8_t>(message.priority());
  told.status = *status;
  told.body = message.body();
  for (const auto& row : message.said()) {
    const auto said = enum_from(static_cast<int>(row.state()), FindingState::firm, "said.state");
    if (!said || row.priority() > kMaxPriority) {
      return makes_no_sense("what a rule said of it is none");
    }
    told.said.push_back({row.rule(), *said, static_cast<std::uint8_t>(row.priority())});
  }
  return told;
}

// Of all members, listed or not, in order.
std::vector<Uuid> members_of(const IncidentContent& content) {
  std::vector<Uuid> ids;
  const std::size_t listed = content.members.size();
  const std::size_t first = content.members_left_out.empty() ? listed : listed - listed / 2;
  ids.reserve(listed + content.members_left_out.size());
  for (std::size_t i = 0; i < first; ++i) {
    ids.push_back(uuid_of(content.members[i].event_id));
  }
  for (const EventId& id : content.members_left_out) {
    ids.push_back(uuid_of(id));
  }
  for (std::size_t i = first; i < listed; ++i) {
    ids.push_back(uuid_of(content.members[i].event_id));
  }
  return ids;
}

bool is_over(IncidentState state) {
  return state == IncidentState::merged || state == IncidentState::withdrawn;
}

}  // namespace

void append_told(const ToldIncident& told, std::string& bytes) {
  ProtoWriter out(bytes);
  out.element(T::kIdFieldNumber, view_of(bytes_of_id(uuid_of(told.id))));
  out.number(T::kEpochFieldNumber, told.epoch);
  out.number(T::kRevisionFieldNumber, told.revision);
  out.word(T::kStateFieldNumber, told.state);
  out.signed_number(T::kOpenedUsFieldNumber, micros_of(told.opened));
  out.signed_number(T::kUpdatedUsFieldNumber, micros_of(told.updated));
  out.signed_number(T::kBeganUsFieldNumber, told.began_us);
  out.signed_number(T::kEndedUsFieldNumber, told.ended_us);
  out.number(T::kPriorityFieldNumber, told.priority);
  out.word(T::kStatusFieldNumber, told.status);
  if (!told.supersedes.empty()) {
    out.element(T::kSupersedesFieldNumber, packed(told.supersedes));
  }
  if (!told.members.empty()) {
    const auto members = out.open(T::kMembersFieldNumber);
    for (const Uuid& id : told.members) {
      out.fields(view_of(bytes_of_id(id)));
    }
    out.close(members);
  }
  out.fixed(T::kBodyFieldNumber, told.body);
  if (!told.merged_into.empty()) {
    out.element(T::kMergedIntoFieldNumber, view_of(bytes_of_id(uuid_of(told.merged_into))));
  }
  out.text(T::kLastWordsFieldNumber, told.last_words);
  for (const ToldFinding& finding : told.said) {
    using F = v1::ToldIncident::Finding;
    const auto opened = out.open(T::kSaidFieldNumber);
    out.text(F::kRuleFieldNumber, finding.rule);
    out.word(F::kStateFieldNumber, finding.state);
    out.number(F::kPriorityFieldNumber, finding.priority);
    out.close(opened);
  }
  out.text(T::kPatternFieldNumber, told.pattern);
}

Result<ToldIncident> decode_told(std::string_view bytes) {
  v1::ToldIncident message;
  if (auto good = parse_into(message, bytes, "told incident"); !good) {
    return fail(Fault::corrupt, good.error().message);
  }
  if (message.id().size() != kUuidBytes || !is_whole(message.members()) ||
      !is_whole(message.supersedes()) ||
      (!message.merged_into().empty() && message.merged_into().size() != kUuidBytes)) {
    return makes_no_sense("an id is not whole");
  }
  auto told = numbers_from(message);
  if (!told) {
    return told;
  }
  told->id = IncidentId{id_from(message.id())};
  told->members.reserve(message.members().size() / kUuidBytes);
  each_id(message.members(), [&](const Uuid& id) { told->members.push_back(id); });
  each_id(message.supersedes(), [&](const Uuid& id) { told->supersedes.emplace_back(id); });
  each_id(message.merged_into(), [&](const Uuid& id) { told->merged_into = IncidentId{id}; });
  told->pattern = message.pattern();
  told->last_words = std::move(*message.mutable_last_words());
  return told;
}

ToldIncident told_of(const IncidentRevision& revision) {
  const IncidentContent& content = revision.content;
  std::string body;
  const IncidentBytes writer;
  writer.summary(content, body);
  writer.belief(content, body);
  writer.relations(content, body);
  for (const Member& member : content.members) {
    writer.member(member, body);
  }
  ToldIncident told;
  told.id = content.id;
  told.epoch = revision.epoch;
  told.revision = revision.revision;
  told.state = content.state;
  told.opened = revision.opened;
  told.updated = revision.updated;
  told.began_us = micros_of(content.first_occurred);
  told.ended_us = micros_of(content.last_occurred);
  told.priority = content.priority;
  told.status = content.status;
  told.supersedes = revision.supersedes;
  told.members = members_of(content);
  told.body = digest_of(body);
  told.merged_into = content.merged_into;
  told.pattern = content.pattern ? content.pattern->rule : "";
  if (is_over(content.state)) {
    told.last_words = std::move(body);
  } else {
    told.said = fusiond::told_of(content.findings);
  }
  return told;
}

}  // namespace fusiond::wire
