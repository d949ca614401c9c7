#include "daemon/fit/summary.h"

#include <cmath>

#include "daemon/base/json_text.h"
#include "daemon/fit/constants.h"
#include "daemon/fit/json_object.h"

namespace fusiond::fit {
namespace {

Object object_of(const Quantity& quantity) {
  const Interval interval = interval_of(quantity);
  Object object;
  object.number("given", quantity.given).number("value", quantity.value());
  object.text("verdict", word_of(quantity.verdict));
  if (quantity.verdict != Verdict::absent) {
    object.number("estimate", quantity.estimate)
        .number("pairs", quantity.pairs)
        .number("low", interval.low)
        .number("high", interval.high);
  }
  return object;
}

std::string table(const History& history, const Estimates& estimates) {
  Object rows;
  for (std::size_t kind = 0; kind < history.kinds.size(); ++kind) {
    Object row = object_of(estimates.row[kind]);
    row.number("reports", history.reports_of_kind[kind]);
    if (estimates.row[kind].verdict == Verdict::estimated) {
      row.put("shares", array_of(estimates.fitted.table[kind], real));
    }
    rows.put(history.kinds[kind], row.done());
  }
  return rows.done();
}

std::string background(const Estimates& estimates) {
  const Background& seen = estimates.background;
  Object object;
  object.put("lambda0", object_of(estimates.lambda).done())
      .number("ln_mean", std::log(seen.mean))
      .number("ln_at_reports", std::log(seen.at_reports))
      .number("area_km2", seen.area_km2)
      .number("hours", seen.hours)
      .number("reports", seen.reports)
      .put("by_utc_hour", array_of(seen.by_hour, real))
      .put("by_cell_10_25_50_75_90_100", array_of(seen.by_place, real))
      .put("by_unlike_reports", array_of(seen.by_count, [](const CountedChance& bin) {
             Object one;
             one.number("from", static_cast<double>(bin.from)).number("reports", bin.reports);
             one.number("ln_seen", std::log(bin.seen)).number("ln_assumed", std::log(bin.assumed));
             return one.done();
           }));
  return object.done();
}

std::string reliability(const std::vector<Reliability>& bins) {
  return array_of(bins, [](const Reliability& bin) {
    Object one;
    one.number("pairs", bin.pairs).number("by_chance", bin.chance);
    one.number("said", bin.pairs > 0 ? bin.said / bin.pairs : 0);
    return one.done();
  });
}

std::string held_out(const HeldOut& held) {
  Object object;
  object.number("blocks", static_cast<double>(held.blocks))
      .number("reports", static_cast<double>(held.reports))
      .number("given_ln_likelihood_per_report", held.given)
      .number("fitted_ln_likelihood_per_report", held.fitted)
      .number("error_of_difference", held.error)
      .put("reliability_given", reliability(held.reliability_given))
      .put("reliability_fitted", reliability(held.reliability_fitted));
  return object.done();
}

std::string data(const History& history, const Estimates& estimates) {
  Object object;
  const auto count = [&](const char* name, std::size_t value) {
    object.put(name, std::to_string(value));
  };
  object.text("from", estimates.from).text("until", estimates.until);
  count("events", history.events);
  count("reports", history.reports.size());
  count("retracted", history.retracted);
  count("copies", history.copies);
  count("unplaced", history.unplaced);
  count("later_on_a_track", history.tracks);
  count("linked_events", history.linked);
  count("links_to_unknown_events", history.unknown_links);
  object.number("pairs_near", estimates.pairs)
      .number("pairs_of_one_incident", estimates.same)
      .number("pairs_of_related_incidents", estimates.related)
      .number("pairs_linked", estimates.linked);
  count("blocks", estimates.blocks);
  object.text("block", estimates.block);
  return object.done();
}

}  // namespace

const char* word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::estimated:
      return "estimated";
    case Verdict::too_few:
      return "too_few";
    case Verdict::too_uncertain:
      return "too_uncertain";
    case Verdict::too_long:
      return "too_long";
    case Verdict::renamed:
      return "renamed";
    case Verdict::absent:
      break;
  }
  return "absent";
}

std::string summary_of(const History& history, const Estimates& estimates,
                       const Versions& versions) {
  Object delay;
  for (std::size_t i = 0; i < kSources; ++i) {
    delay.put(name_of_source(i), object_of(estimates.delay[i]).done());
  }
  Object callers;
  Object devices;
  const std::size_t families = history.families.size();
  for (std::size_t i = 0; i < estimates.stand_off.size(); ++i) {
    (i < families ? callers : devices)
        .put(i < families ? history.families[i] : name_of_source(i - families),
             object_of(estimates.stand_off[i]).done());
  }
  Object prior;
  Object company;
  for (std::size_t f = 0; f < families; ++f) {
    prior.put(history.families[f], Object()
                                       .number("given", estimates.given.prior[f])
                                       .number("value", estimates.fitted.prior[f])
                                       .done());
    company.number(history.families[f], estimates.fitted.company[f]);
  }
  Object all;
  all.text("given_version", versions.given)
      .text("fitted_version", versions.fitted)
      .put("data", data(history, estimates))
      .put("delay_mean_s", delay.done())
      .put("caller_stand_off_m", callers.done())
      .put("stand_off_m", devices.done())
      .put("kinds", table(history, estimates))
      .put("families", array_of(history.families, json_string))
      .put("family_prior", prior.done())
      .put("reports_of_one_incident_beside_one", company.done())
      .put("background", background(estimates))
      .put("log_posterior", array_of(estimates.log_posterior, real))
      .put("held_out", held_out(estimates.held_out));
  return all.done() + "\n";
}

}  // namespace fusiond::fit
