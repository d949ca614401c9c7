#include "daemon/wire/incident_wire.h"

#include <algorithm>
#include <utility>

#include <google/protobuf/util/json_util.h>

#include "daemon/base/check.h"
#include "daemon/wire/factor_wire.h"
#include "daemon/wire/fields.h"
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

template <class Id, class Repeated>
void write_ids(const std::vector<Id>& ids, Repeated& out) {
  for (const Id& id : ids) {
    *out.Add() = id.str();
  }
}

void write_terms(const ScoreTerms& terms, v1::ScoreTerms& out) {
  out.set_place_mn(terms.place_mn);
  out.set_delay_mn(terms.delay_mn);
  out.set_kind_mn(terms.kind_mn);
  out.set_keys_mn(terms.keys_mn);
  out.set_total_mn(terms.total_mn);
  out.set_need_mn(terms.need_mn);
  out.set_distance_m(terms.distance_m);
  out.set_sigma_m(terms.sigma_m);
  out.set_gap_us(terms.gap.count());
  out.set_background_n(terms.background_n);
  out.set_key(terms.key);
}

ScoreTerms terms_from(const v1::ScoreTerms& message) {
  ScoreTerms terms;
  terms.place_mn = message.place_mn();
  terms.delay_mn = message.delay_mn();
  terms.kind_mn = message.kind_mn();
  terms.keys_mn = message.keys_mn();
  terms.total_mn = message.total_mn();
  terms.need_mn = message.need_mn();
  terms.distance_m = message.distance_m();
  terms.sigma_m = message.sigma_m();
  terms.gap = Micros{message.gap_us()};
  terms.background_n = message.background_n();
  terms.key = message.key();
  return terms;
}

