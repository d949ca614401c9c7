#include "daemon/fusion/score.h"

#include <algorithm>

#include "daemon/base/check.h"

namespace fusiond::fusion {
namespace {

constexpr std::int64_t kLnPpm = kLnMillionMicro;
constexpr std::int64_t kMaxVariance = std::int64_t{1} << 31;  // m^2, a sigma of 46 km
constexpr Wide kWeightOne = Wide{1} << 32;
constexpr std::int64_t kUnits2 = kUnitsPerMetre * kUnitsPerMetre;

std::int64_t at_least_one(std::uint32_t ppm) {
  return std::max<std::int64_t>(ppm, 1);
}

// sigma^2 = r^2 / (-2 ln(1 - p)), rounded up to whole m^2.
std::int64_t fix_variance_m2(const Place& place) {
  const std::int64_t p = std::clamp<std::int64_t>(place.confidence_permille, 10, 999);
  const std::int64_t twice_ln = 2 * (ln_micro(1000) - ln_micro(static_cast<UWide>(1000 - p)));
  const Wide radius2_cm2 = static_cast<Wide>(place.radius_cm) * place.radius_cm;
  const Wide divisor = static_cast<Wide>(twice_ln) * 10000;
  return static_cast<std::int64_t>(
      std::min<Wide>((radius2_cm2 * 1000000 + divisor - 1) / divisor, kMaxVariance));
}

}  // namespace

Score::Score(const AssociationConfig& config) : config_(config), families_(config.families.size()) {
  FUSIOND_CHECK(families_ > 0 && families_ <= kMaxFamilies, "the config has 1 to 16 families");
  FUSIOND_CHECK(
      config.family_prior_ppm.size() == families_ && config.caller_stand_off_m.size() == families_,
      "every table of the config has one entry per family");
  for (std::size_t f = 0; f < families_; ++f) {
    prior_ln_[f] = ln_micro(static_cast<UWide>(at_least_one(config.family_prior_ppm[f]))) - kLnPpm;
  }
  auto rows = config.kinds;
  rows.try_emplace("unclassified", config.family_prior_ppm);
  for (const auto& [name, row] : rows) {
    FUSIOND_CHECK(row.size() == families_, "every kind has one entry per family");
    Kind kind;
    for (std::size_t f = 0; f < families_; ++f) {
      kind.ln[f] = ln_micro(static_cast<UWide>(at_least_one(row[f]))) - kLnPpm;
      kind.ratio[f] = (at_least_one(row[f]) << 20) / at_least_one(config.family_prior_ppm[f]);
    }
    kind.leading = static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
    kind_rows_.emplace(name, kinds_.size());
    kinds_.push_back(kind);
  }
  unclassified_ = kind_rows_.at("unclassified");
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    kinds_[i].family = family_of({i});
  }
  for (const auto& [name_a, row_a] : rows) {
    for (const auto& [name_b, row_b] : rows) {
      std::int64_t sum = 0;  // 10^-9
      for (std::size_t f = 0; f < families_; ++f) {
        sum += at_least_one(row_a[f]) * at_least_one(row_b[f]) * 1000 /
               at_least_one(config.family_prior_ppm[f]);
      }
      const std::int64_t one = ln_micro(1000000000);
      pair_kinds_.push_back(
          milli(ln_micro(static_cast<UWide>(std::max<std::int64_t>(sum, 1))) - one));
    }
  }
  const auto reach = static_cast<UWide>(std::max<std::uint32_t>(config.background_reach_m, 1));
  const auto window_us = static_cast<UWide>(std::max<std::int64_t>(config.window.count(), 1));
  background_area_mn_ =
      milli(kLnTwoPiMicro + 2 * ln_micro(reach) + ln_micro(window_us) - kLnMillionMicro);
}

std::size_t Score::kind_of(const std::string& name) const {
  const auto found = kind_rows_.find(name);
  return found == kind_rows_.end() ? unclassified_ : found->second;
}

std::int64_t Score::stand_off_m(SourceKind source, LocationMethod method, std::size_t kind) const {
  const bool caller = source == SourceKind::cad && method != LocationMethod::device_registry;
  if (caller) {
    return config_.caller_stand_off_m[kinds_[kind].leading];
  }
  const auto found = config_.stand_off_m.find(source);
  return found == config_.stand_off_m.end() ? config_.default_stand_off_m : found->second;
}

