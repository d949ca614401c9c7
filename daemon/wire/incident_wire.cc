#include "daemon/wire/incident_wire.h"

#include <algorithm>
#include <utility>

#include <google/protobuf/util/json_util.h>

#include "daemon/base/check.h"
#include "daemon/wire/factor_wire.h"
#include "daemon/wire/fields.h"
#include "daemon/wire/finding_wire.h"
#include "daemon/wire/incident_bytes.h"
#include "daemon/wire/word_wire.h"
#include "fusiond/v1/incident.pb.h"

namespace fusiond::wire {
namespace {

constexpr std::uint32_t kMaxPriority = 10;
constexpr std::uint32_t kMaxPermille = 1000;

// Reads enumerations one after the other and keeps the first fault, so that a reader stays a list
// of fields.
class Words {
 public:
  template <class Enum>
  Enum required(int number, Enum last, std::string_view field) {
    return keep(enum_from(number, last, field));
  }
  template <class Enum>
  Enum optional(int number, Enum last, std::string_view field) {
    return keep(optional_enum_from(number, last, field));
  }
  [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }

 private:
  template <class Enum>
  Enum keep(const Result<Enum>& result) {
    if (result) {
      return *result;
    }
    if (!fault_) {
      fault_ = result.error();
    }
    return static_cast<Enum>(0);
  }
  std::optional<Error> fault_;
};

template <class Id, class Repeated>
std::vector<Id> ids_from(const Repeated& texts) {
  std::vector<Id> ids;
  ids.reserve(static_cast<std::size_t>(texts.size()));
  for (const auto& text : texts) {
    ids.emplace_back(text);
  }
  return ids;
}

ScoreTerms terms_from(const v1::ScoreTerms& message) {
  ScoreTerms terms;
  terms.place_mn = message.place_mn();
  terms.delay_mn = message.delay_mn();
  terms.kind_mn = message.kind_mn();
  terms.keys_mn = message.keys_mn();
  terms.recent_mn = message.recent_mn();
  terms.total_mn = message.total_mn();
  terms.need_mn = message.need_mn();
  terms.distance_m = message.distance_m();
  terms.sigma_m = message.sigma_m();
  terms.gap = Micros{message.gap_us()};
  terms.background_n = message.background_n();
  terms.key = message.key();
  return terms;
}

Reason reason_from(const v1::Reason& message, Words& words) {
  Reason reason;
  reason.anchor = EventId{message.anchor_event_id()};
  if (message.has_terms()) {
    reason.terms = terms_from(message.terms());
  }
  if (message.has_runner_up()) {
    const auto& runner_up = message.runner_up();
    reason.runner_up =
        Candidate{EventId{runner_up.anchor_event_id()}, terms_from(runner_up.terms()),
                  words.optional(static_cast<int>(runner_up.missed()), Gate::person,
                                 "members.reason.missed")};
  }
  reason.prior_members = ids_from<EventId>(message.prior_members());
  return reason;
}

// Of a v1.Member or a v1.Deciding.
template <class Message>
Result<std::optional<Place>> place_of(const Message& message, Words& words) {
  if (!message.has_lat_e7() || !message.has_lon_e7()) {
    return std::nullopt;
  }
  if (message.confidence_permille() > kMaxPermille) {
    return bad_field("members.confidence_permille", "is above 1000");
  }
  return Place{
      message.lat_e7(), message.lon_e7(), message.radius_cm(),
      static_cast<std::uint16_t>(message.confidence_permille()),
      words.optional(static_cast<int>(message.method()), LocationMethod::text, "members.method")};
}

Result<void> read_facts(const v1::Member& message, Words& words, Member& member) {
  if (message.has_deciding()) {
    const auto& deciding = message.deciding();
    auto place = place_of(deciding, words);
    if (!place) {
      return fail(place.error());
    }
    member.deciding =
        DecidingFacts{words.optional(static_cast<int>(deciding.source_kind()),
                                     SourceKind::operator_, "members.deciding.source_kind"),
                      deciding.kind(), *place};
  }
  const auto& keys = message.keys();
  member.keys = {keys.cad_number(), keys.duplicate_of(), keys.plate(), keys.caller(),
                 keys.device()};
  member.lateness = Micros{message.lateness_us()};
  if (message.has_stated_priority()) {
    if (message.stated_priority() > kMaxPriority) {
      return bad_field("members.stated_priority", "is above 10");
    }
    member.stated_priority = static_cast<std::uint8_t>(message.stated_priority());
  }
  return {};
}

Result<Member> member_from(const v1::Member& message) {
  if (message.event_id().empty()) {
    return bad_field("members.event_id", "is missing");
  }
  Words words;
  Member member;
  member.event_id = EventId{message.event_id()};
  member.source = SourceId{message.source()};
  member.source_event_id = message.source_event_id();
  member.source_kind = words.optional(static_cast<int>(message.source_kind()),
                                      SourceKind::operator_, "members.source_kind");
  member.revision = message.revision();
  member.deciding_revision = message.deciding_revision();
  member.kind = message.kind();
  member.family = message.family();
  member.headline = message.headline();
  member.address_text = message.address_text();
  member.occurred = event_time(message.occurred_us());
  member.received = wall_time(message.received_us());
  member.first_received =
      message.first_received_us() == 0 ? member.received : wall_time(message.first_received_us());
  auto place = place_of(message, words);
  if (!place) {
    return fail(place.error());
  }
  member.place = *place;
  member.role =
      words.required(static_cast<int>(message.role()), MemberRole::retracted, "members.role");
  member.reason = reason_from(message.reason(), words);
  member.copies = message.copies();
  member.flags.assign(message.flags().begin(), message.flags().end());
  member.witness = message.witness();
  member.plate_lists.assign(message.plate_lists().begin(), message.plate_lists().end());
  if (message.has_own_confidence_permille()) {
    member.confidence_permille =
        static_cast<std::uint16_t>(std::min(message.own_confidence_permille(), kMaxPermille));
  }
  member.lifecycle = words.optional(static_cast<int>(message.lifecycle()), Lifecycle::retract,
                                    "members.lifecycle");
  if (auto good = read_facts(message, words, member); !good) {
    return fail(good.error());
  }
  if (const auto& fault = words.fault()) {
    return fail(*fault);
  }
  return member;
}

CaseLink link_from(const v1::CaseLink& message, Words& words) {
  CaseLink link;
  link.anchor = EventId{message.anchor_event_id()};
  link.parent_anchor = EventId{message.parent_anchor_event_id()};
  link.basis = words.required(static_cast<int>(message.basis()), LinkBasis::person, "links.basis");
  link.event_id = EventId{message.event_id()};
  link.other_event_id = EventId{message.other_event_id()};
  link.key = message.key();
  link.gap = Micros{message.gap_us()};
  link.distance_m = message.distance_m();
  if (message.has_terms()) {
    link.terms = terms_from(message.terms());
  }
  link.word = WordId{message.word_id()};
  return link;
}

// Everything of the content but members, links and words.
void read_plain_content(const v1::Incident& message, IncidentContent& content) {
  content.id = IncidentId{message.incident_id()};
  content.merged_into = IncidentId{message.merged_into()};
  content.related_to = ids_from<IncidentId>(message.related_to());
  for (const auto& row : message.maybe_same_as()) {
    content.maybe_same_as.push_back(
        {IncidentId{row.incident_id()}, row.probability_permille(), row.short_by_mn()});
  }
  content.family = message.family();
  content.type = message.type();
  content.title = message.title();
  content.priority = static_cast<std::uint8_t>(message.priority());
  if (message.has_place()) {
    content.place =
        Estimate{message.place().lat_e7(), message.place().lon_e7(), message.place().radius_m()};
  }
  content.address_text = message.address_text();
  content.first_occurred = event_time(message.first_occurred_us());
  content.last_occurred = event_time(message.last_occurred_us());
  content.late = message.late();
  content.witnesses = message.witnesses();
  content.members_total = message.members_total();
  content.links_total = message.links_total();
  content.words_total = message.words_total();
  if (message.has_pattern()) {
    const v1::PatternOf& pattern = message.pattern();
    content.pattern = PatternOf{pattern.rule(), pattern.by(), pattern.key(),
                                Micros{pattern.within_us()}, pattern.most()};
  }
}

Result<void> read_content(const v1::Incident& message, IncidentContent& content) {
  Words words;
  read_plain_content(message, content);
  if (auto good = read_confidence(message, content); !good) {
    return fail(good.error());
  }
  if (auto good = read_findings(message, content); !good) {
    return fail(good.error());
  }
  auto left_out = ids_unpacked(message.members_left_out(), "members_left_out");
  if (!left_out) {
    return fail(left_out.error());
  }
  content.members_left_out = std::move(*left_out);
  content.state =
      words.required(static_cast<int>(message.state()), IncidentState::withdrawn, "state");
  content.status = words.optional(static_cast<int>(message.status()), Status::draft, "status");
  for (const auto& row : message.members()) {
    auto member = member_from(row);
    if (!member) {
      return fail(member.error());
    }
    content.members.push_back(std::move(*member));
  }
  for (const auto& row : message.links()) {
    content.links.push_back(link_from(row, words));
  }
  for (const auto& row : message.words()) {
    auto note = word_note_from(row);
    if (!note) {
      return fail(note.error());
    }
    content.words.push_back(std::move(*note));
  }
  if (const auto& fault = words.fault()) {
    return fail(*fault);
  }
  return {};
}

Result<Cause> cause_from(const v1::Cause& message) {
  Cause cause{message.kind(), EventId{message.event_id()}, message.event_revision(),
              Position{message.input().partition(), message.input().offset()},
              wall_time(message.ingest_time_us())};
  if (message.has_word()) {
    auto word = word_from(message.word());
    if (!word) {
      return fail(word.error().within("cause.word"));
    }
    cause.word = std::move(*word);
  }
  return cause;
}

Result<std::string> json_of(const v1::Incident& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return bad_field("incident", "cannot be written as JSON: " + status.ToString());
  }
  return json;
}

}  // namespace

