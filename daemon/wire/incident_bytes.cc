#include "daemon/wire/incident_bytes.h"

#include "daemon/wire/fields.h"
#include "daemon/wire/finding_wire.h"
#include "daemon/wire/proto_writer.h"
#include "daemon/wire/told_wire.h"
#include "daemon/wire/word_wire.h"
#include "fusiond/v1/incident.pb.h"

namespace fusiond::wire {
namespace {

// Names that are short enough for a list of fields.
using I = v1::Incident;
using M = v1::Member;

template <class Id>
void put_ids(int field, const std::vector<Id>& ids, ProtoWriter& out) {
  for (const Id& id : ids) {
    out.id_element(field, id);
  }
}

void put_terms(int field, const ScoreTerms& terms, ProtoWriter& out) {
  using T = v1::ScoreTerms;
  const auto opened = out.open(field);
  out.signed_number(T::kPlaceMnFieldNumber, terms.place_mn);
  out.signed_number(T::kDelayMnFieldNumber, terms.delay_mn);
  out.signed_number(T::kKindMnFieldNumber, terms.kind_mn);
  out.signed_number(T::kKeysMnFieldNumber, terms.keys_mn);
  out.signed_number(T::kTotalMnFieldNumber, terms.total_mn);
  out.signed_number(T::kNeedMnFieldNumber, terms.need_mn);
  out.number(T::kDistanceMFieldNumber, terms.distance_m);
  out.number(T::kSigmaMFieldNumber, terms.sigma_m);
  out.signed_number(T::kGapUsFieldNumber, terms.gap.count());
  out.number(T::kBackgroundNFieldNumber, terms.background_n);
  out.text(T::kKeyFieldNumber, terms.key);
  out.signed_number(T::kRecentMnFieldNumber, terms.recent_mn);
  out.close(opened);
}

void put_reason(const Reason& reason, ProtoWriter& out) {
  using R = v1::Reason;
  using C = v1::Candidate;
  const auto opened = out.open(M::kReasonFieldNumber);
  out.id(R::kAnchorEventIdFieldNumber, reason.anchor);
  if (reason.terms) {
    put_terms(R::kTermsFieldNumber, *reason.terms, out);
  }
  if (reason.runner_up) {
    const auto rival = out.open(R::kRunnerUpFieldNumber);
    out.id(C::kAnchorEventIdFieldNumber, reason.runner_up->anchor);
    put_terms(C::kTermsFieldNumber, reason.runner_up->terms, out);
    out.word(C::kMissedFieldNumber, reason.runner_up->missed);
    out.close(rival);
  }
  put_ids(R::kPriorMembersFieldNumber, reason.prior_members, out);
  out.close(opened);
}

void put_place(const Place& place, ProtoWriter& out) {
  out.always_signed_number(M::kLatE7FieldNumber, place.lat_e7);
  out.always_signed_number(M::kLonE7FieldNumber, place.lon_e7);
  out.number(M::kRadiusMFieldNumber, place.radius_cm / 100 + (place.radius_cm % 100 == 0 ? 0 : 1));
  out.word(M::kMethodFieldNumber, place.method);
  out.number(M::kRadiusCmFieldNumber, place.radius_cm);
  out.number(M::kConfidencePermilleFieldNumber, place.confidence_permille);
}

// What grouping used of a member.
void put_facts(const Member& member, ProtoWriter& out) {
  if (member.deciding) {
    using D = v1::Deciding;
    const auto opened = out.open(M::kDecidingFieldNumber);
    out.word(D::kSourceKindFieldNumber, member.deciding->source_kind);
    out.text(D::kKindFieldNumber, member.deciding->kind);
    if (const auto& place = member.deciding->place) {
      out.always_signed_number(D::kLatE7FieldNumber, place->lat_e7);
      out.always_signed_number(D::kLonE7FieldNumber, place->lon_e7);
      out.number(D::kRadiusCmFieldNumber, place->radius_cm);
      out.number(D::kConfidencePermilleFieldNumber, place->confidence_permille);
      out.word(D::kMethodFieldNumber, place->method);
    }
    out.close(opened);
  }
  if (!(member.keys == Keys{})) {
    using K = v1::MemberKeys;
    const auto opened = out.open(M::kKeysFieldNumber);
    out.text(K::kCadNumberFieldNumber, member.keys.cad_number);
    out.text(K::kDuplicateOfFieldNumber, member.keys.duplicate_of);
    out.text(K::kPlateFieldNumber, member.keys.plate);
    out.text(K::kCallerFieldNumber, member.keys.caller);
    out.text(K::kDeviceFieldNumber, member.keys.device);
    out.close(opened);
  }
  out.signed_number(M::kLatenessUsFieldNumber, member.lateness.count());
  if (member.stated_priority) {
    out.always_number(M::kStatedPriorityFieldNumber, *member.stated_priority);
  }
}

void put_link(const CaseLink& link, ProtoWriter& out) {
  using L = v1::CaseLink;
  const auto opened = out.open(I::kLinksFieldNumber);
  out.id(L::kAnchorEventIdFieldNumber, link.anchor);
  out.id(L::kParentAnchorEventIdFieldNumber, link.parent_anchor);
  out.word(L::kBasisFieldNumber, link.basis);
  out.id(L::kEventIdFieldNumber, link.event_id);
  out.id(L::kOtherEventIdFieldNumber, link.other_event_id);
  out.text(L::kKeyFieldNumber, link.key);
  out.signed_number(L::kGapUsFieldNumber, link.gap.count());
  out.number(L::kDistanceMFieldNumber, link.distance_m);
  if (link.terms) {
    put_terms(L::kTermsFieldNumber, *link.terms, out);
  }
  out.id(L::kWordIdFieldNumber, link.word);
  out.close(opened);
}

void put_cause(const Cause& cause, ProtoWriter& out) {
  using C = v1::Cause;
  const auto opened = out.open(I::kCauseFieldNumber);
  out.text(C::kKindFieldNumber, cause.kind);
  out.id(C::kEventIdFieldNumber, cause.event_id);
  out.number(C::kEventRevisionFieldNumber, cause.event_revision);
  const auto input = out.open(C::kInputFieldNumber);
  out.number(v1::LogPosition::kPartitionFieldNumber, cause.input.partition);
  out.number(v1::LogPosition::kOffsetFieldNumber, cause.input.offset);
  out.close(input);
  out.signed_number(C::kIngestTimeUsFieldNumber, micros_of(cause.ingest_time));
  if (cause.word) {
    out.element(C::kWordFieldNumber, encode_word(*cause.word));
  }
  out.close(opened);
}

void put_versions(const Versions& versions, ProtoWriter& out) {
  using V = v1::Versions;
  const auto opened = out.open(I::kVersionsFieldNumber);
  out.text(V::kAssociationFieldNumber, versions.association);
  out.text(V::kRulesFieldNumber, versions.rules);
  out.text(V::kSoftwareFieldNumber, versions.software);
  out.close(opened);
}

}  // namespace

void IncidentBytes::head(const IncidentRevision& revision, std::string& bytes) const {
  ProtoWriter out(bytes);
  out.id(I::kIncidentIdFieldNumber, revision.content.id);
  out.number(I::kEpochFieldNumber, revision.epoch);
  out.number(I::kRevisionFieldNumber, revision.revision);
  out.word(I::kStateFieldNumber, revision.content.state);
  out.word(I::kChangeFieldNumber, revision.change);
  put_cause(revision.cause, out);
  out.id(I::kMergedIntoFieldNumber, revision.content.merged_into);
  put_ids(I::kSupersedesFieldNumber, revision.supersedes, out);
  put_ids(I::kMembersAddedFieldNumber, revision.members_added, out);
  put_ids(I::kMembersRemovedFieldNumber, revision.members_removed, out);
  for (const std::string& rule : revision.findings_ended) {
    out.element(I::kFindingsEndedFieldNumber, rule);
  }
  put_versions(revision.versions, out);
  out.signed_number(I::kOpenedUsFieldNumber, micros_of(revision.opened));
  out.signed_number(I::kUpdatedUsFieldNumber, micros_of(revision.updated));
}

void IncidentBytes::summary(const IncidentContent& content, std::string& bytes) const {
  ProtoWriter out(bytes);
  out.text(I::kFamilyFieldNumber, content.family);
  out.text(I::kTypeFieldNumber, content.type);
  out.text(I::kTitleFieldNumber, content.title);
  out.number(I::kPriorityFieldNumber, content.priority);
  out.word(I::kStatusFieldNumber, content.status);
  if (content.place) {
    using E = v1::Estimate;
    const auto opened = out.open(I::kPlaceFieldNumber);
    out.signed_number(E::kLatE7FieldNumber, content.place->lat_e7);
    out.signed_number(E::kLonE7FieldNumber, content.place->lon_e7);
    out.number(E::kRadiusMFieldNumber, content.place->radius_m);
    out.close(opened);
  }
  out.text(I::kAddressTextFieldNumber, content.address_text);
  out.signed_number(I::kFirstOccurredUsFieldNumber, micros_of(content.first_occurred));
  out.signed_number(I::kLastOccurredUsFieldNumber, micros_of(content.last_occurred));
  out.number(I::kLateFieldNumber, content.late ? 1 : 0);
  out.number(I::kWitnessesFieldNumber, content.witnesses);
  out.number(I::kMembersTotalFieldNumber, content.members_total);
  out.number(I::kLinksTotalFieldNumber, content.links_total);
  if (content.pattern) {
    using P = v1::PatternOf;
    const auto opened = out.open(I::kPatternFieldNumber);
    out.text(P::kRuleFieldNumber, content.pattern->rule);
    out.text(P::kByFieldNumber, content.pattern->by);
    out.text(P::kKeyFieldNumber, content.pattern->key);
    out.signed_number(P::kWithinUsFieldNumber, content.pattern->within.count());
    out.number(P::kMostFieldNumber, content.pattern->most);
    out.close(opened);
  }
}

void IncidentBytes::belief(const IncidentContent& content, std::string& bytes) const {
  ProtoWriter out(bytes);
  out.signed_number(I::kOddsMnFieldNumber, content.odds_mn);
  out.number(I::kConfidencePermilleFieldNumber, content.confidence_permille);
  for (const Factor& factor : content.factors) {
    using F = v1::Factor;
    const auto opened = out.open(I::kFactorsFieldNumber);
    out.word(F::kFactorFieldNumber, factor.factor);
    out.word(F::kWitnessFieldNumber, factor.witness);
    out.text(F::kAboutFieldNumber, factor.about);
    out.number(F::kCountFieldNumber, factor.count);
    out.signed_number(F::kEffectiveMilliFieldNumber, factor.effective_milli);
    out.signed_number(F::kEachMnFieldNumber, factor.each_mn);
    out.signed_number(F::kTotalMnFieldNumber, factor.total_mn);
    put_ids(F::kEventIdsFieldNumber, factor.event_ids, out);
    out.close(opened);
  }
  put_findings(content.findings, out);
}

void IncidentBytes::relations(const IncidentContent& content, std::string& bytes) const {
  ProtoWriter out(bytes);
  put_ids(I::kRelatedToFieldNumber, content.related_to, out);
  for (const MaybeSame& maybe : content.maybe_same_as) {
    using S = v1::MaybeSame;
    const auto opened = out.open(I::kMaybeSameAsFieldNumber);
    out.id(S::kIncidentIdFieldNumber, maybe.incident_id);
    out.number(S::kProbabilityPermilleFieldNumber, maybe.probability_permille);
    out.signed_number(S::kShortByMnFieldNumber, maybe.short_by_mn);
    out.close(opened);
  }
  for (const CaseLink& link : content.links) {
    put_link(link, out);
  }
  if (!content.members_left_out.empty()) {
    out.text(I::kMembersLeftOutFieldNumber, packed_ids(content.members_left_out));
  }
  for (const WordNote& note : content.words) {  // few and far between: by way of a message
    v1::WordNote message;
    write_word_note(note, message);
    out.element(I::kWordsFieldNumber, bytes_of(message));
  }
  out.number(I::kWordsTotalFieldNumber, content.words_total);
}

void IncidentBytes::member(const Member& member, std::string& bytes) const {
  ProtoWriter out(bytes);
  const auto opened = out.open(I::kMembersFieldNumber);
  out.id(M::kEventIdFieldNumber, member.event_id);
  out.text(M::kSourceFieldNumber, member.source.str());
  out.text(M::kSourceEventIdFieldNumber, member.source_event_id);
  out.word(M::kSourceKindFieldNumber, member.source_kind);
  out.number(M::kRevisionFieldNumber, member.revision);
  out.number(M::kDecidingRevisionFieldNumber, member.deciding_revision);
  out.text(M::kKindFieldNumber, member.kind);
  out.text(M::kFamilyFieldNumber, member.family);
  out.text(M::kHeadlineFieldNumber, member.headline);
  out.text(M::kAddressTextFieldNumber, member.address_text);
  out.signed_number(M::kOccurredUsFieldNumber, micros_of(member.occurred));
  out.signed_number(M::kReceivedUsFieldNumber, micros_of(member.received));
  if (member.place) {
    put_place(*member.place, out);
  }
  out.word(M::kRoleFieldNumber, member.role);
  put_reason(member.reason, out);
  out.number(M::kCopiesFieldNumber, member.copies);
  for (const std::string& flag : member.flags) {
    out.element(M::kFlagsFieldNumber, flag);
  }
  out.word(M::kLifecycleFieldNumber, member.lifecycle);
  put_facts(member, out);
  out.number(M::kWitnessFieldNumber, member.witness);
  if (member.confidence_permille) {
    out.always_number(M::kOwnConfidencePermilleFieldNumber, *member.confidence_permille);
  }
  if (member.first_received != member.received) {
    out.signed_number(M::kFirstReceivedUsFieldNumber, micros_of(member.first_received));
  }
  for (const std::string& list : member.plate_lists) {
    out.element(M::kPlateListsFieldNumber, list);
  }
  out.close(opened);
}

// Of a field that is there twice the last one counts.
void IncidentBytes::retracted(std::string_view written, std::string& bytes) const {
  ProtoWriter out(bytes);
  const auto opened = out.open(I::kMembersFieldNumber);
  out.fields(inside(written));
  out.word(M::kRoleFieldNumber, MemberRole::retracted);
  out.word(M::kLifecycleFieldNumber, Lifecycle::retract);
  out.close(opened);
}

void IncidentBytes::told(const ToldIncident& told, std::string& bytes) const {
  append_told(told, bytes);
}

}  // namespace fusiond::wire