void write_reason(const Reason& reason, v1::Reason& out) {
  out.set_anchor_event_id(reason.anchor.str());
  if (reason.terms) {
    write_terms(*reason.terms, *out.mutable_terms());
  }
  if (reason.runner_up) {
    out.mutable_runner_up()->set_anchor_event_id(reason.runner_up->anchor.str());
    write_terms(reason.runner_up->terms, *out.mutable_runner_up()->mutable_terms());
    out.mutable_runner_up()->set_missed(proto_enum<v1::Gate>(reason.runner_up->missed));
  }
  write_ids(reason.prior_members, *out.mutable_prior_members());
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

void write_member_place(const Place& place, v1::Member& out) {
  out.set_lat_e7(place.lat_e7);
  out.set_lon_e7(place.lon_e7);
  out.set_radius_m(place.radius_cm / 100 + (place.radius_cm % 100 == 0 ? 0 : 1));
  out.set_radius_cm(place.radius_cm);
  out.set_confidence_permille(place.confidence_permille);
  out.set_method(proto_enum<v1::LocationMethod>(place.method));
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

void write_facts(const Member& member, v1::Member& out) {
  if (member.deciding) {
    auto& deciding = *out.mutable_deciding();
    deciding.set_source_kind(proto_enum<v1::SourceKind>(member.deciding->source_kind));
    deciding.set_kind(member.deciding->kind);
    if (const auto& place = member.deciding->place) {
      deciding.set_lat_e7(place->lat_e7);
      deciding.set_lon_e7(place->lon_e7);
      deciding.set_radius_cm(place->radius_cm);
      deciding.set_confidence_permille(place->confidence_permille);
      deciding.set_method(proto_enum<v1::LocationMethod>(place->method));
    }
  }
  if (!(member.keys == Keys{})) {
    auto& keys = *out.mutable_keys();
    keys.set_cad_number(member.keys.cad_number);
    keys.set_duplicate_of(member.keys.duplicate_of);
    keys.set_plate(member.keys.plate);
    keys.set_caller(member.keys.caller);
    keys.set_device(member.keys.device);
  }
  out.set_lateness_us(member.lateness.count());
  if (member.stated_priority) {
    out.set_stated_priority(*member.stated_priority);
  }
}

void write_member(const Member& member, v1::Member& out) {
  out.set_event_id(member.event_id.str());
  out.set_source(member.source.str());
  out.set_source_event_id(member.source_event_id);
  out.set_source_kind(proto_enum<v1::SourceKind>(member.source_kind));
  out.set_revision(member.revision);
  out.set_deciding_revision(member.deciding_revision);
  out.set_kind(member.kind);
  out.set_family(member.family);
  out.set_headline(member.headline);
  out.set_address_text(member.address_text);
  out.set_occurred_us(micros_of(member.occurred));
  out.set_received_us(micros_of(member.received));
  if (member.place) {
    write_member_place(*member.place, out);
  }
  out.set_role(proto_enum<v1::MemberRole>(member.role));
  write_reason(member.reason, *out.mutable_reason());
  out.set_copies(member.copies);
  out.mutable_flags()->Assign(member.flags.begin(), member.flags.end());
  out.set_lifecycle(proto_enum<v1::Lifecycle>(member.lifecycle));
  out.set_witness(member.witness);
  if (member.confidence_permille) {
    out.set_own_confidence_permille(*member.confidence_permille);
  }
  write_facts(member, out);
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

void write_link(const CaseLink& link, v1::CaseLink& out) {
  out.set_anchor_event_id(link.anchor.str());
  out.set_parent_anchor_event_id(link.parent_anchor.str());
  out.set_basis(proto_enum<v1::LinkBasis>(link.basis));
  out.set_event_id(link.event_id.str());
  out.set_other_event_id(link.other_event_id.str());
  out.set_key(link.key);
  out.set_gap_us(link.gap.count());
  out.set_distance_m(link.distance_m);
  if (link.terms) {
    write_terms(*link.terms, *out.mutable_terms());
  }
  out.set_word_id(link.word.str());
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

void write_content(const IncidentContent& content, v1::Incident& out) {
  out.set_incident_id(content.id.str());
  out.set_state(proto_enum<v1::IncidentState>(content.state));
  out.set_merged_into(content.merged_into.str());
  write_ids(content.related_to, *out.mutable_related_to());
  for (const MaybeSame& maybe : content.maybe_same_as) {
    auto& row = *out.add_maybe_same_as();
    row.set_incident_id(maybe.incident_id.str());
    row.set_probability_permille(maybe.probability_permille);
    row.set_short_by_mn(maybe.short_by_mn);
  }
  out.set_family(content.family);
  out.set_type(content.type);
  out.set_title(content.title);
  out.set_priority(content.priority);
  out.set_status(proto_enum<v1::Status>(content.status));
  if (content.place) {
    out.mutable_place()->set_lat_e7(content.place->lat_e7);
    out.mutable_place()->set_lon_e7(content.place->lon_e7);
    out.mutable_place()->set_radius_m(content.place->radius_m);
  }
  out.set_address_text(content.address_text);
  out.set_first_occurred_us(micros_of(content.first_occurred));
  out.set_last_occurred_us(micros_of(content.last_occurred));
  out.set_late(content.late);
  out.set_witnesses(content.witnesses);
  write_confidence(content, out);
  for (const Member& member : content.members) {
    write_member(member, *out.add_members());
  }
  for (const CaseLink& link : content.links) {
    write_link(link, *out.add_links());
  }
  for (const WordNote& note : content.words) {
    write_word_note(note, *out.add_words());
  }
  out.set_words_total(content.words_total);
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
  content.words_total = message.words_total();
}

Result<void> read_content(const v1::Incident& message, IncidentContent& content) {
  Words words;
  read_plain_content(message, content);
  if (auto good = read_confidence(message, content); !good) {
    return fail(good.error());
  }
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

void write_cause(const Cause& cause, v1::Cause& out) {
  out.set_kind(cause.kind);
  out.set_event_id(cause.event_id.str());
  out.set_event_revision(cause.event_revision);
  out.mutable_input()->set_partition(cause.input.partition);
  out.mutable_input()->set_offset(cause.input.offset);
  out.set_ingest_time_us(micros_of(cause.ingest_time));
  if (cause.word) {
    write_word(*cause.word, *out.mutable_word());
  }
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

void write_incident(const IncidentRevision& revision, v1::Incident& out) {
  out.Clear();
  write_content(revision.content, out);
  out.set_epoch(revision.epoch);
  out.set_revision(revision.revision);
  out.set_change(proto_enum<v1::IncidentChange>(revision.change));
  write_cause(revision.cause, *out.mutable_cause());
  write_ids(revision.supersedes, *out.mutable_supersedes());
  write_ids(revision.members_added, *out.mutable_members_added());
  write_ids(revision.members_removed, *out.mutable_members_removed());
  out.mutable_versions()->set_association(revision.versions.association);
  out.mutable_versions()->set_rules(revision.versions.rules);
  out.mutable_versions()->set_software(revision.versions.software);
  out.set_opened_us(micros_of(revision.opened));
  out.set_updated_us(micros_of(revision.updated));
}

std::string encode_incident(const IncidentRevision& revision) {
  v1::Incident message;
  write_incident(revision, message);
  return bytes_of(message);
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
  v1::Incident message;
  write_incident(revision, message);
  auto json = json_of(message);
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
