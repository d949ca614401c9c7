#include "daemon/calibrate/weighing.h"

#include <algorithm>
#include <string>

#include "daemon/base/check.h"

namespace fusiond::calibrate {
namespace {

constexpr std::int64_t kOne = 1000;

// The records that confidence would see. What it never looks at is left empty.
void write_event(const Report& report, const std::string& kind, Event& event) {
  event.id = EventId{std::to_string(report.event)};
  const bool unit = report.teller == WitnessKind::unit;
  event.source_kind = unit ? SourceKind::cad : static_cast<SourceKind>(report.teller);
  event.place.reset();
  if (unit) {
    event.place.emplace();
    event.place->method = LocationMethod::device_registry;
  }
  event.kind = kind;
  event.provenance = std::to_string(report.witness);
  event.confidence_permille = report.sure_permille;
  event.lifecycle = report.lifecycle;
}

// The same factors, but those that a row counts by are worth one nat each, so that none is left out
// for being worth nothing. Which report is the strongest does not depend on them.
fusion::ConfidenceConfig counting(fusion::ConfidenceConfig config) {
  for (auto& entry : config.witnesses) {
    entry.likelier_mn = kOne;
  }
  config.alone_mn = kOne;
  config.retracted_mn = kOne;
  config.cancelled_mn = kOne;
  return config;
}

}  // namespace

Effective effective(double witnesses, double share) {
  if (witnesses <= 0) {
    return {};
  }
  const double shared = 1 + (witnesses - 1) * share;
  return {witnesses / shared, -witnesses * (witnesses - 1) / (shared * shared)};
}

void Weighing::testify(const Picture& picture) {
  FUSIOND_CHECK(!picture.reports.empty() && picture.left_out.empty(),
                "only whole incidents are weighed");
  events_.resize(std::max(events_.size(), picture.reports.size()));
  testimonies_.clear();
  for (std::size_t i = 0; i < picture.reports.size(); ++i) {
    const Report& report = picture.reports[i];
    write_event(report, past_.kinds().word(report.kind), events_[i]);
    fusion::Testimony one{&events_[i], report.copies, std::nullopt};
    if (picture.fits && picture.fits->first == report.event) {
      one.fits_mn = picture.fits->second;
    }
    testimonies_.push_back(one);
  }
}

fusion::Belief Weighing::weigh(const Picture& picture, const fusion::ConfidenceConfig& by) {
  testify(picture);
  fusion::Belief belief;
  fusion::Confidence(by).weigh(testimonies_, belief);
  return belief;
}

Row Weighing::row(const Picture& picture, const fusion::ConfidenceConfig& by) {
  const fusion::Belief belief = weigh(picture, counting(by));
  Row row;
  for (const Factor& factor : belief.factors) {
    const double count = factor.count;
    switch (factor.factor) {
      case FactorKind::prior: {
        row.strongest = factor.witness;
        const auto best = std::find_if(
            testimonies_.begin(), testimonies_.end(),
            [&](const auto& one) { return one.event->id == factor.event_ids.front(); });
        row.kind = picture.reports[static_cast<std::size_t>(best - testimonies_.begin())].kind;
        if (const auto sure = best->event->confidence_permille) {
          row.sure = static_cast<double>(*sure) / kOne - 0.5;
        }
        break;
      }
      case FactorKind::witnesses:
        row.more.push_back({factor.witness, count, factor.witness == row.strongest ? 1.0 : 0.0});
        break;
      case FactorKind::fits:
        row.fits = static_cast<double>(factor.total_mn) / kOne;
        break;
      case FactorKind::alone:
        row.alone = true;
        break;
      case FactorKind::retracted:
        row.retracted = count;
        break;
      case FactorKind::cancelled:
        row.cancelled = count;
        break;
      case FactorKind::unspecified:
      case FactorKind::kind:
      case FactorKind::own:
      case FactorKind::limit:
        break;
    }
  }
  return row;
}

}  // namespace fusiond::calibrate
