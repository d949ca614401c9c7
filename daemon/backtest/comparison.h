// Two bundles of rules over the same reports: what one says that the other does not, how soon, how
// often, and how right. The grouping is the same, so an incident has the same id in both.
// Journey: backtest/account.cc -> here -> backtest/report.cc, backtest/page.cc
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/backtest/account.h"
#include "daemon/backtest/load.h"
#include "daemon/backtest/pairs.h"
#include "daemon/calibrate/finding.h"
#include "daemon/calibrate/judge.h"

namespace fusiond::backtest {

struct Delay {
  std::size_t incidents = 0;
  double median_s = 0;  // from the first report's ingest time
  double p90_s = 0;
};

// Of what was firm: founded among those of which officers found something out.
struct Precision {
  std::size_t founded = 0;
  std::size_t unfounded = 0;
  std::size_t unknown = 0;
  calibrate::Interval interval;  // 95 %, of founded / (founded + unfounded)
};

// Of what was firm: the pairs of reports that counted together and that are among the silver ones.
struct PairScore {
  std::size_t incidents = 0;  // with such a pair
  std::size_t pairs = 0;
  double mean_share = 0;  // of genuine ones
};

struct RuleSide {
  std::size_t provisional = 0;  // incidents that ever were at least that
  std::size_t firm = 0;
  Delay to_provisional, to_firm;
  PairScore pairs;
};

struct Side {
  std::string name;     // as it was asked for
  std::string version;  // of the bundle
  std::size_t provisional = 0;
  std::size_t firm = 0;
  Delay to_provisional, to_firm;
  Load load;
  Precision precision;
  std::map<std::string, RuleSide> rules;
};

enum class Change : std::uint8_t { gained, lost, changed };

struct Difference {
  Change change = Change::changed;
  IncidentId id;
  WallTime at;  // when its first report came
  std::string address;
  std::string then;  // "gunfire-backed firm, SHOOT, priority 8"; empty when gained
  std::string now;   // empty when lost
};

struct Comparison {
  Side before, after;
  WallTime from, to;
  std::size_t incidents = 0;  // all, spoken of or not
  std::size_t events = 0;
  std::size_t same = 0;                 // spoken of by both alike
  std::vector<Difference> differences;  // lost, gained, changed; each by time
  std::size_t gained = 0, lost = 0, changed = 0;
  bool has_outcomes = false;
  bool has_pairs = false;
  std::size_t operators = 1;
};

// Officers' words by what they are about: an incident's or event's id, a source's own name, a CAD
// number.
using Outcomes = std::map<std::string, calibrate::Finding>;

struct Given {
  const Account& before;
  const Account& after;
  const Outcomes& outcomes;
  const SilverPairs& pairs;
  WallTime from;  // what came before or after is not counted
  WallTime to;
  std::size_t operators = 1;
};
[[nodiscard]] Comparison compare(const Given& given);

}  // namespace fusiond::backtest
