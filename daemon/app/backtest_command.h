// The flags of `fusiond backtest` and `fusiond shadow`, and what they do.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "daemon/app/backtest.h"

namespace fusiond::app {

class BacktestCommand {
 public:
  explicit BacktestCommand(CLI::App& cli);
  BacktestCommand(const BacktestCommand&) = delete;
  BacktestCommand& operator=(const BacktestCommand&) = delete;

  [[nodiscard]] bool is_parsed() const { return backtest_->parsed() || shadow_->parsed(); }
  // Exit codes: 0 = done, 1 = failed, 2 = the rules or the flags have faults, 3 = done, but some of
  // the input could not be used.
  [[nodiscard]] int run();

 private:
  void add_log(CLI::App* command, bool or_file);
  void add_output(CLI::App* command);
  [[nodiscard]] Result<void> complete();
  [[nodiscard]] int run_shadow();

  BacktestOptions options_;
  std::string config_;
  std::string bootstrap_;
  std::string prefix_ = "rtcc";
  std::string from_;
  std::string to_;
  int every_s_ = 60;
  CLI::App* backtest_ = nullptr;
  CLI::App* shadow_ = nullptr;
};

}  // namespace fusiond::app
