#include "daemon/calibrate/factors.h"

#include <algorithm>
#include <cmath>

namespace fusiond::calibrate {
namespace {

constexpr double kNat = 1000;  // milli-nats

const std::array<std::string, kWitnessKinds>& witness_names() {
  // In the order of WitnessKind.
  static const std::array<std::string, kWitnessKinds> names = {
      "unspecified", "camera",       "caller",  "alarm", "acoustic", "plate",
      "social",      "public_alert", "traffic", "track", "operator", "unit"};
  return names;
}

double nats(std::int64_t mn) {
  return static_cast<double>(mn) / kNat;
}

std::int64_t milli(double nats) {
  return std::lround(nats * kNat);
}

}  // namespace

const std::string& name_of(WitnessKind kind) {
  return witness_names()[static_cast<std::size_t>(kind)];
}

const std::string& leading_family(const fusion::AssociationConfig& config,
                                  const std::string& kind) {
  auto row = config.kinds.find(kind);
  row = row == config.kinds.end() ? config.kinds.find("unclassified") : row;
  const auto& shares = row == config.kinds.end() ? config.family_prior_ppm : row->second;
  const auto most = std::max_element(shares.begin(), shares.end());
  return config.families[static_cast<std::size_t>(most - shares.begin())];
}

Factors::Factors(const fusion::AssociationConfig& given, const Past& past)
    : given_(given.confidence) {
  for (std::size_t k = 0; k < kWitnessKinds; ++k) {
    const auto& entry = given_.witnesses[k];
    const auto kind = static_cast<WitnessKind>(k);
    of_[k] = {add(Part::prior, kind, name_of(kind), nats(entry.prior_mn)),
              add(Part::likelier, kind, name_of(kind), nats(entry.likelier_mn)),
              add(Part::own, kind, name_of(kind), nats(entry.own_slope_mn))};
  }
  share_ = add(Part::share, {}, "share", static_cast<double>(given_.share_permille) / kNat);
  alone_ = add(Part::alone, {}, "alone", nats(given_.alone_mn));
  retracted_ = add(Part::retracted, {}, "retracted", nats(given_.retracted_mn));
  cancelled_ = add(Part::cancelled, {}, "cancelled", nats(given_.cancelled_mn));
  std::map<std::pair<WitnessKind, std::string>, std::size_t> families;
  for (std::uint32_t kind = 0; kind < past.kinds().size(); ++kind) {
    const std::string& name = past.kinds().word(kind);
    const WitnessKind teller = past.teller_of(kind);
    const std::string& family = leading_family(given, name);
    const auto [at, fresh] = families.try_emplace({teller, family}, all_.size());
    if (fresh) {
      (void)add(Part::family, teller, family, 0);
    }
    told_.push_back({at->second, add(Part::kind, teller, name, 0)});
    names_.push_back(name);
    const auto row = given_.kinds_mn.find(name);
    kind_given_.push_back(row == given_.kinds_mn.end() ? 0 : nats(row->second));
  }
}

std::size_t Factors::add(Part part, WitnessKind witness, const std::string& name, double given) {
  Quantity one;
  one.part = part;
  one.witness = witness;
  one.name = name;
  one.given = given;
  one.value = given;
  all_.push_back(std::move(one));
  return all_.size() - 1;
}

double Factors::odds(const Row& row, const std::vector<double>& values, Slopes& slopes) const {
  slopes.clear();
  double odds = row.fits + kind_given_[row.kind];
  double by_share = 0;
  const auto add_one = [&](std::size_t quantity, double slope) {
    slopes.emplace_back(quantity, slope);
    odds += slope * values[quantity];
  };
  const auto add_counted = [&](std::size_t quantity, double witnesses, double less, double sign) {
    const Effective counted = effective(witnesses, values[share_]);
    by_share += sign * counted.slope * values[quantity];
    add_one(quantity, sign * (counted.count - less));
  };
  const auto strongest = static_cast<std::size_t>(row.strongest);
  add_one(of_[strongest].prior, 1);
  add_one(told_[row.kind].family, 1);
  add_one(told_[row.kind].kind, 1);
  const auto& entry = given_.witnesses[strongest];
  if (row.sure && entry.own_slope_mn != 0) {
    // Beyond the bound a steeper slope changes nothing.
    const double worth = values[of_[strongest].own] * *row.sure;
    const double most = nats(entry.own_bound_mn);
    slopes.emplace_back(of_[strongest].own, std::abs(worth) < most ? *row.sure : 0);
    odds += std::clamp(worth, -most, most);
  }
  for (const Row::More& more : row.more) {
    add_counted(of_[static_cast<std::size_t>(more.teller)].likelier, more.count, more.less, 1);
  }
  if (row.alone) {
    add_one(alone_, -1);
  }
  if (row.retracted > 0) {
    add_counted(retracted_, row.retracted, 0, -1);
  }
  if (row.cancelled > 0) {
    add_counted(cancelled_, row.cancelled, 0, -1);
  }
  if (by_share != 0) {
    slopes.emplace_back(share_, by_share);
  }
  return odds;
}

std::vector<double> Factors::values() const {
  std::vector<double> values;
  values.reserve(all_.size());
  for (const Quantity& one : all_) {
    values.push_back(one.value);
  }
  return values;
}

std::pair<double, double> Factors::range(Part part) {
  constexpr double kMost = 20;
  constexpr double kSteepest = 100;
  switch (part) {
    case Part::share:
      return {0, 1};
    case Part::own:
      return {0, kSteepest};
    case Part::likelier:
    case Part::alone:
    case Part::retracted:
    case Part::cancelled:
      return {0, kMost};
    case Part::prior:
    case Part::family:
    case Part::kind:
      break;
  }
  return {-kMost, kMost};
}

// A prior may be another city's by a factor of seven (2 nats), what is counted on top of it by
// three.
double Factors::spread(Part part) {
  switch (part) {
    case Part::prior:
      return 2;
    case Part::own:
      return 4;
    case Part::share:
      return 0.2;
    case Part::likelier:
    case Part::family:
    case Part::kind:
    case Part::alone:
    case Part::retracted:
    case Part::cancelled:
      break;
  }
  return 1;
}

std::optional<std::size_t> Factors::parent(std::size_t quantity) const {
  const Quantity& one = all_[quantity];
  if (one.part == Part::family) {
    return of_[static_cast<std::size_t>(one.witness)].prior;
  }
  for (const Told& told : told_) {
    if (told.kind == quantity) {
      return told.family;
    }
  }
  return std::nullopt;
}

fusion::ConfidenceConfig Factors::config(const std::vector<double>& values) const {
  fusion::ConfidenceConfig config = given_;
  for (std::size_t k = 0; k < kWitnessKinds; ++k) {
    config.witnesses[k].prior_mn = milli(values[of_[k].prior]);
    config.witnesses[k].likelier_mn = milli(values[of_[k].likelier]);
    config.witnesses[k].own_slope_mn = milli(values[of_[k].own]);
  }
  config.share_permille = static_cast<std::uint32_t>(milli(values[share_]));
  config.alone_mn = milli(values[alone_]);
  config.retracted_mn = milli(values[retracted_]);
  config.cancelled_mn = milli(values[cancelled_]);
  const auto [least, most] = range(Part::kind);
  for (std::size_t kind = 0; kind < told_.size(); ++kind) {
    const double shift = values[told_[kind].family] + values[told_[kind].kind];
    if (milli(shift) != 0) {
      config.kinds_mn[names_[kind]] = milli(std::clamp(kind_given_[kind] + shift, least, most));
    }
  }
  return config;
}

}  // namespace fusiond::calibrate