Facts Score::facts_of(const Event& event) const {
  Facts facts;
  facts.status = event.status;
  facts.time = micros_of(event.occurred);
  facts.kind = kind_of(event.kind);
  facts.keys = event.keys;
  const auto delay = config_.delay_mean.find(event.source_kind);
  const auto fallback = config_.delay_mean.find(SourceKind::unspecified);
  const auto found = delay != config_.delay_mean.end() ? delay : fallback;
  const Micros mean =
      found == config_.delay_mean.end() ? Micros{std::chrono::seconds{170}} : found->second;
  facts.delay_us = std::max<std::int64_t>(mean.count(), 1);
  if (event.place) {
    facts.place = {true, to_grid(event.place->lat_e7, event.place->lon_e7)};
    const std::int64_t stand_off = stand_off_m(event.source_kind, event.place->method, facts.kind);
    facts.variance_m2 = std::clamp<std::int64_t>(
        fix_variance_m2(*event.place) + stand_off * stand_off, 1, kMaxVariance);
  }
  return facts;
}

KeyTerm Score::keys(const Facts& a, const Facts& b) const {
  const Keys& p = a.keys;
  const Keys& q = b.keys;
  const auto& weights = config_.keys;
  const auto same = [](const std::string& left, const std::string& right) {
    return !left.empty() && left == right;
  };
  KeyTerm term;
  std::int64_t most = 0;
  const auto count = [&](std::int64_t weight, const char* name) {
    term.value_mn += weight;
    if (weight > most) {
      most = weight;
      term.key = name;
    }
  };
  if (same(p.cad_number, q.cad_number)) {
    count(weights.cad_mn, "cad");
  } else if (same(p.duplicate_of, q.cad_number) || same(p.cad_number, q.duplicate_of) ||
             same(p.duplicate_of, q.duplicate_of)) {
    count(weights.duplicate_of_mn, "duplicate_of");
  }
  if (same(p.plate, q.plate)) {
    count(weights.plate_mn, "plate");
  }
  if (same(p.caller, q.caller)) {
    count(weights.caller_mn, "caller");
  }
  const std::int64_t gap = a.time < b.time ? b.time - a.time : a.time - b.time;
  if (same(p.device, q.device) && gap < weights.device_window.count()) {
    count(weights.device_mn, "device");
  }
  return term;
}

std::int64_t Score::background_mn(std::uint32_t n) const {
  if (n == 0) {
    return config_.background_ln_mn;
  }
  return std::max(config_.background_ln_mn, milli(ln_micro(n)) - background_area_mn_);
}

bool Score::in_pair_reach(const Facts& a, const Facts& b) const {
  if (b.time - a.time > config_.window.count() || !within(*a.place, *b.place, config_.reach_m)) {
    return false;
  }
  const std::int64_t variance = a.variance_m2 + b.variance_m2;
  if (distance2(*a.place, *b.place) * 10 <= config_.spread_tenths * variance * kUnits2) {
    return true;
  }
  return keys(a, b).value_mn > 0;
}

// - d^2 / 2v - ln(2 pi v)
std::int64_t Score::place_term(std::int64_t distance2_units, std::int64_t variance_m2) const {
  const Wide exponent = divided<Wide>(static_cast<Wide>(distance2_units) * 1000,
                                      static_cast<Wide>(2 * kUnits2) * variance_m2);
  return -static_cast<std::int64_t>(exponent) -
         milli(kLnTwoPiMicro + ln_micro(static_cast<UWide>(variance_m2)));
}

// - ln(tau a + tau e) - gap / tau e
std::int64_t Score::delay_term(const Facts& anchor, const Facts& event, std::int64_t gap_us) const {
  const std::int64_t spread =
      ln_micro(static_cast<UWide>(anchor.delay_us) + static_cast<UWide>(event.delay_us)) -
      kLnMillionMicro;
  return -milli(spread) - divided<std::int64_t>(gap_us * 1000, event.delay_us);
}

Score::Heard Score::pair(const Facts& a, const Facts& b) const {
  Heard heard;
  ScoreTerms& terms = heard.terms;
  const std::int64_t variance = a.variance_m2 + b.variance_m2;
  const std::int64_t square = distance2(*a.place, *b.place);
  const KeyTerm key = keys(a, b);
  terms.gap = Micros{b.time - a.time};
  terms.place_mn = place_term(square, variance);
  terms.delay_mn = delay_term(a, b, terms.gap.count());
  terms.kind_mn = pair_kind(a.kind, b.kind);
  terms.keys_mn = key.value_mn;
  terms.key = key.key;
  terms.total_mn = terms.place_mn + terms.delay_mn + terms.kind_mn + terms.keys_mn;
  heard.square = square;
  heard.variance_m2 = variance;
  return heard;
}

