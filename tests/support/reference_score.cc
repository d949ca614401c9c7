#include "tests/support/reference_score.h"

#include <algorithm>

#include "daemon/fusion/log_table.h"

namespace fusiond::support {
namespace {

using fusion::AssociationConfig;
using fusion::ln_micro;
using fusion::Wide;

std::int64_t ln(std::int64_t n) {
  return ln_micro(static_cast<fusion::UWide>(n));
}
constexpr std::int64_t kMost = std::int64_t{1} << 31;
constexpr std::int64_t kLn2Pi = 1837877;
constexpr std::int64_t kLn1e6 = 13815511;

// Half up, away from zero.
Wide over(Wide a, Wide b) {
  return a < 0 ? -((-a + b / 2) / b) : (a + b / 2) / b;
}
std::int64_t mn(std::int64_t micro) {
  return static_cast<std::int64_t>(over(micro, 1000));
}
std::int64_t ppm(std::uint32_t p) {
  return p == 0 ? 1 : p;
}
bool shared(const std::string& a, const std::string& b) {
  return a == b && !a.empty();
}

// Of two reports, so many in a million are further off, by so much more variance on average.
struct Further {
  std::int64_t ppm = 0;
  std::int64_t extra = 0;
};

Further further(const Report* a, const Report& b) {
  const std::int64_t w = a == nullptr ? 0 : a->afar_permille;
  const std::int64_t a_m2 = a == nullptr ? 0 : w * a->afar_m * a->afar_m;
  const std::int64_t b_m2 = b.afar_permille * b.afar_m * b.afar_m;
  if (a_m2 + b_m2 == 0) {
    return {};
  }
  return {1000000 - (1000 - w) * (1000 - b.afar_permille), (a_m2 + b_m2) / (w + b.afar_permille)};
}

std::int64_t density_mn(std::int64_t square, std::int64_t variance) {
  return -static_cast<std::int64_t>(over(Wide{square} * 1000, Wide{512} * variance)) -
         mn(kLn2Pi + ln(variance));
}

// ln of the sum of both: the larger, and ln(1 + exp(-what lies between)), in steps of 8
// milli-nats and up to 8 nats.
std::int64_t place_mn(std::int64_t square, std::int64_t variance, const Further& further) {
  if (further.extra == 0) {
    return density_mn(square, variance);
  }
  const std::int64_t near = density_mn(square, variance) + mn(ln(1000000 - further.ppm) - kLn1e6);
  const std::int64_t far =
      density_mn(square, variance + further.extra) + mn(ln(further.ppm) - kLn1e6);
  const std::int64_t between = std::abs(near - far);
  const std::int64_t one = std::int64_t{1} << 30;
  const std::int64_t adds =
      between >= 8000 ? 0 : mn(ln(one + fusion::exp_q30(between / 8 * 8000)) - ln(one));
  return std::max(near, far) + adds;
}

void finish(ScoreTerms& terms, std::int64_t square, std::int64_t variance, const Further& further) {
  terms.place_mn = place_mn(square, variance, further);
  terms.total_mn =
      terms.place_mn + terms.delay_mn + terms.kind_mn + terms.keys_mn + terms.recent_mn;
  terms.distance_m =
      static_cast<std::uint32_t>(fusion::root(static_cast<std::uint64_t>(square)) / 16);
  terms.sigma_m = static_cast<std::uint32_t>(
      fusion::root(static_cast<std::uint64_t>(variance + further.extra)));
}

std::int64_t delay_mn(const Report& first, const Report& e, std::int64_t gap) {
  return -mn(ln(first.tau_us + e.tau_us) - kLn1e6) -
         static_cast<std::int64_t>(over(Wide{gap} * 1000, e.tau_us));
}

// 2 ln P^ of members of these rows: the first counts whole, each other one half.
std::vector<std::int64_t> twice_belief(const std::vector<std::vector<std::uint32_t>>& rows,
                                       const AssociationConfig& config) {
  std::vector<std::int64_t> belief;
  for (std::size_t f = 0; f < config.families.size(); ++f) {
    std::int64_t sum = 2 * (ln(ppm(rows[0][f])) - kLn1e6);
    for (std::size_t i = 1; i < rows.size(); ++i) {
      sum += ln(ppm(rows[i][f])) - ln(ppm(config.family_prior_ppm[f]));
    }
    belief.push_back(sum);
  }
  return belief;
}

// The same kind, by its own row: a kind without one counts as unclassified.
std::string row_name(const Report& report, const AssociationConfig& config) {
  return config.kinds.contains(report.decides.kind) ? report.decides.kind : "unclassified";
}

// What the like term leaves to the families, for the later of two.
std::int64_t family_permille(const Report& e, const AssociationConfig& config) {
  return config.like_permille > 0 && config.kind_share_ppm.contains(row_name(e, config))
             ? 1000 - config.like_permille
             : 1000;
}

bool same_kind(const Report& a, const Report& b, const AssociationConfig& config) {
  return row_name(a, config) == row_name(b, config) && family_permille(b, config) < 1000;
}

// like / share of the kind, 2^-20.
std::int64_t like_q20(const Report& e, const AssociationConfig& config) {
  const auto share = config.kind_share_ppm.at(row_name(e, config));
  return ((std::int64_t{config.like_permille} * 1000) << 20) /
         ppm(share < config.like_least_ppm ? config.like_least_ppm : share);
}

// How rarely anybody else tells of what such a report is the first to tell of.
std::int64_t alone_mn(const Event& event, const AssociationConfig& config) {
  std::uint32_t permille = 0;
  if (config.alone_permille.contains(event.source_kind)) {
    permille = config.alone_permille.at(event.source_kind);
  }
  if (event.source_kind == SourceKind::cad && event.place &&
      event.place->method == LocationMethod::device_registry) {
    permille = config.alone_unit_permille;
  }
  return mn(ln(1000 - std::int64_t{permille}) - ln(1000));
}

}  // namespace

std::vector<std::uint32_t> kind_row(const AssociationConfig& config, const std::string& kind) {
  if (config.kinds.contains(kind)) {
    return config.kinds.at(kind);
  }
  return config.kinds.contains("unclassified") ? config.kinds.at("unclassified")
                                               : config.family_prior_ppm;
}

void fill_in(Report& report, const AssociationConfig& config) {
  const Event& event = report.decides;
  report.time = event.occurred.time_since_epoch().count();
  report.row = kind_row(config, event.kind);
  report.alone_mn = alone_mn(event, config);
  report.tau_us = 170000000;
  if (config.delay_mean.contains(SourceKind::unspecified)) {
    report.tau_us = config.delay_mean.at(SourceKind::unspecified).count();
  }
  if (config.delay_mean.contains(event.source_kind)) {
    report.tau_us = config.delay_mean.at(event.source_kind).count();
  }
  if (!event.place) {
    return;
  }
  report.at = fusion::to_grid(event.place->lat_e7, event.place->lon_e7);
  const std::int64_t p =
      std::min<std::int64_t>(999, std::max<std::int64_t>(10, event.place->confidence_permille));
  const Wide below = Wide{2} * (ln(1000) - ln(1000 - p)) * 10000;
  const Wide above = Wide{event.place->radius_cm} * event.place->radius_cm * 1000000;
  const Wide fix = std::min<Wide>((above + below - 1) / below, kMost);
  std::int64_t off = config.default_stand_off_m;
  if (config.stand_off_m.contains(event.source_kind)) {
    off = config.stand_off_m.at(event.source_kind);
  }
  if (event.source_kind == SourceKind::cad &&
      event.place->method != LocationMethod::device_registry) {
    const auto most = std::max_element(report.row.begin(), report.row.end());
    const auto leading = static_cast<std::size_t>(most - report.row.begin());
    off = config.caller_stand_off_m[leading];
    for (std::size_t f = 0; f < report.row.size(); ++f) {
      if (report.row[f] >= config.heard_ppm && config.caller_stand_off_m[f] > off) {
        off = config.caller_stand_off_m[f];
      }
    }
    if (!config.caller_afar.empty()) {
      report.afar_permille = config.caller_afar[leading].permille;
      report.afar_m = config.caller_afar[leading].metres;
    }
    const bool typed = event.place->method == LocationMethod::geocoded ||
                       event.place->method == LocationMethod::manual;
    if (typed && off < std::int64_t{config.afar_m}) {
      off = off * config.address_stand_off_percent / 100;
    }
  }
  report.variance =
      static_cast<std::int64_t>(std::min<Wide>(std::max<Wide>(fix + Wide{off} * off, 1), kMost));
  report.whole_variance =
      report.variance + report.afar_permille * report.afar_m * report.afar_m / 1000;
}

std::int64_t key_score(const Report& a, const Report& b, const AssociationConfig& config,
                       std::string& key) {
  const Keys& p = a.decides.keys;
  const Keys& q = b.decides.keys;
  std::vector<std::pair<std::int64_t, std::string>> found;
  const bool cad = shared(p.cad_number, q.cad_number);
  if (cad) {
    found.emplace_back(config.keys.cad_mn, "cad");
  }
  const bool crossed = shared(p.duplicate_of, q.cad_number) ||
                       shared(q.duplicate_of, p.cad_number) ||
                       shared(p.duplicate_of, q.duplicate_of);
  if (!cad && crossed) {
    found.emplace_back(config.keys.duplicate_of_mn, "duplicate_of");
  }
  if (shared(p.plate, q.plate)) {
    found.emplace_back(config.keys.plate_mn, "plate");
  }
  if (shared(p.caller, q.caller)) {
    found.emplace_back(config.keys.caller_mn, "caller");
  }
  if (shared(p.device, q.device) && std::abs(a.time - b.time) < config.keys.device_window.count()) {
    found.emplace_back(config.keys.device_mn, "device");
  }
  std::int64_t sum = 0;
  std::int64_t most = 0;
  key.clear();
  for (const auto& [value, name] : found) {
    sum += value;
    if (value > most) {
      most = value;
      key = name;
    }
  }
  return sum;
}

std::int64_t pair_kind_mn(const Report& a, const Report& b, const AssociationConfig& config) {
  std::int64_t sum = 0;
  for (std::size_t f = 0; f < config.families.size(); ++f) {
    sum += ppm(a.row[f]) * ppm(b.row[f]) * 1000 / ppm(config.family_prior_ppm[f]);
  }
  sum = sum * family_permille(b, config) / 1000;
  if (same_kind(a, b, config)) {
    sum += static_cast<std::int64_t>(Wide{like_q20(b, config)} * 1000000000 >> 20);
  }
  return mn(ln(std::max<std::int64_t>(sum, 1)) - ln(1000000000));
}

bool pair_gates(const Report& a, const Report& b, const AssociationConfig& config) {
  if (!a.at || !b.at || b.time - a.time > config.window.count()) {
    return false;
  }
  const std::int64_t square = distance2(*a.at, *b.at);
  const std::int64_t rho = std::int64_t{16} * config.reach_m;
  if (square > rho * rho) {
    return false;
  }
  std::string key;
  const std::int64_t variance = a.variance + b.variance + further(&a, b).extra;
  const bool near = square * 10 <= config.spread_tenths * variance * 256;
  return near || key_score(a, b, config, key) > 0;
}

std::int64_t need_mn(const Report& b, std::int64_t extra_mn, const AssociationConfig& config) {
  // (usual + n) / (pi R^2 T / share), usual and n in 2^-20; usual: the most that is not above
  // lambda0.
  const std::int64_t volume = kLn2Pi - ln(2) + 2 * ln(config.background_reach_m) +
                              ln(config.window.count()) - kLn1e6 + ln(1000) -
                              ln(config.background_permille) + ln(1 << 20);
  const std::int64_t usual_ln = 1000 * config.background_ln_mn + volume;
  std::int64_t low = 1;
  std::int64_t high = std::int64_t{1} << 61;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (ln(middle) <= usual_ln ? low : high) = middle;
  }
  const std::int64_t lambda = mn(ln((std::int64_t{b.background} << 20) + low) - volume);
  return config.theta_mn + extra_mn + lambda;
}

