// Confidence and place for the reference fold, written a second time: design/0010.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "daemon/fusion/log_table.h"
#include "tests/support/reference_world.h"

namespace fusiond::support {
namespace {

using Milli = std::int64_t;

std::size_t teller(const Event& e) {
  const bool unit = e.source_kind == SourceKind::cad && e.place &&
                    e.place->method == LocationMethod::device_registry;
  return unit ? 11 : static_cast<std::size_t>(e.source_kind);
}

}  // namespace

std::string who(const Event& e) {
  if (!e.provenance.empty()) {
    return "0" + e.provenance;
  }
  if (!e.keys.caller.empty()) {
    return "1" + e.keys.caller;
  }
  if (!e.keys.device.empty()) {
    return "2" + e.keys.device;
  }
  if (e.source_kind == SourceKind::acoustic) {
    return "3" + e.source.str();
  }
  return teller(e) == 11 && !e.keys.cad_number.empty() ? "4" + e.keys.cad_number : "5" + e.id.str();
}

namespace {

// 2 stands, 1 called off, 0 taken back.
int fate(const Event& e) {
  return e.lifecycle == Lifecycle::retract ? 0 : e.lifecycle == Lifecycle::cancel ? 1 : 2;
}

// The own-confidence part of a report's worth.
Milli own(const Event& e, const fusion::ConfidenceConfig& config) {
  const auto& row = config.witnesses[teller(e)];
  const Milli raw =
      e.confidence_permille
          ? fusion::divided<Milli>(row.own_slope_mn * (*e.confidence_permille - 500), 1000)
          : 0;
  return std::max(-row.own_bound_mn, std::min(row.own_bound_mn, raw));
}

Milli said(const Event& e, const fusion::ConfidenceConfig& config) {
  return config.kinds_mn.contains(e.kind) ? config.kinds_mn.at(e.kind) : 0;
}

Milli effective(std::size_t n, const fusion::ConfidenceConfig& config) {
  const auto count = static_cast<Milli>(n);
  return n == 0
             ? 0
             : fusion::divided<Milli>(count * 1000000, 1000 + (count - 1) * config.share_permille);
}

struct Voice {
  std::string name;
  std::size_t report = 0;  // its strongest
  Milli worth = 0;
  int fate = 0;  // its best
};

void put(IncidentContent& content, const Factor& factor) {
  content.odds_mn += factor.total_mn;
  content.factors.push_back(factor);
}

// n witnesses of `factor`, less what is counted already.
void put_effective(IncidentContent& content, Factor factor, Milli less,
                   const fusion::ConfidenceConfig& config) {
  factor.effective_milli = effective(factor.count, config) - less;
  factor.total_mn = fusion::divided<Milli>(factor.each_mn * factor.effective_milli, 1000);
  if (factor.effective_milli > 0 && factor.total_mn != 0) {
    put(content, factor);
  }
}

void put_strongest(IncidentContent& content, const Event& best,
                   const fusion::ConfidenceConfig& config) {
  const auto kind = static_cast<WitnessKind>(teller(best));
  const auto& row = config.witnesses[teller(best)];
  put(content,
      {FactorKind::prior, kind, best.kind, 1, 1000, row.prior_mn, row.prior_mn, {best.id}});
  if (const Milli value = said(best, config); value != 0) {
    put(content, {FactorKind::kind, kind, best.kind, 1, 1000, value, value, {best.id}});
  }
  if (const Milli value = own(best, config); value != 0) {
    put(content, {FactorKind::own,
                  kind,
                  "",
                  1,
                  *best.confidence_permille - 500,
                  row.own_slope_mn,
                  value,
                  {best.id}});
  }
}

void put_limit(IncidentContent& content, const fusion::ConfidenceConfig& config) {
  const Milli off =
      std::max(-config.limit_mn, std::min(config.limit_mn, content.odds_mn)) - content.odds_mn;
  if (off != 0) {
    put(content, {FactorKind::limit, WitnessKind::unspecified, "", 0, 1000, off, off, {}});
  }
  const Milli e = fusion::exp_q30(1000 * std::abs(content.odds_mn));
  const Milli low = fusion::divided<Milli>(1000 * e, (Milli{1} << 30) + e);
  content.confidence_permille = static_cast<std::uint32_t>(content.odds_mn < 0 ? low : 1000 - low);
}

// One voice per witness, by first member, whose number the members get.
std::vector<Voice> voices_of(IncidentContent& content, const std::vector<std::size_t>& members,
                             const std::vector<Report>& all,
                             const fusion::ConfidenceConfig& config) {
  std::vector<Voice> voices;
  for (std::size_t k = 0; k < members.size(); ++k) {
    const Event& event = all[members[k]].shows;
    const Milli worth =
        config.witnesses[teller(event)].prior_mn + said(event, config) + own(event, config);
    const Voice now{who(event), members[k], worth, fate(event)};
    const auto known = std::find_if(voices.begin(), voices.end(),
                                    [&](const Voice& one) { return one.name == now.name; });
    content.members[k].witness = static_cast<std::uint32_t>(known - voices.begin() + 1);
    if (known == voices.end()) {
      voices.push_back(now);
    } else if (std::tie(known->fate, known->worth) < std::tie(now.fate, now.worth)) {
      *known = now;
    }
  }
  return voices;
}

}  // namespace

// What the heard reports nearly joined, if a credible witness opened it.
std::optional<Factor> World::nearly_fits(const std::vector<std::size_t>& heard,
                                         std::size_t root) const {
  const auto& rows = config.confidence.witnesses;
  Milli most = 0;
  std::optional<Factor> factor;
  for (const std::size_t i : heard) {
    const auto& runner_up = all[i].reason.runner_up;
    if (!runner_up || !rows[teller(all[i].shows)].fits) {
      continue;
    }
    for (const auto& [anchor, link] : cases) {
      const bool it = all[anchor].decides.id == runner_up->anchor && first[anchor] != root &&
                      rows[teller(all[anchor].decides)].prior_mn > 0;
      const Milli fits = runner_up->terms.total_mn - config.background_ln_mn;
      if (it && fits > most) {
        most = fits;
        const Milli value = std::min(most, config.confidence.fits_most_mn);
        factor = Factor{FactorKind::fits,
                        static_cast<WitnessKind>(teller(all[i].shows)),
                        "",
                        1,
                        value,
                        1000,
                        value,
                        {all[i].decides.id}};
      }
    }
  }
  return factor;
}

void World::weigh(IncidentContent& content, const std::vector<std::size_t>& members,
                  std::optional<std::size_t> root) const {
  const auto& rules = config.confidence;
  const auto shown = [&](std::size_t i) -> const Event& { return all[i].shows; };
  const std::vector<Voice> voices = voices_of(content, members, all, rules);
  const bool some_stand =
      std::any_of(voices.begin(), voices.end(), [](const Voice& one) { return one.fate == 2; });
  const auto is_heard = [&](int its_fate) { return its_fate == 2 || !some_stand; };
  std::optional<Voice> top;
  for (const Voice& voice : voices) {
    if (is_heard(voice.fate)) {
      ++content.witnesses;
      top = !top || voice.worth > top->worth ? voice : *top;
    }
  }
  const Event& best = shown(top->report);
  put_strongest(content, best, rules);
  const auto count = [&](Factor factor, const auto& counts) {
    for (const Voice& voice : voices) {
      if (counts(voice)) {
        ++factor.count;
        if (factor.event_ids.size() < 8 &&
            !(factor.factor == FactorKind::witnesses && voice.report == top->report)) {
          factor.event_ids.push_back(shown(voice.report).id);
        }
      }
    }
    const bool same_kind = factor.factor == FactorKind::witnesses &&
                           factor.witness == static_cast<WitnessKind>(teller(best));
    put_effective(content, factor, same_kind ? 1000 : 0, rules);
  };
  for (std::size_t w = 0; w < kWitnessKinds; ++w) {
    count({FactorKind::witnesses,
           static_cast<WitnessKind>(w),
           "",
           0,
           0,
           rules.witnesses[w].likelier_mn,
           0,
           {}},
          [&](const Voice& one) { return is_heard(one.fate) && teller(shown(one.report)) == w; });
  }
  std::vector<std::size_t> heard;
  std::uint32_t times = 0;
  for (const std::size_t i : members) {
    if (is_heard(fate(shown(i)))) {
      heard.push_back(i);
      times += 1 + all[i].copies;
    }
  }
  const auto& row = rules.witnesses[teller(best)];
  const bool alone = content.witnesses == 1 && row.repeats && times > rules.alone_after;
  if (alone) {
    put(content, {FactorKind::alone,
                  static_cast<WitnessKind>(teller(best)),
                  "",
                  times,
                  1000,
                  -rules.alone_mn,
                  -rules.alone_mn,
                  {best.id}});
  }
  const auto factor = root ? nearly_fits(heard, *root) : std::nullopt;
  if (row.fits && factor && !alone) {
    put(content, *factor);
  }
  count({FactorKind::retracted, WitnessKind::unspecified, "", 0, 0, -rules.retracted_mn, 0, {}},
        [](const Voice& one) { return one.fate == 0; });
  count({FactorKind::cancelled, WitnessKind::unspecified, "", 0, 0, -rules.cancelled_mn, 0, {}},
        [](const Voice& one) { return one.fate == 1; });
  put_limit(content, rules);
}

// One report per witness, the surest; their mean by information; a t distribution's 95 % circle.
Estimate place_of(const std::vector<std::pair<std::string, const Report*>>& reports,
                  std::uint32_t trust) {
  const auto whole = [](std::int64_t lon) {
    return lon > 1800000000 ? lon - 3600000000 : lon < -1800000000 ? lon + 3600000000 : lon;
  };
  std::map<std::string, const Report*> best;
  for (const auto& [name, one] : reports) {
    const auto [at, is_new] = best.emplace(name, one);
    if (!is_new && one->whole_variance < at->second->whole_variance) {
      at->second = one;
    }
  }
  const std::int64_t lat0 = reports[0].second->decides.place->lat_e7;
  const std::int64_t lon0 = reports[0].second->decides.place->lon_e7;
  fusion::Wide w = 0;
  fusion::Wide north = 0;
  fusion::Wide east = 0;
  for (const auto& [name, one] : best) {
    const fusion::Wide weight = (fusion::Wide{1} << 32) / one->whole_variance;
    w += weight;
    north += weight * (one->decides.place->lat_e7 - lat0);
    east += weight * whole(one->decides.place->lon_e7 - lon0);
  }
  const auto lat = static_cast<std::int32_t>(lat0 + fusion::divided(north, w));
  const auto lon =
      static_cast<std::int32_t>(whole(lon0 + static_cast<std::int64_t>(fusion::divided(east, w))));
  fusion::Wide chi = 0;
  for (const auto& [name, one] : best) {
    const fusion::Wide square = distance2(*one->at, fusion::to_grid(lat, lon));
    chi += fusion::divided<fusion::Wide>(1000 * square, fusion::Wide{256} * one->whole_variance);
  }
  const auto nu = static_cast<Milli>(trust) + 2 * (static_cast<Milli>(best.size()) - 1);
  fusion::Wide stretch = fusion::divided<fusion::Wide>(fusion::Wide{1000} * trust + chi, nu);
  stretch = best.size() == 1 || stretch < 1000 ? fusion::Wide{1000} : stretch;
  const fusion::Wide e = fusion::exp_q30(fusion::divided<Milli>(2 * 2995732, nu));
  const fusion::Wide quantile =
      fusion::divided<fusion::Wide>(fusion::Wide{1000} * nu * ((fusion::Wide{1} << 30) - e), e);
  const fusion::Wide variance = ((fusion::Wide{1} << 32) + w - 1) / w;
  const fusion::Wide square = variance * stretch * quantile / 1000000;
  const auto radius = static_cast<std::uint32_t>(
      std::min<Milli>(20040000, 1 + static_cast<Milli>(fusion::root(static_cast<std::uint64_t>(
                                        std::min<fusion::Wide>(square, 401601600000000))))));
  return {lat, lon, radius};
}

std::optional<Estimate> World::estimate(const std::vector<std::size_t>& anchors) const {
  for (const std::size_t anchor : anchors) {
    if (!all[anchor].at) {
      continue;
    }
    Reports members = all[anchor].late ? Reports{&all[anchor]} : members_before(anchor, all.size());
    Reports left;
    std::copy_if(members.begin(), members.end(), std::back_inserter(left),
                 [](const Report* one) { return one->shows.lifecycle != Lifecycle::retract; });
    std::vector<std::pair<std::string, const Report*>> named;
    for (const Report* one : left.empty() ? members : left) {
      named.emplace_back(who(one->shows), one);
    }
    return place_of(named, config.place_trust);
  }
  return std::nullopt;
}

}  // namespace fusiond::support
