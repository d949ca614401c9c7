#include "daemon/backtest/page.h"

#include <map>
#include <vector>

#include "daemon/backtest/report.h"
#include "daemon/fit/chart.h"
#include "daemon/fit/html.h"

namespace fusiond::backtest {
namespace {

using fit::cell;

std::string row(const std::string& name, const std::string& a, const std::string& b) {
  return "<tr>" + cell(name, "words") + cell(a) + cell(b, "new") + "</tr>\n";
}

std::string delay_of(const Delay& delay) {
  return delay.incidents == 0
             ? "-"
             : number_of(delay.median_s) + " s, 9 of 10 within " + number_of(delay.p90_s) + " s";
}

std::string summary(const Comparison& comparison) {
  const Side& a = comparison.before;
  const Side& b = comparison.after;
  std::string body = fit::head({"", "before", "after"});
  body += row("rules", a.name, b.name) + row("version", a.version, b.version) +
          row("incidents spoken of", std::to_string(a.provisional), std::to_string(b.provisional)) +
          row("of them firm", std::to_string(a.firm), std::to_string(b.firm)) +
          row("until spoken of, median", delay_of(a.to_provisional), delay_of(b.to_provisional)) +
          row("until firm, median", delay_of(a.to_firm), delay_of(b.to_firm));
  if (comparison.has_outcomes) {
    body += row("firm and founded", words_of(a.precision), words_of(b.precision));
  }
  return body + fit::kTableEnd;
}

std::string load_rows(const Comparison& comparison) {
  const Load& a = comparison.before.load;
  const Load& b = comparison.after.load;
  std::string body = fit::head({"alarms per operator", "before", "after"});
  body +=
      row("all", std::to_string(a.alarms), std::to_string(b.alarms)) +
      row("in 10 min on average (1 acceptable, 2 at most)", number_of(a.mean), number_of(b.mean)) +
      row("most in 10 min (a flood begins above 10)", std::to_string(a.most),
          std::to_string(b.most)) +
      row("floods", std::to_string(a.floods), std::to_string(b.floods)) +
      row("time in flood (at most 1 %)", percent_of(a.flood_share), percent_of(b.flood_share)) +
      row("by ISA-18.2", words_of(verdict_of(a)), words_of(verdict_of(b)));
  return body + fit::kTableEnd;
}

std::vector<double> doubles_of(const std::vector<std::size_t>& counts, std::size_t from) {
  std::vector<double> values;
  for (std::size_t i = from; i < counts.size(); ++i) {
    values.push_back(static_cast<double>(counts[i]));
  }
  return values;
}

fit::BarChart bars(const std::string& title, const std::string& axis,
                   const std::vector<std::size_t>& before, const std::vector<std::size_t>& after,
                   std::size_t from) {
  fit::BarChart chart;
  chart.title = title;
  chart.axis = axis;
  chart.bars = doubles_of(after, from);
  chart.errors.resize(chart.bars.size());
  chart.curves = {{doubles_of(before, from), true}};
  return chart;
}

std::string charts(const Comparison& comparison) {
  const Load& a = comparison.before.load;
  const Load& b = comparison.after.load;
  return "<div class=\"charts\">" +
         fit::figure(svg_of(bars("How many windows of ten minutes had how many alarms",
                                 "alarms in 10 min, from 1 on; the last: 20 or more", a.by_count,
                                 b.by_count, 1)),
                     "Windows of 10 min by their number of alarms. Bars: after; dashed: before.") +
         fit::figure(svg_of(bars("Alarms by the hour of the day", "hour of the day, UTC", a.by_hour,
                                 b.by_hour, 0)),
                     "Alarms by the hour of the day. Bars: after; dashed: before.") +
         "</div>\n";
}

std::string rules_table(const Comparison& comparison) {
  std::map<std::string, std::pair<RuleSide, RuleSide>> both;
  for (const auto& [name, side] : comparison.before.rules) {
    both[name].first = side;
  }
  for (const auto& [name, side] : comparison.after.rules) {
    both[name].second = side;
  }
  std::string body = fit::head({"rule", "before", "after"});
  for (const auto& [name, sides] : both) {
    const auto& [a, b] = sides;
    body +=
        row(name + ": spoken of", std::to_string(a.provisional), std::to_string(b.provisional)) +
        row(name + ": firm", std::to_string(a.firm), std::to_string(b.firm)) +
        row(name + ": until firm", delay_of(a.to_firm), delay_of(b.to_firm));
    if (comparison.has_pairs) {
      const auto share = [](const PairScore& pairs) {
        return pairs.pairs == 0
                   ? std::string("-")
                   : percent_of(pairs.mean_share) + " of " + std::to_string(pairs.pairs) + " pairs";
      };
      body += row(name + ": genuine share of its silver pairs", share(a.pairs), share(b.pairs));
    }
  }
  return body + fit::kTableEnd;
}

std::string differences(const Comparison& comparison) {
  std::string body = fit::head({"", "incident", "first report", "where", "before", "after"});
  std::map<Change, std::size_t> told;
  for (const Difference& one : comparison.differences) {
    if (++told[one.change] <= kPageExamples) {
      body += "<tr>" + cell(name_of(one.change), "words") + cell(one.id.str().substr(0, 8)) +
              cell(to_rfc3339(micros_of(one.at))) + cell(one.address, "words") +
              cell(one.then, "words") + cell(one.now, "words") + "</tr>\n";
    }
  }
  return body + fit::kTableEnd;
}

}  // namespace

std::string page_of(const Comparison& comparison) {
  const std::string counts = std::to_string(comparison.same) + " alike, " +
                             std::to_string(comparison.lost) + " lost, " +
                             std::to_string(comparison.gained) + " gained, " +
                             std::to_string(comparison.changed) + " changed";
  const std::string body =
      fit::section("What changes",
                   std::to_string(comparison.events) + " reports, " +
                       std::to_string(comparison.incidents) + " incidents; " + counts + ".",
                   summary(comparison)) +
      fit::section("What operators would have to take",
                   "An alarm: an incident becomes provisional, firm, or more urgent than it was. "
                   "Limits: ANSI/ISA-18.2, for " +
                       std::to_string(comparison.operators) + " operator(s).",
                   load_rows(comparison) + charts(comparison)) +
      fit::section("Rule by rule", "Incidents of which each rule spoke.", rules_table(comparison)) +
      fit::section(
          "Which incidents",
          counts + "; at most " + std::to_string(kPageExamples) + " of each kind are listed.",
          differences(comparison));
  return fit::document("Backtest of rules",
                       "Backtest: " + comparison.before.name + " against " + comparison.after.name,
                       body);
}

}  // namespace fusiond::backtest
