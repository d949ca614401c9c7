#include "daemon/backtest/report.h"

#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "daemon/base/json_text.h"

namespace fusiond::backtest {
namespace {

using Row = std::array<std::string, 3>;

// Columns of equal width, the numbers to the right.
std::string table_of(const std::vector<Row>& rows) {
  std::array<std::size_t, 3> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const Row& row : rows) {
    text += row[0] + std::string(widths[0] - row[0].size(), ' ');
    for (std::size_t i = 1; i < row.size(); ++i) {
      text += "  " + std::string(widths[i] - row[i].size(), ' ') + row[i];
    }
    text += "\n";
  }
  return text;
}

std::string seconds_of(const Delay& delay) {
  return delay.incidents == 0 ? "-"
                              : number_of(delay.median_s) + " s / " + number_of(delay.p90_s) + " s";
}

std::string share_of(const PairScore& pairs) {
  return pairs.pairs == 0 ? "-"
                          : number_of(pairs.mean_share) + " of " + std::to_string(pairs.pairs);
}

Row row(const std::string& name, const Side& a, const Side& b, std::string (*of)(const Side&)) {
  return {name, of(a), of(b)};
}

void add_rules(const Comparison& comparison, std::vector<Row>& rows) {
  std::map<std::string, std::pair<RuleSide, RuleSide>> both;
  for (const auto& [name, side] : comparison.before.rules) {
    both[name].first = side;
  }
  for (const auto& [name, side] : comparison.after.rules) {
    both[name].second = side;
  }
  for (const auto& [name, sides] : both) {
    const auto& [a, b] = sides;
    rows.push_back({name + ": provisional, firm",
                    std::to_string(a.provisional) + ", " + std::to_string(a.firm),
                    std::to_string(b.provisional) + ", " + std::to_string(b.firm)});
    rows.push_back(
        {"  until firm, median / 9 of 10", seconds_of(a.to_firm), seconds_of(b.to_firm)});
    if (comparison.has_pairs) {
      rows.push_back({"  genuine share of its silver pairs", share_of(a.pairs), share_of(b.pairs)});
    }
  }
}

std::string json_of(const Delay& delay) {
  return "{\"incidents\":" + std::to_string(delay.incidents) +
         ",\"median_s\":" + number_of(delay.median_s) + ",\"p90_s\":" + number_of(delay.p90_s) +
         "}";
}

std::string json_of(const std::vector<std::size_t>& counts) {
  std::string text = "[";
  for (const std::size_t count : counts) {
    text += (text.size() == 1 ? "" : ",") + std::to_string(count);
  }
  return text + "]";
}

std::string json_of(const Load& load) {
  return "{\"alarms\":" + std::to_string(load.alarms) +
         ",\"windows\":" + std::to_string(load.windows) + ",\"mean\":" + number_of(load.mean) +
         ",\"most\":" + std::to_string(load.most) +
         ",\"most_at\":" + json_string(to_rfc3339(micros_of(load.most_at))) +
         ",\"above_10\":" + std::to_string(load.above) +
         ",\"floods\":" + std::to_string(load.floods) +
         ",\"flood_share\":" + number_of(load.flood_share) +
         ",\"by_count\":" + json_of(load.by_count) + ",\"by_hour\":" + json_of(load.by_hour) +
         ",\"verdict\":" + json_string(words_of(verdict_of(load))) + "}";
}

std::string json_of(const PairScore& pairs) {
  return "{\"incidents\":" + std::to_string(pairs.incidents) +
         ",\"pairs\":" + std::to_string(pairs.pairs) +
         ",\"mean_share\":" + number_of(pairs.mean_share) + "}";
}

std::string json_of(const Side& side) {
  std::string rules;
  for (const auto& [name, rule] : side.rules) {
    rules += (rules.empty() ? "" : ",") + json_string(name) +
             ":{\"provisional\":" + std::to_string(rule.provisional) +
             ",\"firm\":" + std::to_string(rule.firm) +
             ",\"to_provisional\":" + json_of(rule.to_provisional) +
             ",\"to_firm\":" + json_of(rule.to_firm) + ",\"pairs\":" + json_of(rule.pairs) + "}";
  }
  const Precision& precision = side.precision;
  return "{\"name\":" + json_string(side.name) + ",\"version\":" + json_string(side.version) +
         ",\"provisional\":" + std::to_string(side.provisional) +
         ",\"firm\":" + std::to_string(side.firm) +
         ",\"to_provisional\":" + json_of(side.to_provisional) +
         ",\"to_firm\":" + json_of(side.to_firm) + ",\"load\":" + json_of(side.load) +
         ",\"precision\":{\"founded\":" + std::to_string(precision.founded) +
         ",\"unfounded\":" + std::to_string(precision.unfounded) +
         ",\"unknown\":" + std::to_string(precision.unknown) +
         ",\"low\":" + number_of(precision.interval.low) +
         ",\"high\":" + number_of(precision.interval.high) + "},\"rules\":{" + rules + "}}";
}

}  // namespace

