#include "daemon/wire/finding_wire.h"

#include <utility>

#include "daemon/wire/fields.h"
#include "fusiond/v1/incident.pb.h"

namespace fusiond::wire {
namespace {

using F = v1::Finding;
using P = v1::FindingPart;

constexpr std::uint32_t kMaxPriority = 10;
constexpr std::uint32_t kMaxPermille = 1000;

void put_texts(int field, const std::vector<std::string>& texts, ProtoWriter& out) {
  for (const std::string& text : texts) {
    out.element(field, text);
  }
}

void put_part(const FindingPart& part, ProtoWriter& out) {
  const auto opened = out.open(F::kPartsFieldNumber);
  out.text(P::kNameFieldNumber, part.name);
  out.word(P::kRoleFieldNumber, part.role);
  out.word(P::kStateFieldNumber, part.state);
  out.number(P::kCountFieldNumber, part.count);
  out.number(P::kWantedFieldNumber, part.wanted);
  out.signed_number(P::kEffectiveMilliFieldNumber, part.effective_milli);
  out.signed_number(P::kEachMnFieldNumber, part.each_mn);
  out.signed_number(P::kTotalMnFieldNumber, part.total_mn);
  for (const EventId& id : part.event_ids) {
    out.id_element(P::kEventIdsFieldNumber, id);
  }
  for (const Miss& miss : part.misses) {
    const auto inner = out.open(P::kMissesFieldNumber);
    out.id(v1::Miss::kEventIdFieldNumber, miss.event_id);
    out.word(v1::Miss::kLimitFieldNumber, miss.limit);
    out.signed_number(v1::Miss::kByFieldNumber, miss.by);
    out.close(inner);
  }
  out.number(P::kMissedFieldNumber, part.missed);
  out.signed_number(P::kUntilUsFieldNumber, part.until.count());
  out.close(opened);
}

Result<FindingPart> part_from(const v1::FindingPart& message) {
  const auto role = enum_from(static_cast<int>(message.role()), PartRole::absent, "parts.role");
  if (!role) {
    return fail(role.error());
  }
  const auto state =
      enum_from(static_cast<int>(message.state()), PartState::waiting, "parts.state");
  if (!state) {
    return fail(state.error());
  }
  FindingPart part;
  part.name = message.name();
  part.role = *role;
  part.state = *state;
  part.count = message.count();
  part.wanted = message.wanted();
  part.effective_milli = message.effective_milli();
  part.each_mn = message.each_mn();
  part.total_mn = message.total_mn();
  for (const auto& id : message.event_ids()) {
    part.event_ids.emplace_back(id);
  }
  for (const auto& row : message.misses()) {
    const auto limit =
        enum_from(static_cast<int>(row.limit()), Limit::protected_, "parts.misses.limit");
    if (!limit) {
      return fail(limit.error());
    }
    part.misses.push_back({EventId{row.event_id()}, *limit, row.by()});
  }
  part.missed = message.missed();
  part.until = Micros{message.until_us()};
  return part;
}

Result<Finding> finding_from(const v1::Finding& message) {
  const auto state =
      enum_from(static_cast<int>(message.state()), FindingState::firm, "findings.state");
  if (!state) {
    return fail(state.error());
  }
  if (message.priority() > kMaxPriority || message.probability_permille() > kMaxPermille) {
    return bad_field("findings", "have a priority above 10 or a probability above 1000");
  }
  Finding finding;
  finding.rule = message.rule();
  finding.version = message.version();
  finding.state = *state;
  finding.type = message.type();
  finding.title = message.title();
  finding.odds_mn = message.odds_mn();
  finding.probability_permille = message.probability_permille();
  finding.provisional_mn = message.provisional_mn();
  finding.firm_mn = message.firm_mn();
  finding.needs.assign(message.needs().begin(), message.needs().end());
  finding.priority = static_cast<std::uint8_t>(message.priority());
  for (const auto& step : message.priority_steps()) {
    if (step.to() > kMaxPriority) {
      return bad_field("findings.priority_steps.to", "is above 10");
    }
    finding.priority_steps.push_back({static_cast<std::uint8_t>(step.to()), step.because()});
  }
  for (const auto& row : message.parts()) {
    auto part = part_from(row);
    if (!part) {
      return fail(part.error());
    }
    finding.parts.push_back(std::move(*part));
  }
  finding.suppressed_by.assign(message.suppressed_by().begin(), message.suppressed_by().end());
  finding.verify_before.assign(message.verify_before().begin(), message.verify_before().end());
  finding.route = {message.route().to(), message.route().ack_s(), message.route().otherwise()};
  for (const auto& row : message.cameras()) {
    finding.cameras.push_back({row.device(), row.distance_m()});
  }
  for (const auto& row : message.pins()) {
    finding.pins.push_back({row.device(), event_time(row.from_us()), event_time(row.to_us())});
  }
  return finding;
}

}  // namespace

void put_findings(const std::vector<Finding>& findings, ProtoWriter& out) {
  for (const Finding& finding : findings) {
    const auto opened = out.open(v1::Incident::kFindingsFieldNumber);
    out.text(F::kRuleFieldNumber, finding.rule);
    out.number(F::kVersionFieldNumber, finding.version);
    out.word(F::kStateFieldNumber, finding.state);
    out.text(F::kTypeFieldNumber, finding.type);
    out.text(F::kTitleFieldNumber, finding.title);
    out.signed_number(F::kOddsMnFieldNumber, finding.odds_mn);
    out.number(F::kProbabilityPermilleFieldNumber, finding.probability_permille);
    out.signed_number(F::kProvisionalMnFieldNumber, finding.provisional_mn);
    out.signed_number(F::kFirmMnFieldNumber, finding.firm_mn);
    put_texts(F::kNeedsFieldNumber, finding.needs, out);
    out.number(F::kPriorityFieldNumber, finding.priority);
    for (const PriorityStep& step : finding.priority_steps) {
      const auto inner = out.open(F::kPriorityStepsFieldNumber);
      out.number(v1::PriorityStep::kToFieldNumber, step.to);
      out.text(v1::PriorityStep::kBecauseFieldNumber, step.because);
      out.close(inner);
    }
    for (const FindingPart& part : finding.parts) {
      put_part(part, out);
    }
    put_texts(F::kSuppressedByFieldNumber, finding.suppressed_by, out);
    put_texts(F::kVerifyBeforeFieldNumber, finding.verify_before, out);
    if (!finding.route.to.empty()) {
      const auto inner = out.open(F::kRouteFieldNumber);
      out.text(v1::Route::kToFieldNumber, finding.route.to);
      out.number(v1::Route::kAckSFieldNumber, finding.route.ack_s);
      out.text(v1::Route::kOtherwiseFieldNumber, finding.route.otherwise);
      out.close(inner);
    }
    for (const CameraView& camera : finding.cameras) {
      const auto inner = out.open(F::kCamerasFieldNumber);
      out.text(v1::CameraView::kDeviceFieldNumber, camera.device);
      out.number(v1::CameraView::kDistanceMFieldNumber, camera.distance_m);
      out.close(inner);
    }
    for (const EvidencePin& pin : finding.pins) {
      const auto inner = out.open(F::kPinsFieldNumber);
      out.text(v1::EvidencePin::kDeviceFieldNumber, pin.device);
      out.signed_number(v1::EvidencePin::kFromUsFieldNumber, micros_of(pin.from));
      out.signed_number(v1::EvidencePin::kToUsFieldNumber, micros_of(pin.to));
      out.close(inner);
    }
    out.close(opened);
  }
}

Result<void> read_findings(const v1::Incident& message, IncidentContent& content) {
  content.findings.reserve(static_cast<std::size_t>(message.findings_size()));
  for (const auto& row : message.findings()) {
    auto finding = finding_from(row);
    if (!finding) {
      return fail(finding.error());
    }
    content.findings.push_back(std::move(*finding));
  }
  return {};
}

}  // namespace fusiond::wire