void Score::measure(Heard& heard) {
  const auto square = static_cast<std::uint64_t>(heard.square);
  heard.terms.distance_m = static_cast<std::uint32_t>(root(square) / kUnitsPerMetre);
  heard.terms.sigma_m =
      static_cast<std::uint32_t>(root(static_cast<std::uint64_t>(heard.variance_m2)));
}

void Score::add(Witness& witness, const Facts& member) const {
  const Kind& kind = kinds_[member.kind];
  if (witness.members == 0) {
    witness.first_kind = member.kind;
    for (std::size_t f = 0; f < families_; ++f) {
      witness.belief[f] = 2 * kind.ln[f];
    }
  } else {
    for (std::size_t f = 0; f < families_; ++f) {
      witness.belief[f] += kind.ln[f] - prior_ln_[f];
    }
  }
  ++witness.members;
  witness.last = member.time;
  if (member.place) {
    const auto weight = static_cast<std::int64_t>(kWeightOne / member.variance_m2);
    witness.weight += weight;
    witness.x += static_cast<Wide>(weight) * member.place.point.x;
    witness.y += static_cast<Wide>(weight) * member.place.point.y;
    witness.z += static_cast<Wide>(weight) * member.place.point.z;
  }
}

// ln sum_f P^(f) P(f | kind) / P(f); with one member the pair's own term, from its table.
std::int64_t Score::kind_term(const Witness& witness, std::size_t kind) const {
  if (witness.members == 1) {
    return pair_kind(witness.first_kind, kind);
  }
  const std::int64_t top = *std::max_element(
      witness.belief.begin(), witness.belief.begin() + static_cast<std::ptrdiff_t>(families_));
  UWide together = 0;
  UWide all = 0;
  for (std::size_t f = 0; f < families_; ++f) {
    const auto share = static_cast<UWide>(exp_q30((top - witness.belief[f]) / 2));
    all += share;
    together += share * static_cast<UWide>(kinds_[kind].ratio[f]);
  }
  const std::int64_t ratio_one = ln_micro(UWide{1} << 20);
  return milli(ln_micro(std::max<UWide>(together, 1)) - ln_micro(all) - ratio_one);
}

Score::Heard Score::episode(const Witness& witness, const Facts& anchor, const Facts& event,
                            const KeyTerm& key) const {
  const auto weight = static_cast<Wide>(witness.weight);
  const GridPoint estimate{static_cast<std::int64_t>(divided<Wide>(witness.x, weight)),
                           static_cast<std::int64_t>(divided<Wide>(witness.y, weight)),
                           static_cast<std::int64_t>(divided<Wide>(witness.z, weight))};
  const auto own = static_cast<std::int64_t>((kWeightOne + weight - 1) / weight);
  const std::int64_t floor = static_cast<std::int64_t>(config_.floor_m) * config_.floor_m;
  const std::int64_t variance = event.variance_m2 + own + floor;
  const std::int64_t square = distance2(estimate, *event.place);
  Heard heard;
  ScoreTerms& terms = heard.terms;
  terms.gap = Micros{event.time - witness.last};
  terms.place_mn = place_term(square, variance);
  terms.delay_mn = delay_term(anchor, event, terms.gap.count());
  terms.kind_mn = kind_term(witness, event.kind);
  terms.keys_mn = key.value_mn;
  terms.key = key.key;
  terms.total_mn = terms.place_mn + terms.delay_mn + terms.kind_mn + terms.keys_mn;
  heard.in_spread = square * 10 <= config_.spread_tenths * variance * kUnits2;
  heard.square = square;
  heard.variance_m2 = variance;
  return heard;
}

std::optional<std::size_t> Score::family_of(const std::vector<std::size_t>& kinds) const {
  Witness witness;
  Facts facts;
  for (const std::size_t kind : kinds) {
    facts.kind = kind;
    add(witness, facts);
  }
  const auto end = witness.belief.begin() + static_cast<std::ptrdiff_t>(families_);
  const auto best = std::max_element(witness.belief.begin(), end);
  std::int64_t all = 0;
  for (std::size_t f = 0; f < families_; ++f) {
    all += exp_q30((*best - witness.belief[f]) / 2);
  }
  if (2 * exp_q30(0) < all) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(best - witness.belief.begin());
}

}  // namespace fusiond::fusion