ScoreTerms pair_score(const Report& a, const Report& b, const AssociationConfig& config) {
  ScoreTerms terms;
  terms.gap = Micros{b.time - a.time};
  terms.delay_mn = delay_mn(a, b, b.time - a.time);
  terms.kind_mn = pair_kind_mn(a, b, config) + a.alone_mn;
  terms.keys_mn = key_score(a, b, config, terms.key);
  finish(terms, distance2(*a.at, *b.at), a.variance + b.variance, further(&a, b));
  return terms;
}

namespace {

// exp(-gap / recent) of a count in 2^-20, rounded down.
std::int64_t faded(std::int64_t count, std::int64_t gap, const AssociationConfig& config) {
  const Wide age = Wide{gap} * 1000000 / config.recent.count();
  return static_cast<std::int64_t>(Wide{count} * fusion::exp_q30(static_cast<std::int64_t>(
                                                     std::clamp<Wide>(age, 0, 31000000))) >>
                                   30);
}

// Members fade one step at a time, from each to the next.
std::int64_t recent_mn(const Reports& members, const Report& e, const AssociationConfig& config) {
  std::int64_t recent = 0;
  std::int64_t last = members.front()->time;
  for (const Report* member : members) {
    recent = faded(recent, member->time - last, config) + (1 << 20);
    last = member->time;
  }
  const std::int64_t now = (1 << 20) + faded(recent, e.time - last, config);
  return static_cast<std::int64_t>(
      over(Wide{ln(now) - ln(1 << 21)} * config.recent_permille, 1000000));
}

}  // namespace

