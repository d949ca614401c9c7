#include "daemon/calibrate/page.h"

#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "daemon/fit/chart.h"
#include "daemon/fit/constants.h"
#include "daemon/fit/html.h"

namespace fusiond::calibrate {
namespace {

using fit::cell;
using fit::escaped;
using fit::head;
using fit::kTableEnd;
using fit::number;

std::string count(std::size_t value) {
  return std::to_string(value);
}

std::string percent(std::size_t some, std::size_t all) {
  return all == 0 ? "-" : number(100 * static_cast<double>(some) / static_cast<double>(all), 1);
}

std::string range(std::size_t some, std::size_t all) {
  const Interval interval = interval_of(some, all);
  return all == 0 ? "-" : number(100 * interval.low, 1) + " to " + number(100 * interval.high, 1);
}

// Points of the bins that hold anything; the bar is half of Wilson's interval.
std::vector<fit::ReliabilityChart::Point> points(const Score& score) {
  std::vector<fit::ReliabilityChart::Point> found;
  for (const Bin& bin : score.bins) {
    if (bin.incidents > 0) {
      const auto n = static_cast<double>(bin.incidents);
      const Interval interval = interval_of(bin.founded, bin.incidents);
      found.push_back(
          {bin.said / n, static_cast<double>(bin.founded) / n, (interval.high - interval.low) / 2});
    }
  }
  return found;
}

std::string diagram(const Comparison& one, const std::string& name) {
  fit::ReliabilityChart chart;
  chart.title = name + ": confidence said against the share that was founded";
  chart.axis = "confidence said";
  chart.given = points(one.given);
  chart.fitted = points(one.fitted);
  return fit::figure(fit::svg_of(chart), name + " (" + count(one.given.incidents) +
                                             "): filled = new factors, open = old");
}

std::string scores_row(const std::string& name, const Comparison& one) {
  const auto pair = [](double a, double b, int decimals) {
    return cell(number(a, decimals)) + cell(number(b, decimals), "new");
  };
  return "<tr>" + cell(name) + cell(count(one.given.incidents)) +
         cell(percent(one.given.founded, one.given.incidents)) +
         pair(one.given.brier, one.fitted.brier, 4) + pair(one.given.ece, one.fitted.ece, 3) +
         cell(number(one.fitted.ece_by_chance, 3)) +
         pair(one.given.log_loss, one.fitted.log_loss, 3) + "</tr>\n";
}

std::string bins_table(const Comparison& one) {
  std::string body = head({"confidence", "incidents (new)", "said, %", "founded, %", "95 %, %",
                           "incidents (old)", "said, %", "founded, %", "95 %, %"});
  for (std::size_t i = 0; i < kBins; ++i) {
    body += "<tr>" + cell(count(10 * i) + " to " + count(10 * (i + 1)) + " %");
    for (const Score* score : {&one.fitted, &one.given}) {
      const Bin& bin = score->bins[i];
      body += cell(count(bin.incidents)) +
              cell(bin.incidents == 0
                       ? "-"
                       : number(100 * bin.said / static_cast<double>(bin.incidents), 1)) +
              cell(percent(bin.founded, bin.incidents)) + cell(range(bin.founded, bin.incidents));
    }
    body += "</tr>\n";
  }
  return body + kTableEnd;
}

std::string judgement_section(const Calibration& calibration) {
  const Judgement& judged = calibration.judgement;
  std::string body = "<div class=\"charts\">" + diagram(judged.all, "Before the outcome") +
                     diagram(judged.several, "Two witnesses or more") +
                     diagram(judged.at_opening, "When they were told first") + "</div>";
  body += head({"", "incidents", "founded, %", "Brier, old", "new", "ECE, old", "new",
                "by chance alone", "log loss, old", "new"});
  body += scores_row("before the outcome", judged.all) +
          scores_row("two witnesses or more", judged.several) +
          scores_row("when told first", judged.at_opening) + kTableEnd;
  body += bins_table(judged.all);
  std::string words =
      escaped(verdict_of(calibration)) + ". The factors were fitted to " +
      count(calibration.fitted.incidents) + " incidents of " + calibration.fitted.from + " to " +
      calibration.fitted.until + " and judged on " + count(calibration.judged.incidents) +
      " later ones, of " + calibration.judged.from + " to " + calibration.judged.until +
      ", which they have not seen. On the diagonal, what was said in n of 100 cases "
      "was founded in n of 100.";
  if (judged.otherwise > 0) {
    words += " " + count(judged.otherwise) +
             " of them were told with other factors than those given; both columns weigh them "
             "anew.";
  }
  return fit::section("Was it right?", words, body);
}

std::string endings_row(const std::string& name, const Endings& one) {
  return "<tr>" + cell(name) + cell(count(one.founded)) + cell(count(one.unfounded)) +
         cell(count(one.unconfirmed)) + cell(count(one.none)) +
         cell(percent(one.founded, one.all())) + cell(percent(one.founded, one.with_outcome())) +
         cell(range(one.founded, one.with_outcome())) + cell(percent(one.none, one.all())) +
         "</tr>\n";
}

std::string endings_section(const Samples& samples) {
  const auto columns = {"",
                        "founded",
                        "unfounded",
                        "unconfirmed",
                        "no outcome",
                        "founded of all, %",
                        "of those with an outcome, %",
                        "95 %, %",
                        "without one, %"};
  std::string body = head(columns);
  for (const auto& [family, endings] : samples.by_family) {
    body += endings_row(family.empty() ? "no family" : family, endings);
  }
  body += std::string(kTableEnd) + head(columns);
  for (const auto& [teller, endings] : samples.by_teller) {
    body += endings_row("first told by: " + name_of(teller), endings);
  }
  return fit::section(
      "What officers found",
      "Every incident that stands, by what was found. Unconfirmed is neither: it counts for "
      "nothing in the fit. Incidents with several outcomes: " +
          count(samples.agreeing) + " agree, " + count(samples.disagreeing) +
          " do not (founded counts). Where many have no outcome, those that have one may not be "
          "like the others, and no factor can tell.",
      body + kTableEnd);
}

std::string fates_section(const Fates& fates) {
  const std::array<std::pair<const char*, std::size_t>, 13> rows = {{
      {"outcomes read", fates.read},
      {"decide what an incident was", fates.used},
      {"unconfirmed or unknown", fates.undecided},
      {"duplicate: another number stands for it", fates.duplicates},
      {"repeats of the same word", fates.repeats},
      {"replaced by a later word", fates.replaced},
      {"contradictory, at one time", fates.contradictory},
      {"id not known", fates.unknown_id},
      {"id of several", fates.ambiguous_id},
      {"before anything was told", fates.too_early},
      {"the incident had been withdrawn", fates.withdrawn},
      {"a large incident that lists only part of its reports", fates.in_part},
      {"no time, and the incident may know the outcome", fates.knowing},
  }};
  std::string body = head({"", "outcomes"});
  for (const auto& [name, value] : rows) {
    body += "<tr>" + cell(name) + cell(count(value)) + "</tr>\n";
  }
  return fit::section("What became of the outcomes",
                      "Each is counted once. Who wrote it down is not looked at: nothing here is "
                      "about a person.",
                      body + kTableEnd);
}

// A table of the quantities for which `shows` holds; those without outcomes are named below it.
std::string factors_table(const Calibration& calibration, int decimals,
                          const std::function<std::string(const Quantity&)>& name) {
  std::string body = head({"", "old", "new", "times the odds, new", ""});
  for (const Quantity& one : calibration.estimates.quantities) {
    const std::string shown = name(one);
    if (shown.empty() || one.outcomes == 0) {
      continue;
    }
    const bool taken = one.verdict == Verdict::estimated;
    body +=
        "<tr>" + cell(shown) + cell(number(one.given, decimals)) +
        cell(number(one.value, decimals), taken ? "new" : "kept") +
        cell(one.part == Part::share || one.part == Part::own ? ""
                                                              : number(std::exp(one.value), 2)) +
        cell(note_of(one), taken ? "words" : "words kept") + "</tr>\n";
  }
  return body + kTableEnd;
}

std::string factors_section(const Calibration& calibration) {
  const Estimates& estimates = calibration.estimates;
  std::string left_alone;
  for (const Quantity& one : estimates.quantities) {
    if (one.part == Part::family && one.verdict == Verdict::too_few) {
      left_alone += (left_alone.empty() ? "" : ", ") + name_of(one.witness) + " / " + one.name +
                    " (" + count(one.outcomes) + ")";
    }
  }
  const auto of_part = [](Part part, const char* words) {
    return [part, words](const Quantity& one) {
      return one.part == part ? words + name_of(one.witness) : std::string();
    };
  };
  std::string body = "<h3>Kinds of witness</h3>" +
                     factors_table(calibration, 2, of_part(Part::prior, "alone: ")) +
                     factors_table(calibration, 2, of_part(Part::likelier, "each further: ")) +
                     factors_table(calibration, 2, [](const Quantity& one) {
                       return one.part == Part::own && one.given != 0
                                  ? "own confidence, per 1: " + name_of(one.witness)
                                  : std::string();
                     });
  body +=
      "<h3>Families</h3><p>What the prior differs by. Left alone, with their outcomes: " +
      escaped(left_alone.empty() ? "none" : left_alone) + ".</p>" +
      factors_table(calibration, 2, [](const Quantity& one) {
        return one.part == Part::family ? name_of(one.witness) + ", " + one.name : std::string();
      });
  body += "<h3>Kinds of report</h3><p>What a kind differs by from its family.</p>" +
          factors_table(calibration, 2, [](const Quantity& one) {
            return one.part == Part::kind ? one.name : std::string();
          });
  body += "<h3>All kinds</h3>" + factors_table(calibration, 2, [](const Quantity& one) {
            return one.part >= Part::share ? one.name : std::string();
          });
  const std::string days =
      estimates.over_chance > 1
          ? " The days differ " + number(estimates.over_chance, 1) +
                " times as much as chance would have it, and the errors are that much wider."
          : "";
  return fit::section(
      "Factors",
      "In nats: 1 is a factor of 2.7 on the odds. A factor needs outcomes in which it counts, and "
      "is drawn to the old one: with little to go by it stays near. Its weight says how much the "
      "outcomes have to say in it, 0 to 1." +
          days +
          (estimates.turning == 0
               ? ""
               : " By the new factors another report is the strongest in " +
                     count(estimates.turning) + " incidents, where two kinds are about as strong."),
      body);
}

}  // namespace

std::string page_of(const Calibration& calibration, const Samples& samples,
                    const std::string& version) {
  const std::string body = "<p class=\"soft\">" + escaped(calibration.given) + " → " +
                           escaped(version) + ", input " + escaped(calibration.input) + "</p>\n" +
                           judgement_section(calibration) + endings_section(samples) +
                           factors_section(calibration) + fates_section(samples.fates);
  return fit::document("Calibration " + version,
                       "Confidence calibrated to what officers found, " + calibration.fitted.from +
                           " … " + calibration.judged.until,
                       body);
}

}  // namespace fusiond::calibrate