std::string encode_incident(const IncidentRevision& revision) {
  const IncidentBytes writer;
  std::string bytes;
  writer.head(revision, bytes);
  writer.summary(revision.content, bytes);
  writer.belief(revision.content, bytes);
  writer.relations(revision.content, bytes);
  for (const Member& member : revision.content.members) {
    writer.member(member, bytes);
  }
  return bytes;
}

Result<IncidentRevision> incident_from(const v1::Incident& message) {
  if (message.incident_id().empty()) {
    return bad_field("incident_id", "is missing");
  }
  if (message.revision() == 0) {
    return bad_field("revision", "is missing");
  }
  if (message.priority() > kMaxPriority) {
    return bad_field("priority", "must be 0 to 10, got: " + std::to_string(message.priority()));
  }
  IncidentRevision revision;
  if (auto good = read_content(message, revision.content); !good) {
    return fail(good.error());
  }
  const auto change =
      enum_from(static_cast<int>(message.change()), IncidentChange::reopened, "change");
  if (!change) {
    return fail(change.error());
  }
  auto cause = cause_from(message.cause());
  if (!cause) {
    return fail(cause.error());
  }
  revision.epoch = message.epoch();
  revision.revision = message.revision();
  revision.change = *change;
  revision.cause = std::move(*cause);
  revision.supersedes = ids_from<IncidentId>(message.supersedes());
  revision.members_added = ids_from<EventId>(message.members_added());
  revision.members_removed = ids_from<EventId>(message.members_removed());
  revision.findings_ended.assign(message.findings_ended().begin(), message.findings_ended().end());
  revision.versions = {message.versions().association(), message.versions().rules(),
                       message.versions().software()};
  revision.opened = wall_time(message.opened_us());
  revision.updated = wall_time(message.updated_us());
  return revision;
}

Result<IncidentRevision> decode_incident(std::string_view bytes) {
  v1::Incident message;
  if (auto good = parse_into(message, bytes, "incident"); !good) {
    return fail(good.error());
  }
  return incident_from(message);
}

std::string incident_json(const IncidentRevision& revision) {
  auto json = incident_json(std::string_view(encode_incident(revision)));
  FUSIOND_CHECK(json.has_value(), "a revision holds numbers, lists and UTF-8 text only");
  return std::move(*json);
}

Result<std::string> incident_json(std::string_view bytes) {
  v1::Incident message;
  if (auto good = parse_into(message, bytes, "incident"); !good) {
    return fail(good.error());
  }
  return json_of(message);
}

Result<IncidentRevision> incident_from_json(const std::string& json) {
  v1::Incident message;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto read = google::protobuf::util::JsonStringToMessage(json, &message, options);
  if (!read.ok()) {
    return fail(Fault::bad_input, "not an incident in JSON: " + read.ToString());
  }
  return incident_from(message);
}

}  // namespace fusiond::wire