std::string number_of(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

std::string percent_of(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g %%", 100 * share);
  return text.data();
}

std::string words_of(LoadVerdict verdict) {
  switch (verdict) {
    case LoadVerdict::acceptable:
      return "very likely to be acceptable";
    case LoadVerdict::manageable:
      return "the most that can be managed";
    case LoadVerdict::too_much:
      return "too much for one person";
  }
  return "?";
}

std::string name_of(Change change) {
  switch (change) {
    case Change::gained:
      return "gained";
    case Change::lost:
      return "lost";
    case Change::changed:
      return "changed";
  }
  return "?";
}

std::string words_of(const Precision& precision) {
  const std::size_t known = precision.founded + precision.unfounded;
  if (known == 0) {
    return "nothing was found out of " + std::to_string(precision.unknown);
  }
  return std::to_string(precision.founded) + " of " + std::to_string(known) + " (" +
         percent_of(precision.interval.low) + " to " + percent_of(precision.interval.high) + ")";
}

std::string text_of(const Comparison& comparison, std::size_t examples) {
  const Side& a = comparison.before;
  const Side& b = comparison.after;
  std::vector<Row> rows = {
      {"", a.name, b.name},
      {"version", a.version, b.version},
      row("incidents spoken of", a, b, [](const Side& s) { return std::to_string(s.provisional); }),
      row("  of them firm", a, b, [](const Side& s) { return std::to_string(s.firm); }),
      row("until spoken of, median / 9 of 10", a, b,
          [](const Side& s) { return seconds_of(s.to_provisional); }),
      row("until firm, median / 9 of 10", a, b,
          [](const Side& s) { return seconds_of(s.to_firm); }),
      row("alarms", a, b, [](const Side& s) { return std::to_string(s.load.alarms); }),
      row("  in 10 min, per operator", a, b, [](const Side& s) { return number_of(s.load.mean); }),
      row("  most in 10 min", a, b, [](const Side& s) { return std::to_string(s.load.most); }),
      row("  time in flood", a, b, [](const Side& s) { return percent_of(s.load.flood_share); }),
      row("  by ISA-18.2", a, b, [](const Side& s) { return words_of(verdict_of(s.load)); })};
  if (comparison.has_outcomes) {
    rows.push_back(
        row("firm and founded", a, b, [](const Side& s) { return words_of(s.precision); }));
  }
  add_rules(comparison, rows);
  std::string text =
      std::to_string(comparison.events) + " reports, " + std::to_string(comparison.incidents) +
      " incidents, " + to_rfc3339(micros_of(comparison.from)) + " to " +
      to_rfc3339(micros_of(comparison.to)) + "\n\n" + table_of(rows) + "\n" +
      std::to_string(comparison.same) + " alike, " + std::to_string(comparison.lost) + " lost, " +
      std::to_string(comparison.gained) + " gained, " + std::to_string(comparison.changed) +
      " changed\n";
  std::map<Change, std::size_t> told;
  for (const Difference& one : comparison.differences) {
    if (++told[one.change] > examples) {
      continue;
    }
    text += "  " + name_of(one.change) + "  " + one.id.str().substr(0, 8) + "  " +
            to_rfc3339(micros_of(one.at)) + "  " + (one.address.empty() ? "" : one.address + ": ") +
            one.then + (one.then.empty() || one.now.empty() ? "" : "  ->  ") + one.now + "\n";
  }
  return text;
}

std::string json_of(const Comparison& comparison) {
  std::string differences;
  for (const Difference& one : comparison.differences) {
    differences += (differences.empty() ? "" : ",") + std::string("{\"change\":") +
                   json_string(name_of(one.change)) +
                   ",\"incident_id\":" + json_string(one.id.str()) +
                   ",\"at\":" + json_string(to_rfc3339(micros_of(one.at))) +
                   ",\"address\":" + json_string(one.address) +
                   ",\"then\":" + json_string(one.then) + ",\"now\":" + json_string(one.now) + "}";
  }
  return "{\"from\":" + json_string(to_rfc3339(micros_of(comparison.from))) +
         ",\"to\":" + json_string(to_rfc3339(micros_of(comparison.to))) +
         ",\"events\":" + std::to_string(comparison.events) +
         ",\"incidents\":" + std::to_string(comparison.incidents) +
         ",\"operators\":" + std::to_string(comparison.operators) +
         ",\"same\":" + std::to_string(comparison.same) +
         ",\"lost\":" + std::to_string(comparison.lost) +
         ",\"gained\":" + std::to_string(comparison.gained) +
         ",\"changed\":" + std::to_string(comparison.changed) +
         ",\"before\":" + json_of(comparison.before) + ",\"after\":" + json_of(comparison.after) +
         ",\"differences\":[" + differences + "]}\n";
}

}  // namespace fusiond::backtest
