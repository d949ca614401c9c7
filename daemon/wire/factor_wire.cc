#include "daemon/wire/factor_wire.h"

#include <utility>

#include "daemon/wire/fields.h"
#include "fusiond/v1/incident.pb.h"

namespace fusiond::wire {
namespace {

constexpr std::uint32_t kMaxPermille = 1000;

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
