#include "daemon/fit/page_parts.h"

#include <algorithm>
#include <cmath>

#include "daemon/fit/chart.h"
#include "daemon/fit/constants.h"
#include "daemon/fit/html.h"

namespace fusiond::fit {
namespace {

std::string quantity_row(const std::string& name, const Quantity& quantity, int decimals) {
  const bool taken = quantity.verdict == Verdict::estimated;
  return "<tr>" + cell(name) + cell(number(quantity.given, decimals)) +
         cell(number(quantity.value(), decimals), taken ? "new" : "kept") +
         cell(note_of(quantity, 1, decimals), taken ? "words" : "words kept") + "</tr>\n";
}

// What was seen without what chance makes, against both sets of constants.
std::string histogram_figure(const Histogram& histogram, const std::string& name,
                             const std::string& axis) {
  BarChart chart;
  chart.title = name + ": pairs beyond chance, " + axis;
  chart.step = histogram.step;
  chart.axis = axis;
  double pairs = 0;
  double chance = 0;
  for (std::size_t i = 0; i < histogram.seen.size(); ++i) {
    pairs += histogram.seen[i];
    chance += histogram.chance[i];
    chart.bars.push_back(histogram.seen[i] - histogram.chance[i]);
    chart.errors.push_back(std::sqrt(histogram.seen[i] + histogram.chance[i]));
  }
  chart.curves = {{histogram.given, true}, {histogram.fitted, false}};
  return figure(svg_of(chart), name + ": " + number(pairs, 0) + " pairs, " + number(chance, 0) +
                                   " of them by chance");
}

constexpr const char* kLegend =
    "Bars: pairs seen less pairs that chance makes (the same place some days or hours away), with "
    "one standard error. Solid line: what the fitted constants expect; dashed: the old ones.";

}  // namespace

std::string summary_section(const History& history, const Estimates& estimates) {
  const auto count = [](std::size_t value) { return std::to_string(value); };
  std::string words =
      count(history.events) + " events, of which " + count(history.reports.size()) +
      " reports with a place (left out: " + count(history.retracted) + " retracted, " +
      count(history.copies) + " copies, " + count(history.unplaced) + " without a place, " +
      count(history.tracks) + " later positions of one unit or plate). " +
      number(estimates.pairs, 0) + " pairs lie within reach of each other; " +
      number(estimates.same, 0) +
      " are of one incident, each incident of n reports counting n/2 (" +
      number(estimates.linked, 0) + " of them linked by people or by number), " +
      number(estimates.related, 0) +
      " of related incidents, the others near by chance. Errors come from leaving out a tenth of " +
      count(estimates.blocks) + " " + estimates.block + "s in turn.";
  if (history.unknown_links > 0) {
    words += " " + count(history.unknown_links) + " linked events are not in the data.";
  }
  LineChart chart;
  chart.title = "Log posterior per report and iteration";
  chart.axis = "iteration";
  chart.values = estimates.log_posterior;
  const std::string body =
      chart.values.size() < 2
          ? ""
          : "<div class=\"charts\">" +
                figure(svg_of(chart), "Convergence: log posterior per report") + "</div>";
  return section("Data", words, body);
}

std::string delay_section(const Estimates& estimates) {
  std::string body = head({"source", "old", "new", ""});
  for (std::size_t i = 0; i < kSources; ++i) {
    body += quantity_row(name_of_source(i), estimates.delay[i], 0);
  }
  body += std::string(kTableEnd) + "<div class=\"charts\">";
  for (const Histogram& histogram : estimates.gaps) {
    body += histogram_figure(histogram, "later report from " + name_of_source(histogram.which),
                             "gap in seconds");
  }
  return section(
      "Delays (seconds)",
      std::string("Mean time between what happened and the time a source gives for it. ") +
          kLegend + " Pairs within two sigma of each other and of like kinds.",
      body + "</div>");
}

std::string stand_off_section(const History& history, const Estimates& estimates) {
  std::string body = head({"of", "old", "new", ""});
  for (std::size_t i = 0; i < estimates.stand_off.size(); ++i) {
    body += quantity_row(name_of_stand_off(history, i), estimates.stand_off[i], 0);
  }
  body += std::string(kTableEnd) + "<div class=\"charts\">";
  for (const Histogram& histogram : estimates.distances) {
    body += histogram_figure(histogram, name_of_stand_off(history, histogram.which),
                             "distance / sigma of the pair");
  }
  return section(
      "Stand-offs and scene extents (metres)",
      std::string("Sigma of where a report is versus the scene, beyond its own stated error: for "
                  "callers by the family of what they report, for devices by kind of source. ") +
          kLegend + " Pairs within twice the delay and of like kinds.",
      body + "</div>");
}

std::string rings_section(const History& history, const Estimates& estimates) {
  std::string body;
  for (const RingGrid& grid : estimates.rings) {
    body += "<h3>" + escaped(history.families[grid.family]) + "</h3>" +
            head({"up to", "2 min", "5 min", "10 min", "15 min", "30 min"});
    for (std::size_t ring = 0; ring < RingGrid::kMetres.size(); ++ring) {
      body += "<tr>" + cell(number(RingGrid::kMetres[ring], 0) + " m");
      for (const auto& one : grid.cells[ring]) {
        const double seen = std::max(one.seen, 1.0);
        body += cell(number(one.seen, 0) + " / " + number(one.chance, 1) + " · " +
                     number(std::max(1 - one.chance / seen, 0.0), 2) + " : " +
                     number(one.said / seen, 2));
      }
      body += "</tr>\n";
    }
    body += kTableEnd;
  }
  return section("Silver rings",
                 "Pairs of one family by distance and time: seen / expected by chance · share "
                 "beyond chance : share that the fitted constants take for one incident.",
                 body);
}

std::string background_section(const Estimates& estimates) {
  const Background& seen = estimates.background;
  std::string body = head({"", "old", "new", ""});
  const Quantity& lambda = estimates.lambda;
  const bool taken = lambda.verdict == Verdict::estimated;
  body += "<tr>" + cell("ln λ0 (per m² and s)") + cell(number(std::log(lambda.given), 2)) +
          cell(number(std::log(lambda.value()), 2), taken ? "new" : "kept") +
          cell(taken ? "estimated" : "kept: too few reports", "words") + "</tr>\n" + kTableEnd;
  body += head({"unlike reports before, near by", "reports", "ln of the rate seen",
                "ln of the rate assumed"});
  for (const CountedChance& bin : seen.by_count) {
    if (bin.reports == 0) {
      continue;
    }
    const std::string to = bin.to > 1000000    ? "+"
                           : bin.to > bin.from ? "–" + std::to_string(bin.to)
                                               : "";
    body += "<tr>" + cell(std::to_string(bin.from) + to) + cell(number(bin.reports, 0)) +
            cell(bin.seen > 0 ? number(std::log(bin.seen), 2) : "none") +
            cell(bin.from == 0 ? "λ0" : number(std::log(bin.assumed), 2)) + "</tr>\n";
  }
  body += std::string(kTableEnd) + "<div class=\"charts\">";
  BarChart chart;
  chart.title = "Reports by hour, share of the mean";
  chart.axis = "hour of the day, UTC";
  chart.bars.assign(seen.by_hour.begin(), seen.by_hour.end());
  chart.errors.assign(chart.bars.size(), 0);
  body += figure(svg_of(chart), "By hour: reports as a share of the mean");
  body += "</div>";
  std::string places = "none";
  if (seen.by_place.size() == 6) {
    places = "a tenth of the cells of 1 km have less than " + number(seen.by_place[0], 2) +
             " of the mean, half less than " + number(seen.by_place[2], 2) +
             ", a tenth more than " + number(seen.by_place[4], 2) + ", the busiest " +
             number(seen.by_place[5], 1);
  }
  return section("Background",
                 number(seen.reports, 0) + " reports in " + number(seen.hours, 1) +
                     " recorded hours on " + number(seen.area_km2, 0) +
                     " km² (the fewest cells of 1 km that hold 99 of 100 reports). By place: " +
                     places + ". Where and when there is a report the rate is e^" +
                     number(seen.at_reports > 0 ? std::log(seen.at_reports) : 0, 2) +
                     ". The rate seen is that at the same place, some days or hours away.",
                 body);
}

std::string held_out_section(const Estimates& estimates) {
  const HeldOut& held = estimates.held_out;
  if (held.reports == 0) {
    return section("Held-out data", "Too little data to hold any out.", "");
  }
  const double gain = held.fitted - held.given;
  const std::string better = gain > 2 * held.error    ? "The fitted constants are better"
                             : gain < -2 * held.error ? "The fitted constants are WORSE"
                                                      : "No difference that the data can tell";
  ReliabilityChart chart;
  chart.title = "Posterior of pairs against the share beyond chance, held-out data";
  chart.axis = "posterior said";
  const auto points = [](const std::vector<Reliability>& bins) {
    std::vector<ReliabilityChart::Point> out;
    for (const Reliability& bin : bins) {
      if (bin.pairs >= 10) {
        out.push_back({bin.said / bin.pairs, 1 - bin.chance / bin.pairs,
                       std::sqrt(bin.chance + 1) / bin.pairs});
      }
    }
    return out;
  };
  chart.given = points(held.reliability_given);
  chart.fitted = points(held.reliability_fitted);
  std::string body = "<div class=\"charts\">" +
                     figure(svg_of(chart),
                            "Reliability of the pair posterior on held-out data: "
                            "filled = fitted, open = old") +
                     "</div>";
  body += head({"posterior", "pairs (new)", "said", "beyond chance", "pairs (old)", "said",
                "beyond chance"});
  for (std::size_t i = 0; i < held.reliability_fitted.size(); ++i) {
    body += "<tr>" + cell(number(static_cast<double>(i) / 10, 1) + " to " +
                          number(static_cast<double>(i + 1) / 10, 1));
    for (const auto* bins : {&held.reliability_fitted, &held.reliability_given}) {
      const Reliability& bin = (*bins)[i];
      const double pairs = std::max(bin.pairs, 1.0);
      body += cell(number(bin.pairs, 0)) + cell(number(bin.said / pairs, 2)) +
              cell(number(1 - bin.chance / pairs, 2));
    }
    body += "</tr>\n";
  }
  return section("Held-out data",
                 better + ": log likelihood per report on " + std::to_string(held.blocks) +
                     " held-out " + estimates.block + "s (" + std::to_string(held.reports) +
                     " reports), fitted without them: " + number(held.given, 4) + " → " +
                     number(held.fitted, 4) + ", difference " + number(gain, 4) +
                     " with a standard error of " + number(held.error, 4) + ".",
                 body + kTableEnd);
}

std::string kinds_section(const History& history, const Estimates& estimates) {
  std::string body = head({"family", "share, old", "new"});
  for (std::size_t f = 0; f < history.families.size(); ++f) {
    body += "<tr>" + cell(history.families[f]) + cell(number(estimates.given.prior[f], 3)) +
            cell(number(estimates.fitted.prior[f], 3), "new") + "</tr>\n";
  }
  body += std::string(kTableEnd) + head({"kind", "reports", "", "family, old → new"});
  for (std::size_t kind = 0; kind < history.kinds.size(); ++kind) {
    const Quantity& row = estimates.row[kind];
    if (row.verdict == Verdict::absent) {
      continue;
    }
    std::string shares;
    for (std::size_t f = 0; f < history.families.size(); ++f) {
      const double old = estimates.given.table[kind][f];
      const double now = estimates.fitted.table[kind][f];
      if (old >= 0.02 || now >= 0.02) {
        shares += (shares.empty() ? "" : ", ") + history.families[f] + " " + number(old, 2) +
                  (row.verdict == Verdict::estimated ? " → " + number(now, 2) : "");
      }
    }
    body += "<tr>" + cell(history.kinds[kind]) + cell(number(history.reports_of_kind[kind], 0)) +
            cell(row.verdict == Verdict::estimated ? "from " + number(row.pairs, 0) + " pairs"
                                                   : note_of(row, 1, 2),
                 "words") +
            cell(shares, "words") + "</tr>\n";
  }
  return section(
      "Kinds and families",
      "P(family | kind), from which kinds come together in one incident and from reports "
      "that were given another kind. Shares of 2 % and more.",
      body + kTableEnd);
}

}  // namespace fusiond::fit
