#include "daemon/fusion/score.h"

#include <algorithm>
#include <limits>

#include "daemon/base/check.h"

namespace fusiond::fusion {
namespace {

constexpr std::int64_t kLnPpm = kLnMillionMicro;
constexpr std::int64_t kMaxVariance = std::int64_t{1} << 31;  // m^2, a sigma of 46 km
constexpr std::int64_t kWeightOne = std::int64_t{1} << 32;
constexpr std::int64_t kUnits2 = kUnitsPerMetre * kUnitsPerMetre;
constexpr std::int64_t kOne = Score::kFirstRecent;  // a report that is counted
constexpr std::int64_t kAges = 31;                  // after so many, exp_q30 is 0
constexpr std::size_t kSources = 16;                // kinds of source, and kUnitRow
constexpr std::int64_t kSoftSteps = 1000;           // beyond 8 nats the lesser adds nothing
constexpr std::uint8_t kUnitRow = 15;               // a unit on scene, who calls through the CAD

std::int64_t at_least_one(std::uint32_t ppm) {
  return std::max<std::int64_t>(ppm, 1);
}

// - d^2 / 2v, in milli-nats.
std::int64_t exponent_mn(std::int64_t square, std::int64_t variance_m2) {
  constexpr std::int64_t kNarrow = std::int64_t{1} << 53;  // a thousand times this is below 2^63
  if (square < kNarrow) {
    return -divided<std::int64_t>(square * 1000, 2 * kUnits2 * variance_m2);
  }
  return -static_cast<std::int64_t>(divided<Wide>(static_cast<Wide>(square) * 1000,
                                                  static_cast<Wide>(2 * kUnits2) * variance_m2));
}

// - d^2 / 2v - ln(2 pi v)
std::int64_t density_mn(std::int64_t square, std::int64_t variance_m2) {
  return exponent_mn(square, variance_m2) -
         milli(kLnTwoPiMicro + ln_micro_64(static_cast<std::uint64_t>(variance_m2)));
}

// sum / weight, to the nearest.
std::int64_t mean(Wide sum, std::int64_t weight) {
  constexpr Wide kNarrow = Wide{1} << 62;
  if (sum < kNarrow && sum > -kNarrow && weight < static_cast<std::int64_t>(kNarrow)) {
    return divided<std::int64_t>(static_cast<std::int64_t>(sum), weight);
  }
  return static_cast<std::int64_t>(divided<Wide>(sum, weight));
}

}  // namespace

const char* name_of(Key key) {
  switch (key) {
    case Key::none:
      return "";
    case Key::cad:
      return "cad";
    case Key::duplicate_of:
      return "duplicate_of";
    case Key::plate:
      return "plate";
    case Key::caller:
      return "caller";
    case Key::device:
      return "device";
  }
  return "";
}

ScoreTerms terms_of(const Heard& heard) {
  ScoreTerms terms;
  terms.place_mn = heard.place_mn;
  terms.delay_mn = heard.delay_mn;
  terms.kind_mn = heard.kind_mn;
  terms.keys_mn = heard.keys_mn;
  terms.recent_mn = heard.recent_mn;
  terms.total_mn = heard.total_mn;
  terms.need_mn = heard.need_mn;
  terms.distance_m =
      static_cast<std::uint32_t>(root(static_cast<std::uint64_t>(heard.square)) / kUnitsPerMetre);
  terms.sigma_m = static_cast<std::uint32_t>(root(static_cast<std::uint64_t>(heard.variance_m2)));
  terms.gap = Micros{heard.gap_us};
  terms.background_n = heard.background_n;
  terms.key = name_of(heard.key);
  return terms;
}

Score::Score(const AssociationConfig& config) : config_(config), families_(config.families.size()) {
  FUSIOND_CHECK(families_ > 0 && families_ <= kMaxFamilies, "the config has 1 to 16 families");
  FUSIOND_CHECK(
      config.family_prior_ppm.size() == families_ && config.caller_stand_off_m.size() == families_,
      "every table of the config has one entry per family");
  for (std::size_t f = 0; f < families_; ++f) {
    prior_ln_[f] = ln_micro(static_cast<UWide>(at_least_one(config.family_prior_ppm[f]))) - kLnPpm;
  }
  set_background();
  tabulate();
  tabulate_afar();
  auto rows = config.kinds;
  rows.try_emplace("unclassified", config.family_prior_ppm);
  tabulate_kinds(rows);
  FUSIOND_CHECK(kinds_.size() <= std::numeric_limits<std::uint16_t>::max(),
                "a search holds kinds as 16 bits");
  spread_ = static_cast<std::int64_t>(config.spread_tenths) * kUnits2;
  unclassified_ = kind_rows_.at("unclassified");
  for (std::uint32_t i = 0; i < kinds_.size(); ++i) {
    kinds_[i].family = family_of({i});
  }
}

Score::Kind Score::kind_row(const std::string& name, const std::vector<std::uint32_t>& row) const {
  FUSIOND_CHECK(row.size() == families_, "every kind has one entry per family");
  Kind kind;
  const auto share = config_.kind_share_ppm.find(name);
  std::int64_t like = 0;
  if (share != config_.kind_share_ppm.end()) {
    like = config_.like_permille;
    kind.same =
        ((like * 1000) << 20) / at_least_one(std::max(share->second, config_.like_least_ppm));
  }
  for (std::size_t f = 0; f < families_; ++f) {
    kind.ln[f] = ln_micro(static_cast<UWide>(at_least_one(row[f]))) - kLnPpm;
    kind.ratio[f] = (at_least_one(row[f]) << 20) / at_least_one(config_.family_prior_ppm[f]) *
                    (1000 - like) / 1000;
  }
  kind.caller_m = config_.caller_stand_off_m[caller_family(row)];
  return kind;
}

// Each kind, and each two of them.
void Score::tabulate_kinds(const std::map<std::string, std::vector<std::uint32_t>>& rows) {
  std::int64_t most_ratio = 0;
  for (const auto& [name, row] : rows) {
    kind_rows_.emplace(name, static_cast<std::uint32_t>(kinds_.size()));
    const auto leading = std::max_element(row.begin(), row.end()) - row.begin();
    kinds_afar_.push_back(static_cast<std::uint8_t>(1 + leading));
    const Kind& kind = kinds_.emplace_back(kind_row(name, row));
    most_ratio =
        std::max(most_ratio, *std::max_element(kind.ratio.begin(), kind.ratio.end()) + kind.same);
  }
  narrow_ = most_ratio <= (std::int64_t{1} << 28);  // 2^28 * 2^30 * 16 families = 2^62
  const std::int64_t one = ln_micro(1000000000);
  for (const auto& [name_b, row_b] : rows) {
    const Kind& kind = kinds_[kind_rows_.at(name_b)];
    const std::int64_t like = kind.same > 0 ? config_.like_permille : 0;
    const auto same = static_cast<std::int64_t>(static_cast<Wide>(kind.same) * 1000000000 >> 20);
    for (const auto& [name_a, row_a] : rows) {
      std::int64_t sum = 0;  // 10^-9
      for (std::size_t f = 0; f < families_; ++f) {
        sum += at_least_one(row_a[f]) * at_least_one(row_b[f]) * 1000 /
               at_least_one(config_.family_prior_ppm[f]);
      }
      sum = sum * (1000 - like) / 1000 + (name_a == name_b ? same : 0);
      pair_kinds_.push_back(static_cast<std::int32_t>(
          milli(ln_micro(static_cast<UWide>(std::max<std::int64_t>(sum, 1))) - one)));
    }
  }
}

// What needs a logarithm for every event, once for all.
void Score::tabulate() {
  constexpr std::uint32_t kTabled = 4096;
  const auto other = config_.delay_mean.find(SourceKind::unspecified);
  const Micros usual =
      other == config_.delay_mean.end() ? Micros{std::chrono::seconds{170}} : other->second;
  delays_us_.assign(kSources, std::max<std::int64_t>(usual.count(), 1));
  for (const auto& [source, mean] : config_.delay_mean) {
    delays_us_[static_cast<std::size_t>(source)] = std::max<std::int64_t>(mean.count(), 1);
  }
  delays_us_[kUnitRow] = delays_us_[static_cast<std::size_t>(SourceKind::cad)];
  alone_mn_.assign(kSources, 0);
  const auto alone = [](std::uint32_t permille) {
    return static_cast<std::int32_t>(
        milli(ln_micro_64(1000 - std::min<std::uint32_t>(permille, 999)) - ln_micro_64(1000)));
  };
  for (const auto& [source, permille] : config_.alone_permille) {
    alone_mn_[static_cast<std::size_t>(source)] = alone(permille);
  }
  alone_mn_[kUnitRow] = alone(config_.alone_unit_permille);
  for (const std::int64_t first : delays_us_) {
    for (const std::int64_t second : delays_us_) {
      delay_lns_mn_.push_back(
          milli(ln_micro_64(static_cast<std::uint64_t>(first + second)) - kLnMillionMicro));
    }
  }
  for (std::uint32_t n = 0; n <= std::min<std::uint32_t>(config_.crowd_events, kTabled); ++n) {
    backgrounds_mn_.push_back(background_term(n));
  }
  for (std::uint64_t p = 0; p < 1000; ++p) {
    ln_permille_.push_back(2 * (ln_micro_64(1000) - ln_micro_64(1000 - p)));
  }
  first_recent_mn_ = recent_term(kFirstRecent, 0);
}

// sigma^2 = r^2 / (-2 ln(1 - p)), rounded up to whole m^2.
std::int64_t Score::fix_variance_m2(const Place& place) const {
  const auto p = std::clamp<std::size_t>(place.confidence_permille, 10, 999);
  const std::int64_t divisor = ln_permille_[p] * 10000;
  constexpr std::uint32_t kNarrow = 1U << 21;  // r^2 times a million is below 2^62
  if (place.radius_cm < kNarrow) {
    const std::int64_t radius2_cm2 = static_cast<std::int64_t>(place.radius_cm) * place.radius_cm;
    return std::min((radius2_cm2 * 1000000 + divisor - 1) / divisor, kMaxVariance);
  }
  const Wide radius2_cm2 = static_cast<Wide>(place.radius_cm) * place.radius_cm;
  return static_cast<std::int64_t>(
      std::min<Wide>((radius2_cm2 * 1000000 + divisor - 1) / divisor, kMaxVariance));
}

// lambda = lambda0 + share * n / (pi R^2 T) = (usual + n) / (pi R^2 T / share): the usual rate is
// worth so many reports. At least 2^-20 and at most 2^40 of them.
void Score::set_background() {
  const auto positive = [](std::int64_t n) {
    return static_cast<UWide>(std::max<std::int64_t>(n, 1));
  };
  const std::int64_t volume_ln = kLnTwoPiMicro - ln_micro(2) +
                                 2 * ln_micro(positive(config_.background_reach_m)) +
                                 ln_micro(positive(config_.window.count())) - kLnMillionMicro +
                                 ln_micro(1000) - ln_micro(positive(config_.background_permille));
  background_ln_ = volume_ln + ln_micro(kOne);
  const std::int64_t usual_ln = config_.background_ln_mn * 1000 + background_ln_;
  for (std::int64_t bit = std::int64_t{1} << 60; bit > 0; bit /= 2) {
    if (ln_micro(static_cast<UWide>(background_usual_ + bit)) <= usual_ln) {
      background_usual_ += bit;
    }
  }
  background_usual_ = std::max<std::int64_t>(background_usual_, 1);
}

// A kind is told of from as far as any family that is likely enough, the leading one in any case:
// the family that stands off furthest, of these.
std::size_t Score::caller_family(const std::vector<std::uint32_t>& row) const {
  auto furthest = static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
  for (std::size_t f = 0; f < families_; ++f) {
    if (row[f] >= config_.heard_ppm &&
        config_.caller_stand_off_m[f] > config_.caller_stand_off_m[furthest]) {
      furthest = f;
    }
  }
  return furthest;
}

// Of two reports the share (1 - w)(1 - w') is as near as usual; the others are further off by what
// they are on average.
void Score::tabulate_afar() {
  std::vector<AssociationConfig::Afar> rows(families_ + 1);
  if (!config_.caller_afar.empty()) {
    FUSIOND_CHECK(config_.caller_afar.size() == families_, "caller_afar has one entry per family");
    std::copy(config_.caller_afar.begin(), config_.caller_afar.end(), rows.begin() + 1);
  }
  const auto share_m2 = [](const AssociationConfig::Afar& row) {
    return std::int64_t{row.permille} * row.metres * row.metres;
  };
  for (const auto& a : rows) {
    afar_m2_.push_back(share_m2(a) / 1000);
    for (const auto& b : rows) {
      Mix& mix = mixes_.emplace_back();
      const std::int64_t near = (1000 - std::int64_t{a.permille}) * (1000 - b.permille);
      if (share_m2(a) + share_m2(b) > 0) {
        FUSIOND_CHECK(near > 0, "some are as near as usual");
        mix.near_mn = milli(ln_micro_64(static_cast<std::uint64_t>(near)) - kLnMillionMicro);
        mix.far_mn =
            milli(ln_micro_64(static_cast<std::uint64_t>(1000000 - near)) - kLnMillionMicro);
        mix.extra_m2 = (share_m2(a) + share_m2(b)) / (a.permille + b.permille);
      }
    }
  }
  for (std::int64_t step = 0; step < kSoftSteps; ++step) {
    const auto sum = static_cast<std::uint64_t>((std::int64_t{1} << 30) + exp_q30(step * 8000));
    soft_mn_.push_back(
        static_cast<std::int16_t>(milli(ln_micro_64(sum) - ln_micro_64(std::uint64_t{1} << 30))));
  }
}

std::uint32_t Score::kind_of(const std::string& name) const {
  const auto found = kind_rows_.find(name);
  return found == kind_rows_.end() ? unclassified_ : found->second;
}

std::int64_t Score::stand_off_m(SourceKind source, LocationMethod method,
                                std::uint32_t kind) const {
  const bool caller = source == SourceKind::cad && method != LocationMethod::device_registry;
  if (caller) {
    const std::int64_t off = kinds_[kind].caller_m;
    const bool typed = method == LocationMethod::geocoded || method == LocationMethod::manual;
    return typed && off < config_.afar_m ? off * config_.address_stand_off_percent / 100 : off;
  }
  const auto found = config_.stand_off_m.find(source);
  return found == config_.stand_off_m.end() ? config_.default_stand_off_m : found->second;
}

Facts Score::facts_of(const Event& event) const {
  Facts facts;
  facts.status = event.status;
  facts.time = micros_of(event.occurred);
  facts.kind = kind_of(event.kind);
  facts.witness = witness_kind(event);
  const bool unit = event.source_kind == SourceKind::cad && event.place &&
                    event.place->method == LocationMethod::device_registry;
  facts.delay_row = unit ? kUnitRow : static_cast<std::uint8_t>(event.source_kind);
  facts.delay_us = delays_us_[facts.delay_row];
  if (event.place) {
    facts.place = {true, to_grid(event.place->lat_e7, event.place->lon_e7)};
    const std::int64_t stand_off = stand_off_m(event.source_kind, event.place->method, facts.kind);
    facts.variance_m2 = std::clamp<std::int64_t>(
        fix_variance_m2(*event.place) + stand_off * stand_off, 1, kMaxVariance);
  }
  return facts;
}

KeyTerm Score::keys(const Facts& a, const Facts& b) const {
  const KeyNumbers& p = a.keys;
  const KeyNumbers& q = b.keys;
  const auto& weights = config_.keys;
  const auto same = [](std::uint32_t left, std::uint32_t right) {
    return left != 0 && left == right;
  };
  KeyTerm term;
  std::int64_t most = 0;
  const auto count = [&](std::int64_t weight, Key key) {
    term.value_mn += weight;
    if (weight > most) {
      most = weight;
      term.key = key;
    }
  };
  if (same(p.cad_number, q.cad_number)) {
    count(weights.cad_mn, Key::cad);
  } else if (same(p.duplicate_of, q.cad_number) || same(p.cad_number, q.duplicate_of) ||
             same(p.duplicate_of, q.duplicate_of)) {
    count(weights.duplicate_of_mn, Key::duplicate_of);
  }
  if (same(p.plate, q.plate)) {
    count(weights.plate_mn, Key::plate);
  }
  if (same(p.caller, q.caller)) {
    count(weights.caller_mn, Key::caller);
  }
  const std::int64_t gap = a.time < b.time ? b.time - a.time : a.time - b.time;
  if (same(p.device, q.device) && gap < weights.device_window.count()) {
    count(weights.device_mn, Key::device);
  }
  return term;
}

std::int64_t Score::background_term(std::uint32_t n) const {
  const std::uint64_t seen = static_cast<std::uint64_t>(n) << 20;
  return milli(ln_micro_64(seen + static_cast<std::uint64_t>(background_usual_)) - background_ln_);
}

std::int64_t Score::faded(std::int64_t recent, std::int64_t gap_us) const {
  const std::int64_t mean_us = std::max<std::int64_t>(config_.recent.count(), 1);
  if (gap_us >= kAges * mean_us) {  // so what is multiplied below stays far below 2^63
    return 0;
  }
  const std::int64_t left = exp_q30(gap_us * 1000000 / mean_us);
  return static_cast<std::int64_t>(static_cast<Wide>(recent) * left >> 30);
}

// ln((1 + recent) / 2): 0 for an episode of one report just made.
std::int64_t Score::recent_term(std::int64_t recent, std::int64_t gap_us) const {
  const auto with_it = static_cast<std::uint64_t>(kOne + faded(recent, gap_us));
  const std::int64_t ln = ln_micro_64(with_it) - ln_micro_64(std::uint64_t{2} << 20);
  return divided<std::int64_t>(ln * config_.recent_permille, 1000000);
}

// ln of the sum of both densities: the larger one, and what the other adds.
std::int64_t Score::place_term(std::int64_t square, std::int64_t variance_m2,
                               const Mix& mix) const {
  const std::int64_t near = density_mn(square, variance_m2);
  if (mix.extra_m2 == 0) {
    return near;
  }
  const std::int64_t one = near + mix.near_mn;
  const std::int64_t other = density_mn(square, variance_m2 + mix.extra_m2) + mix.far_mn;
  const std::int64_t apart = std::max(one, other) - std::min(one, other);
  return std::max(one, other) +
         (apart < 8 * kSoftSteps ? soft_mn_[static_cast<std::size_t>(apart / 8)] : 0);
}

// - ln(tau a + tau e) - gap / tau e
std::int64_t Score::delay_term(std::uint8_t earlier_row, const Facts& event,
                               std::int64_t gap_us) const {
  return -delay_lns_mn_[earlier_row * delays_us_.size() + event.delay_row] -
         divided<std::int64_t>(gap_us * 1000, event.delay_us);
}

// At the same place and time, against a report without spread and delay; and what rounding may add.
std::int64_t Score::most_mn(const Facts& event) const {
  constexpr std::int64_t kRounding = 16;
  return -milli(kLnTwoPiMicro + ln_micro_64(static_cast<std::uint64_t>(event.variance_m2))) -
         milli(ln_micro_64(static_cast<std::uint64_t>(event.delay_us)) - kLnMillionMicro) +
         kRounding;
}

Heard Score::pair(const Facts& a, const Facts& b) const {
  Heard heard;
  const KeyTerm key = keys(a, b);
  heard.variance_m2 = a.variance_m2 + b.variance_m2;
  heard.square = distance2(*a.place, *b.place);
  heard.gap_us = b.time - a.time;
  const Mix& both = mix(afar_of(a), afar_of(b));
  heard.place_mn = place_term(heard.square, heard.variance_m2, both);
  heard.variance_m2 += both.extra_m2;
  heard.delay_mn = delay_term(a.delay_row, b, heard.gap_us);
  heard.kind_mn = pair_kind(a.kind, b.kind) + alone_mn_[a.delay_row];
  heard.keys_mn = key.value_mn;
  heard.key = key.key;
  heard.total_mn = heard.place_mn + heard.delay_mn + heard.kind_mn + heard.keys_mn;
  return heard;
}

void Score::add(Witness& witness, const Facts& member) const {
  const Kind& kind = kinds_[member.kind];
  if (witness.members == 0) {
    witness.first_kind = member.kind;
    witness.alone_mn = alone_mn_[member.delay_row];
    for (std::size_t f = 0; f < families_; ++f) {
      witness.belief[f] = 2 * kind.ln[f];
    }
  } else {
    for (std::size_t f = 0; f < families_; ++f) {
      witness.belief[f] += kind.ln[f] - prior_ln_[f];
    }
  }
  const std::int64_t before =
      witness.members == 0 ? 0 : faded(witness.recent, member.time - witness.last);
  witness.recent = before + kOne;
  ++witness.members;
  witness.last = member.time;
  if (member.place) {
    const std::int64_t weight = kWeightOne / member.variance_m2;
    witness.weight += weight;
    witness.x += static_cast<Wide>(weight) * member.place.point.x;
    witness.y += static_cast<Wide>(weight) * member.place.point.y;
    witness.z += static_cast<Wide>(weight) * member.place.point.z;
  }
}

Summary Score::summary_of(const Witness& witness) const {
  Summary summary;
  summary.last = witness.last;
  summary.recent = witness.recent;
  summary.members = witness.members;
  summary.first_kind = witness.first_kind;
  summary.alone_mn = witness.alone_mn;
  if (witness.weight > 0) {
    summary.estimate = {mean(witness.x, witness.weight), mean(witness.y, witness.weight),
                        mean(witness.z, witness.weight)};
    summary.variance_m2 = (kWeightOne + witness.weight - 1) / witness.weight +
                          static_cast<std::int64_t>(config_.floor_m) * config_.floor_m;
  }
  summary.recent_most_mn = witness.members == 1 ? first_recent_mn_ : recent_term(summary.recent, 0);
  if (witness.members < 2) {
    return summary;  // kind_mn has the pair's own
  }
  const std::int64_t top = *std::max_element(
      witness.belief.begin(), witness.belief.begin() + static_cast<std::ptrdiff_t>(families_));
  std::uint64_t all = 0;
  for (std::size_t f = 0; f < families_; ++f) {
    summary.share[f] = static_cast<std::uint32_t>(exp_q30((top - witness.belief[f]) / 2));
    all += summary.share[f];
  }
  summary.shares = all;
  summary.shares_ln = ln_micro_64(all) + ln_micro_64(std::uint64_t{1} << 20);
  return summary;
}

// ln sum_f P^(f) P(f | kind) / P(f), and what the anchor's kind adds, for more than one member.
std::int64_t Score::belief_kind(const Summary& summary, std::uint32_t kind) const {
  const auto& ratio = kinds_[kind].ratio;
  const std::int64_t same = kind == summary.first_kind ? kinds_[kind].same : 0;
  if (narrow_) {
    std::uint64_t together = summary.shares * static_cast<std::uint64_t>(same);
    for (std::size_t f = 0; f < families_; ++f) {
      together += summary.share[f] * static_cast<std::uint64_t>(ratio[f]);
    }
    return milli(ln_micro_64(std::max<std::uint64_t>(together, 1)) - summary.shares_ln);
  }
  UWide together = static_cast<UWide>(summary.shares) * static_cast<UWide>(same);
  for (std::size_t f = 0; f < families_; ++f) {
    together += static_cast<UWide>(summary.share[f]) * static_cast<UWide>(ratio[f]);
  }
  return milli(ln_micro(std::max<UWide>(together, 1)) - summary.shares_ln);
}

Heard Score::timeless(const Summary& summary, const Facts& anchor, const Facts& event,
                      const KeyTerm& key) const {
  Heard heard;
  heard.variance_m2 = event.variance_m2 + summary.variance_m2;
  heard.square = distance2(summary.estimate, *event.place);
  heard.gap_us = event.time - summary.last;
  const Mix& both = mix(summary.members == 1 ? afar_of(anchor) : 0, afar_of(event));
  heard.place_mn = place_term(heard.square, heard.variance_m2, both);
  heard.delay_mn = delay_term(anchor.delay_row, event, heard.gap_us);
  heard.kind_mn = kind_mn(summary, event.kind);
  heard.keys_mn = key.value_mn;
  heard.key = key.key;
  heard.total_mn = heard.place_mn + heard.delay_mn + heard.kind_mn + heard.keys_mn;
  heard.in_spread = within_spread(heard.square, heard.variance_m2, both);
  heard.variance_m2 += both.extra_m2;
  return heard;
}

void Score::add_recent(std::int64_t recent, Heard& heard) const {
  heard.recent_mn = recent_term(recent, heard.gap_us);
  heard.total_mn += heard.recent_mn;
}

std::int64_t Score::alone_mn(const Glance& a, std::int64_t variance_m2, const Facts& event) const {
  return place_term(a.square, variance_m2 + event.variance_m2, mix(afar_of(a), afar_of(event))) +
         delay_term(a.delay_row, event, event.time - a.time) + pair_kind(a.kind, event.kind) +
         alone_mn_[a.delay_row];
}

Heard Score::alone(const Glance& a, std::int64_t variance_m2, const Facts& event,
                   const KeyTerm& key) const {
  Heard heard;
  heard.variance_m2 = event.variance_m2 + variance_m2;
  heard.square = a.square;
  heard.gap_us = event.time - a.time;
  const Mix& both = mix(afar_of(a), afar_of(event));
  heard.place_mn = place_term(heard.square, heard.variance_m2, both);
  heard.delay_mn = delay_term(a.delay_row, event, heard.gap_us);
  heard.kind_mn = pair_kind(a.kind, event.kind) + alone_mn_[a.delay_row];
  heard.keys_mn = key.value_mn;
  heard.key = key.key;
  heard.total_mn = heard.place_mn + heard.delay_mn + heard.kind_mn + heard.keys_mn;
  heard.in_spread = within_spread(heard.square, heard.variance_m2, both);
  heard.variance_m2 += both.extra_m2;
  return heard;
}

std::optional<std::size_t> Score::family_of(const std::vector<std::uint32_t>& kinds) const {
  Witness witness;
  Facts facts;
  for (const std::uint32_t kind : kinds) {
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

std::uint32_t Score::maybe_permille(std::int64_t short_by_mn, const Facts& a,
                                    const Facts& b) const {
  const bool calls = a.witness == WitnessKind::caller && b.witness == WitnessKind::caller;
  const auto& table = calls ? config_.maybe.calls_permille : config_.maybe.others_permille;
  const auto row =
      short_by_mn < 0 ? std::size_t{0} : static_cast<std::size_t>(short_by_mn / 1000 + 1);
  const std::uint32_t permille = row < table.size() ? table[row] : 0;
  return permille < config_.maybe.least_permille ? 0 : permille;
}

std::int64_t Score::maybe_within_mn(const Facts& b) const {
  const std::size_t others = config_.maybe.others_permille.size();
  const std::size_t rows = b.witness == WitnessKind::caller
                               ? std::max(config_.maybe.calls_permille.size(), others)
                               : others;
  return 1000 * (static_cast<std::int64_t>(rows) - 1);
}

}  // namespace fusiond::fusion
