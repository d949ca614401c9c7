// The flags of every command about rules; what `fusiond check` and `fusiond test` do about them.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "daemon/app/backtest_command.h"
#include "daemon/app/rules.h"
#include "daemon/app/rules_switch_command.h"

namespace fusiond::app {

class RulesCommand {
 public:
  // Adds the commands; `config` is where `check --config` puts its file. Requires: both outlive
  // it.
  RulesCommand(CLI::App& cli, std::string& config);
  RulesCommand(const RulesCommand&) = delete;
  RulesCommand& operator=(const RulesCommand&) = delete;

  [[nodiscard]] bool is_check() const { return check_->parsed(); }
  // `test`, `rules`, `backtest` or `shadow`.
  [[nodiscard]] bool is_other() const {
    return test_->parsed() || switch_.is_parsed() || backtest_.is_parsed();
  }
  // Exit codes: 0 = right, 1 = a test fails, 2 = the rules have faults.
  [[nodiscard]] int check() const;
  [[nodiscard]] int run();

 private:
  [[nodiscard]] int test() const;

  RulesOptions options_;
  bool schema_ = false;
  CLI::App* check_ = nullptr;
  CLI::App* test_ = nullptr;
  RulesSwitchCommand switch_;
  BacktestCommand backtest_;
};

}  // namespace fusiond::app
