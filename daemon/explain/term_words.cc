#include "daemon/explain/term_words.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "daemon/explain/words.h"

namespace fusiond::explain {
namespace {

using fusion::AssociationConfig;

// How far reporters of this kind are from what they tell of, and how many of them how much
// further; all 0 when that is not known.
struct StandOff {
  std::uint32_t metres = 0;
  AssociationConfig::Afar afar;
};

StandOff stand_off(const Member& report, const AssociationConfig& config) {
  const bool caller = report.source_kind == SourceKind::cad && report.place &&
                      report.place->method != LocationMethod::device_registry;
  if (!caller) {
    const auto found = config.stand_off_m.find(report.source_kind);
    return {found == config.stand_off_m.end() ? config.default_stand_off_m : found->second, {}};
  }
  auto row = config.kinds.find(report.kind);
  row = row == config.kinds.end() ? config.kinds.find("unclassified") : row;
  if (row == config.kinds.end()) {
    return {};
  }
  const auto leading = std::max_element(row->second.begin(), row->second.end());
  const auto first = static_cast<std::size_t>(leading - row->second.begin());
  std::size_t furthest = first;
  for (std::size_t f = 0; f < row->second.size(); ++f) {
    if (row->second[f] >= config.heard_ppm &&
        config.caller_stand_off_m[f] > config.caller_stand_off_m[furthest]) {
      furthest = f;
    }
  }
  const std::uint32_t off = config.caller_stand_off_m[furthest];
  const auto method = report.place->method;
  const bool typed = method == LocationMethod::geocoded || method == LocationMethod::manual;
  return {typed && off < config.afar_m ? off * config.address_stand_off_percent / 100 : off,
          config.caller_afar.empty() ? AssociationConfig::Afar{} : config.caller_afar[first]};
}

// "… a phone fix good to 45 m and by …": what the uncertainty is made of.
std::string allowance_words(const Told& told) {
  if (told.report == nullptr || !told.report->place) {
    return "";
  }
  const Place& place = *told.report->place;
  std::string words = " by " + std::string(fix_word_of(place.method)) + " good to " +
                      metres((place.radius_cm + 99) / 100);
  if (told.config != nullptr) {
    const StandOff off = stand_off(*told.report, *told.config);
    if (off.metres > 0) {
      words +=
          ", by those who tell of such things being some " + metres(off.metres) + " from the scene";
    }
    if (off.afar.permille > 0 && off.afar.metres > 0) {
      words += " and " + percent(off.afar.permille) + " of them " + metres(off.afar.metres) +
               " further off";
    }
  }
  return words + ", and by what " + told.others + " leave" + (told.is_one ? "s" : "") + " open";
}

std::string place_words(const Told& told) {
  const ScoreTerms& terms = told.terms;
  const double ratio = terms.sigma_m == 0 ? 0 : double(terms.distance_m) / terms.sigma_m;
  const std::uint32_t tenths = told.config != nullptr ? told.config->spread_tenths : 138;
  const char* fits = ratio <= 1                          ? "which fits well"
                     : ratio <= 2                        ? "which fits"
                     : ratio <= std::sqrt(tenths / 10.0) ? "which is at the edge"
                                                         : "which is too far";
  return "It is " + metres(terms.distance_m) + " from where " + told.others + " put" +
         (told.is_one ? "s" : "") + " it, " + fits + ": " + metres(terms.sigma_m) +
         " are allowed for" + allowance_words(told) + ".";
}

std::string delay_words(const Told& told) {
  const std::string last = (told.is_one ? "" : "the last of ") + told.others;
  std::string words = told.terms.gap.count() == 0
                          ? "It tells of the same time as " + last
                          : "It tells of a time " + span(told.terms.gap) + " after " + last;
  if (told.report == nullptr || told.config == nullptr) {
    return words + ".";
  }
  auto mean = told.config->delay_mean.find(told.report->source_kind);
  mean = mean == told.config->delay_mean.end()
             ? told.config->delay_mean.find(SourceKind::unspecified)
             : mean;
  if (mean == told.config->delay_mean.end()) {
    return words + ".";
  }
  return words + "; a " + std::string(word_of(told.report->source_kind)) + " comes " +
         span(mean->second) + " late on average, so " +
         (told.terms.gap <= mean->second       ? "that is usual."
          : told.terms.gap <= 3 * mean->second ? "that is late but not rare."
                                               : "that speaks against it.");
}

// What the kind term holds besides the families: that both are of one kind, and that others seldom
// tell of what such a source is the first to tell of.
std::string alike_words(const Told& told) {
  if (told.config == nullptr || told.first == nullptr || told.report == nullptr) {
    return "";
  }
  const AssociationConfig& config = *told.config;
  const Member& first = *told.first;
  std::string words;
  const auto share = config.kind_share_ppm.find(told.report->kind);
  if (first.kind == told.report->kind && config.like_permille > 0 &&
      share != config.kind_share_ppm.end()) {
    words += " That both are of one kind is part of it: " +
             percent(std::max<std::int64_t>((share->second + 500) / 1000, 1)) +
             " of all reports are of it.";
  }
  const bool unit = first.source_kind == SourceKind::cad && first.place &&
                    first.place->method == LocationMethod::device_registry;
  const auto alone = config.alone_permille.find(first.source_kind);
  std::uint32_t permille = alone == config.alone_permille.end() ? 0 : alone->second;
  permille = unit ? config.alone_unit_permille : permille;
  if (permille > 0) {
    words += " It began with a " +
             (unit ? "unit's own call" : std::string(word_of(first.source_kind))) +
             "; what one is the first to tell of nobody else tells of in " + percent(permille) +
             " of cases, and that is taken off.";
  }
  return words;
}

std::string kind_words(const Told& told) {
  const std::string what = told.report == nullptr ? std::string("What it tells of")
                                                  : "What it tells of (" + told.report->kind + ")";
  const std::int64_t mn = told.terms.kind_mn;
  if (mn > 50) {
    return what + " goes with " + told.others + ": seen together " + times(mn) +
           " as often as by chance." + alike_words(told);
  }
  if (mn < -50) {
    return what + " goes badly with " + told.others + ": seen together " + times(mn) +
           " as often as by chance." + alike_words(told);
  }
  return what + " says nothing for or against." + alike_words(told);
}

std::string keys_words(const Told& told) {
  const std::string which = told.is_one ? told.others : "one of " + told.others;
  return "It " + key_between(told.terms.key) + " " + which + ", which counts " +
         times(told.terms.keys_mn) + ".";
}

std::string recent_words(const Told& told) {
  const std::int64_t mn = told.terms.recent_mn;
  if (mn > 0) {
    return "Several told of it shortly before; what many tell of is told of again: " + times(mn) +
           " as likely as after a single report.";
  }
  return "Nobody has told of it for a while: a further report is " + times(mn) +
         " as likely as right after one.";
}

struct TermRow {
  std::string_view about;
  std::int64_t ScoreTerms::* value;
  std::string (*words)(const Told&);
  bool only_when_it_counts;  // no sentence when it is 0
};

// Every term of the score. A new one: one row.
constexpr std::array<TermRow, 5> kTerms = {{
    {"place", &ScoreTerms::place_mn, place_words, false},
    {"delay", &ScoreTerms::delay_mn, delay_words, false},
    {"kind", &ScoreTerms::kind_mn, kind_words, false},
    {"keys", &ScoreTerms::keys_mn, keys_words, true},
    {"recent", &ScoreTerms::recent_mn, recent_words, true},
}};

std::string time_limit(const AssociationConfig* config) {
  return config == nullptr ? "the time allowed" : span(config->window);
}
std::string reach_limit(const AssociationConfig* config) {
  return config == nullptr ? "the distance allowed" : metres(config->reach_m);
}

// Each gate: what was missed.
std::string missed_time(const Candidate&, const AssociationConfig* config) {
  return "its first report was more than " + time_limit(config) + " earlier";
}
std::string missed_distance(const Candidate&, const AssociationConfig* config) {
  return "its first report was more than " + reach_limit(config) + " away";
}
std::string missed_spread(const Candidate& candidate, const AssociationConfig* config) {
  const double factor = config == nullptr ? 13.8 : config->spread_tenths / 10.0;
  const auto most = static_cast<std::int64_t>(std::sqrt(factor) * candidate.terms.sigma_m);
  return "it was " + metres(candidate.terms.distance_m) + " off, where their errors allow for " +
         metres(most) + " at most unless they share a number";
}
std::string missed_pair(const Candidate&, const AssociationConfig* config) {
  return "no single report of it was within " + reach_limit(config) + " and " + time_limit(config) +
         " and within the errors of both";
}
std::string missed_score(const Candidate& candidate, const AssociationConfig*) {
  const std::int64_t short_by = candidate.terms.need_mn - candidate.terms.total_mn;
  return "the evidence was " + times_of(-short_by) + " what was needed (short by " +
         nats(short_by) + " nats)";
}
std::string missed_none(const Candidate&, const AssociationConfig*) {
  return "it would have sufficed";
}

std::string missed_person(const Candidate&, const AssociationConfig*) {
  return "people said that something in it is not the same matter";
}

struct GateRow {
  Gate gate;
  std::string (*words)(const Candidate&, const AssociationConfig*);
};
constexpr std::array<GateRow, 7> kGates = {{
    {Gate::none, missed_none},
    {Gate::time, missed_time},
    {Gate::distance, missed_distance},
    {Gate::spread, missed_spread},
    {Gate::pair, missed_pair},
    {Gate::score, missed_score},
    {Gate::person, missed_person},
}};

Fact background_fact(const Told& told) {
  const ScoreTerms& terms = told.terms;
  const auto n = std::int64_t{terms.background_n};
  std::string near = "near by";
  std::optional<std::int64_t> raised;
  if (told.config != nullptr) {
    near = "within " + metres(told.config->background_reach_m) + " in the " +
           span(told.config->window) + " before";
    raised = terms.need_mn - told.config->theta_mn - told.margin_mn - told.config->background_ln_mn;
  }
  if (n == 0) {
    return {"background", "Nothing else was reported " + near + ", so the need is the usual one."};
  }
  std::string words = count(terms.background_n, "other report") + " " + near;
  if (!raised) {
    words += n == 1 ? " makes" : " make";
    return {"background",
            words + " a coincidence likelier and may have raised the need.",
            {{"background_n", n}}};
  }
  if (*raised <= 0) {
    return {"background",
            words + ": no more than usual here, so the need is the usual one.",
            {{"background_n", n}}};
  }
  words += std::string(n == 1 ? " makes" : " make") + " a coincidence " + times(*raised) +
           " as likely as usual: so much more was needed.";
  return {"background", words, {{"background_n", n}, {"raised_mn", *raised}}};
}

}  // namespace

std::vector<Fact> term_facts(const Told& told) {
  std::vector<Fact> facts;
  for (const TermRow& row : kTerms) {
    const std::int64_t value = told.terms.*row.value;
    if (value != 0 || !row.only_when_it_counts) {
      facts.push_back(
          {std::string(row.about), row.words(told), {{std::string(row.about) + "_mn", value}}});
    }
  }
  facts.front().values.emplace_back("distance_m", told.terms.distance_m);
  facts.front().values.emplace_back("sigma_m", told.terms.sigma_m);
  return facts;
}

std::vector<Fact> need_facts(const Told& told) {
  const ScoreTerms& terms = told.terms;
  const std::int64_t over = terms.total_mn - terms.need_mn;
  std::string words = "Together that is " + times_of(over) + " the evidence that was needed";
  if (told.config != nullptr) {
    const std::int64_t asked = told.config->theta_mn + told.margin_mn;
    words += ": " + times(over + asked) +
             " likelier that they belong together than a coincidence, where " + times(asked) +
             " was asked for";
  }
  return {{"need",
           words + ".",
           {{"total_mn", terms.total_mn}, {"need_mn", terms.need_mn}, {"over_mn", over}}},
          background_fact(told)};
}

std::string missed_words(const Candidate& candidate, const AssociationConfig* config) {
  for (const GateRow& row : kGates) {
    if (row.gate == candidate.missed) {
      return row.words(candidate, config);
    }
  }
  return "it missed a limit that this version does not know";
}

}  // namespace fusiond::explain
