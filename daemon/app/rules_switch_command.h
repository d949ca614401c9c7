// The flags of `fusiond rules load|history|rollback|diff`, and what they do.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "daemon/app/rules_switch.h"
#include "daemon/bus/bus_config.h"

namespace fusiond::app {

class RulesSwitchCommand {
 public:
  explicit RulesSwitchCommand(CLI::App& cli);
  RulesSwitchCommand(const RulesSwitchCommand&) = delete;
  RulesSwitchCommand& operator=(const RulesSwitchCommand&) = delete;

  [[nodiscard]] bool is_parsed() const { return command_->parsed(); }
  // Exit codes: 0 = done, 1 = failed or refused, 2 = the rules or the flags have faults, 3 = the
  // log has it, but not every partition has said that it holds.
  [[nodiscard]] int run() const;

 private:
  CLI::App* add(const char* name, const char* about);
  [[nodiscard]] Result<bus::BusConfig> bus_of(RuleBase* base) const;
  [[nodiscard]] int load() const;
  [[nodiscard]] int history() const;
  [[nodiscard]] int roll_back() const;
  [[nodiscard]] int diff() const;
  [[nodiscard]] int put(ports::Bus& bus, const std::string& prefix,
                        const RulesActivation& activation) const;
  [[nodiscard]] Result<RuleFiles> files_of(const std::string& what) const;

  std::string config_;
  std::string bootstrap_;
  std::string prefix_ = "rtcc";
  std::string association_;
  std::string folder_;
  std::string version_;
  std::string author_;
  std::string reason_;
  std::string old_;
  std::string new_;
  bool json_ = false;
  int wait_s_ = 30;
  CLI::App* command_ = nullptr;
  CLI::App* load_ = nullptr;
  CLI::App* history_ = nullptr;
  CLI::App* rollback_ = nullptr;
  CLI::App* diff_ = nullptr;
};

}  // namespace fusiond::app
