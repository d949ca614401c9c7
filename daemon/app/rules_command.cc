#include "daemon/app/rules_command.h"

#include <cstdio>

#include "daemon/config/rule_cost.h"

namespace fusiond::app {
namespace {

constexpr int kFailed = 1;
constexpr int kWrong = 2;

void print_with_lines(const config::Faults& faults, const char* kind) {
  for (const auto& fault : faults) {
    std::fprintf(stderr, "%s%s", kind, config::with_line(fault).c_str());
  }
}

// Says how many there are; true when there is none.
bool without_faults(const config::Faults& faults, const std::string& folder) {
  print_with_lines(faults, "");
  if (!faults.empty()) {
    std::fprintf(stderr, "fusiond: %zu %s in %s\n", faults.size(),
                 faults.size() == 1 ? "fault" : "faults", folder.c_str());
  }
  return faults.empty();
}

}  // namespace

RulesCommand::RulesCommand(CLI::App& cli, std::string& config) : switch_(cli), backtest_(cli) {
  check_ = cli.add_subcommand("check", "List every fault of a config, or of rules, and stop");
  auto* what = check_->add_option_group("what", "what to check");
  what->add_option("--config", config, "the config file");
  what->add_option("--rules", options_.folder, "a folder of rules (config/rules)");
  what->add_flag("--rule-schema", schema_, "write the JSON Schema of a rule file, for editors");
  what->require_option(1);
  check_->add_option("--association", options_.association,
                     "with --rules: instead of the shipped one");
  test_ = cli.add_subcommand(
      "test",
      "Play the tests that stand in rule files, each with its own clock; say what no test covers");
  test_->add_option("folder", options_.folder, "of rules (config/rules)")->required();
  test_->add_option("--rule", options_.only, "only this one");
  test_->add_option("--association", options_.association, "instead of the shipped one");
  test_->add_flag("--mutate", options_.mutate,
                  "nudge every number of a rule and say which nudge no test notices");
}

int RulesCommand::check() const {
  if (schema_) {
    std::fputs(config::rule_schema().c_str(), stdout);
    return 0;
  }
  config::Faults faults;
  const auto loaded = check_rules(options_, faults);
  print_with_lines(loaded.warnings, "warning: ");
  if (!without_faults(faults, options_.folder)) {
    return kWrong;
  }
  std::printf("%s: no faults; %zu rules, %zu tests, version %s\n", options_.folder.c_str(),
              loaded.bundle.rules.size(), loaded.tests.size(), loaded.bundle.version.c_str());
  std::printf("%s\n", config::words_of(config::cost_of(loaded.bundle)).c_str());
  return 0;
}

int RulesCommand::run() {
  if (test_->parsed()) {
    return test();
  }
  return switch_.is_parsed() ? switch_.run() : backtest_.run();
}

int RulesCommand::test() const {
  config::Faults faults;
  const auto tested = test_rules(options_, faults);
  if (!without_faults(faults, options_.folder) || !tested) {
    return kWrong;
  }
  std::fputs(tested->report.c_str(), stdout);
  std::printf("%zu tests hold, %zu fail, %zu known gaps\n", tested->passed, tested->failed,
              tested->gaps);
  return tested->failed == 0 ? 0 : kFailed;
}

}  // namespace fusiond::app
