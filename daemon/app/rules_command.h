// The flags of `fusiond check` and `fusiond test`, and what the two do about rules.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "daemon/app/rules.h"

namespace fusiond::app {

class RulesCommand {
 public:
  // Adds both commands; `config` is where `check --config` puts its file. Requires: both outlive
  // it.
  RulesCommand(CLI::App& cli, std::string& config);
  RulesCommand(const RulesCommand&) = delete;
  RulesCommand& operator=(const RulesCommand&) = delete;

  [[nodiscard]] bool is_check() const { return check_->parsed(); }
  [[nodiscard]] bool is_test() const { return test_->parsed(); }
  // Exit codes: 0 = right, 1 = a test fails, 2 = the rules have faults.
  [[nodiscard]] int check() const;
  [[nodiscard]] int test() const;

 private:
  RulesOptions options_;
  bool schema_ = false;
  CLI::App* check_ = nullptr;
  CLI::App* test_ = nullptr;
};

}  // namespace fusiond::app