ScoreTerms episode_score(const Reports& members, const Report& e, const AssociationConfig& config,
                         bool& in_spread, const Reports* keyed) {
  Wide w = 0;
  Wide x = 0;
  Wide y = 0;
  Wide z = 0;
  std::vector<std::vector<std::uint32_t>> rows;
  ScoreTerms terms;
  for (const Report* member : members) {
    const Wide one = (Wide{1} << 32) / member->variance;
    w += one;
    x += one * member->at->x;
    y += one * member->at->y;
    z += one * member->at->z;
    rows.push_back(member->row);
    const bool counts =
        keyed == nullptr || std::find(keyed->begin(), keyed->end(), member) != keyed->end();
    std::string key;
    const std::int64_t value = key_score(*member, e, config, key);
    if (counts && value > terms.keys_mn) {
      terms.keys_mn = value;
      terms.key = key;
    }
  }
  const fusion::GridPoint mean{static_cast<std::int64_t>(over(x, w)),
                               static_cast<std::int64_t>(over(y, w)),
                               static_cast<std::int64_t>(over(z, w))};
  const std::int64_t variance = e.variance +
                                static_cast<std::int64_t>(((Wide{1} << 32) + w - 1) / w) +
                                std::int64_t{config.floor_m} * config.floor_m;
  const std::int64_t square = distance2(mean, *e.at);
  terms.gap = Micros{e.time - members.back()->time};
  terms.recent_mn = recent_mn(members, e, config);
  terms.delay_mn = delay_mn(*members.front(), e, terms.gap.count());
  if (members.size() == 1) {
    terms.kind_mn = pair_kind_mn(*members[0], e, config);
  } else {
    const auto belief = twice_belief(rows, config);
    const std::int64_t top = *std::max_element(belief.begin(), belief.end());
    fusion::UWide all = 0;
    fusion::UWide fits = 0;
    for (std::size_t f = 0; f < belief.size(); ++f) {
      const auto share = static_cast<fusion::UWide>(fusion::exp_q30((top - belief[f]) / 2));
      all += share;
      fits += share *
              static_cast<fusion::UWide>((ppm(e.row[f]) << 20) / ppm(config.family_prior_ppm[f]) *
                                         family_permille(e, config) / 1000);
    }
    if (same_kind(*members[0], e, config)) {
      fits += all * static_cast<fusion::UWide>(like_q20(e, config));
    }
    terms.kind_mn = mn(ln_micro(fits > 0 ? fits : 1) - ln_micro(all) - ln(1 << 20));
  }
  terms.kind_mn += members.front()->alone_mn;
  const Further off = further(members.size() == 1 ? members[0] : nullptr, e);
  finish(terms, square, variance, off);
  in_spread = square * 10 <= config.spread_tenths * (variance + off.extra) * 256;
  return terms;
}

std::string leading_family(const std::vector<std::vector<std::uint32_t>>& rows,
                           const AssociationConfig& config) {
  const auto belief = twice_belief(rows, config);
  const std::int64_t top = *std::max_element(belief.begin(), belief.end());
  std::int64_t all = 0;
  for (const std::int64_t one : belief) {
    all += fusion::exp_q30((top - one) / 2);
  }
  if (2 * fusion::exp_q30(0) < all) {
    return "";
  }
  return config.families[static_cast<std::size_t>(std::find(belief.begin(), belief.end(), top) -
                                                  belief.begin())];
}

}  // namespace fusiond::support
