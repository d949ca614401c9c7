#include "daemon/wire/factor_wire.h"

#include <utility>

#include "daemon/wire/fields.h"
#include "fusiond/v1/incident.pb.h"

namespace fusiond::wire {
namespace {

constexpr std::uint32_t kMaxPermille = 1000;

void write_factor(const Factor& factor, v1::Factor& out) {
  out.set_factor(proto_enum<v1::FactorKind>(factor.factor));
  out.set_witness(proto_enum<v1::WitnessKind>(factor.witness));
  out.set_about(factor.about);
  out.set_count(factor.count);
  out.set_effective_milli(factor.effective_milli);
  out.set_each_mn(factor.each_mn);
  out.set_total_mn(factor.total_mn);
  for (const EventId& id : factor.event_ids) {
    out.add_event_ids(id.str());
  }
}

Result<Factor> factor_from(const v1::Factor& message) {
  const auto kind =
      enum_from(static_cast<int>(message.factor()), FactorKind::limit, "factors.factor");
  if (!kind) {
    return fail(kind.error());
  }
  const auto witness =
      optional_enum_from(static_cast<int>(message.witness()), WitnessKind::unit, "factors.witness");
  if (!witness) {
    return fail(witness.error());
  }
  Factor factor{*kind,
                *witness,
                message.about(),
                message.count(),
                message.effective_milli(),
                message.each_mn(),
                message.total_mn(),
                {}};
  factor.event_ids.reserve(static_cast<std::size_t>(message.event_ids_size()));
  for (const auto& id : message.event_ids()) {
    factor.event_ids.emplace_back(id);
  }
  return factor;
}

}  // namespace

void write_confidence(const IncidentContent& content, v1::Incident& out) {
  out.set_odds_mn(content.odds_mn);
  out.set_confidence_permille(content.confidence_permille);
  for (const Factor& factor : content.factors) {
    write_factor(factor, *out.add_factors());
  }
}

Result<void> read_confidence(const v1::Incident& message, IncidentContent& content) {
  if (message.confidence_permille() > kMaxPermille) {
    return bad_field("confidence_permille", "is above 1000");
  }
  content.odds_mn = message.odds_mn();
  content.confidence_permille = message.confidence_permille();
  content.factors.reserve(static_cast<std::size_t>(message.factors_size()));
  for (const auto& row : message.factors()) {
    auto factor = factor_from(row);
    if (!factor) {
      return fail(factor.error());
    }
    content.factors.push_back(std::move(*factor));
  }
  return {};
}

}  // namespace fusiond::wire
