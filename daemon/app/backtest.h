// `fusiond backtest` and `fusiond shadow`: two bundles of rules over the same reports, from a file
// or from the log. Nothing here can publish: what was said of incidents is only counted. Journey:
// main.cc -> here -> backtest/account.cc
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/app/rules.h"
#include "daemon/bus/bus_config.h"

namespace fusiond::app {

// Instead of a folder: no rules at all, or those that the log itself puts into force.
inline constexpr const char* kNoRules = "none";
inline constexpr const char* kLogRules = "log";

struct BacktestOptions {
  std::string before;  // a folder, `none`, or `log`
  std::string after;   // a folder, or `none`
  std::string events;  // a file of lines as for fuse; empty: the log
  bus::BusConfig bus;
  std::string association;  // the shipped one when empty; not with `base`
  std::string types;
  std::optional<RuleBase> base;      // of a config
  std::string outcomes, codes;       // as for calibrate
  std::string pairs;                 // CSV: event_a, event_b, p_genuine
  std::optional<WallTime> from, to;  // ingest times of first reports, and of alarms
  std::string page, json;            // written when not empty
  int operators = 1;
  int examples = 5;
  int lateness_s = 3600;
};

struct BacktestOutcome {
  std::string text;
  std::uint64_t rejected = 0;  // lines that could not be used
};

// Errors: bad_config (a folder with faults, all in `faults`; a file that is not there),
// unavailable. A failing test of a rule is no reason not to compare it.
Result<BacktestOutcome> backtest(const BacktestOptions& options, config::Faults& faults);

// Reads the log on as it grows and writes page and JSON every `every_s` seconds, until `stopped`
// says so; `say` gets the text each time. Errors: as above.
Result<void> shadow(const BacktestOptions& options, int every_s,
                    const std::function<bool(std::chrono::seconds)>& stopped,
                    const std::function<void(const std::string&)>& say, config::Faults& faults);

}  // namespace fusiond::app
