#include "daemon/app/rules_switch_command.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/app/check.h"
#include "daemon/app/command_end.h"
#include "daemon/base/clock.h"
#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"
#include "daemon/config/load.h"
#include "daemon/config/rule_diff.h"
#include "daemon/ops/prometheus.h"

namespace fusiond::app {
namespace {

// A log, and what it says of rules so far.
struct OpenLog {
  ops::PrometheusMetrics metrics;
  std::unique_ptr<ports::Bus> bus;
  std::string prefix;
  std::vector<RulesOutcome> outcomes;
};

// Errors: those of `where`; unavailable when the log cannot be read.
Result<std::unique_ptr<OpenLog>> open_log(const Result<bus::BusConfig>& where) {
  if (!where) {
    return fail(where.error());
  }
  auto log = std::make_unique<OpenLog>();
  log->prefix = where->prefix;
  auto bus = bus::make_bus(*where, log->metrics);
  if (!bus) {
    return fail(bus.error());
  }
  log->bus = std::move(*bus);
  auto outcomes = rule_outcomes(*log->bus, bus::topic_names(log->prefix).rules);
  if (!outcomes) {
    return fail(outcomes.error());
  }
  log->outcomes = std::move(*outcomes);
  return log;
}

}  // namespace

CLI::App* RulesSwitchCommand::add(const char* name, const char* about) {
  auto* command = command_->add_subcommand(name, about);
  auto* source = command->add_option_group("source", "which log");
  source->add_option("--config", config_, "the log that this config names");
  source->add_option("--bootstrap", bootstrap_, "a Kafka broker, host:port");
  source->require_option(1);
  command->add_option("--prefix", prefix_, "of the topics, with --bootstrap (rtcc)");
  return command;
}

RulesSwitchCommand::RulesSwitchCommand(CLI::App& cli) {
  command_ = cli.add_subcommand("rules", "Put rules into force, say which were, go back, compare");
  command_->require_subcommand(1);
  load_ = add("load",
              "Check a folder of rules, play its tests, and put it into force through the log: it "
              "holds from one offset of each partition on. With a fault nothing changes");
  load_->add_option("folder", folder_, "of rules (config/rules)")->required();
  load_->add_option("--association", association_, "with --bootstrap: instead of the shipped one");
  rollback_ = add("rollback", "Put the rules into force again that held before the present ones");
  rollback_->add_option("--to", version_, "this version, instead of the one before");
  for (CLI::App* command : {load_, rollback_}) {
    command->add_option("--author", author_, "who does it")->required();
    command->add_option("--reason", reason_, "why")->required();
    command->add_option("--wait", wait_s_, "seconds for every partition to say that it holds (30)")
        ->check(CLI::Range(0, 3600));
  }
  history_ = add("history", "Which rules held from when on, who put them into force, and why");
  history_->add_flag("--json", json_, "for programs");
  diff_ = command_->add_subcommand("diff", "What another folder of rules changes, in sentences");
  diff_->add_option("old", old_, "a folder, or with a log a version of its history")->required();
  diff_->add_option("new", new_, "the same")->required();
  auto* source = diff_->add_option_group("source", "for versions: which log");
  source->add_option("--config", config_, "the log that this config names");
  source->add_option("--bootstrap", bootstrap_, "a Kafka broker, host:port");
  source->require_option(0, 1);
  diff_->add_option("--prefix", prefix_, "of the topics, with --bootstrap (rtcc)");
}

int RulesSwitchCommand::run() const {
  if (load_->parsed()) {
    return load();
  }
  if (rollback_->parsed()) {
    return roll_back();
  }
  return history_->parsed() ? history() : diff();
}

// Errors: bad_config, with every fault printed.
Result<bus::BusConfig> RulesSwitchCommand::bus_of(RuleBase* base) const {
  if (!config_.empty()) {
    const auto checked = check(config_);
    for (const auto& fault : checked.faults) {
      std::fprintf(stderr, "%s\n", fault.text().c_str());
    }
    if (!checked.faults.empty()) {
      return fail(Fault::bad_config, "the config has faults: " + config_);
    }
    const config::Config& config = checked.loaded->config();
    if (base != nullptr) {
      *base = rule_base(config);
    }
    return config.bus;
  }
  if (base != nullptr) {
    config::Faults faults;
    base->association = config::load_association(association_, faults);
    base->priorities = config::load_rules("", faults);
    print_with_lines(faults);
    if (!faults.empty()) {
      return fail(Fault::bad_config, "the association has faults: " + association_);
    }
  }
  bus::BusConfig bus;
  bus.kind = bus::BusKind::kafka;
  bus.kafka.bootstrap_servers = bootstrap_;
  bus.prefix = prefix_;
  return bus;
}

int RulesSwitchCommand::load() const {
  RuleBase base;
  const auto where = bus_of(&base);
  if (!where) {
    return report(where.error());
  }
  auto files = read_rule_files(folder_);
  if (!files) {
    return report(files.error());
  }
  const SystemClock clock;
  config::Faults faults;
  const auto ready = make_ready(folder_, *files, base, clock.now(), faults);
  if (!ready) {
    print_with_lines(faults);
    return report(ready.error().within("nothing changes"));
  }
  std::printf("%s: %zu rules, %zu tests hold\n", ready->version.c_str(), ready->rules,
              ready->tested.passed);
  const auto activation =
      make_activation(std::move(*files), ready->version, author_, reason_, clock.now());
  if (!activation) {
    return report(activation.error());
  }
  ops::PrometheusMetrics metrics;
  auto bus = bus::make_bus(*where, metrics);
  return bus ? put(**bus, where->prefix, *activation) : report(bus.error());
}

int RulesSwitchCommand::put(ports::Bus& bus, const std::string& prefix,
                            const RulesActivation& activation) const {
  const auto names = bus::topic_names(prefix);
  const auto places = put_into_log(bus, names.events, activation);
  if (!places) {
    return report(places.error());
  }
  const auto said = await_outcomes(bus, SystemClock{}, names.rules, activation.id, places->size(),
                                   std::chrono::seconds(wait_s_));
  if (!said) {
    return report(said.error());
  }
  int refused = 0;
  for (const RulesOutcome& outcome : *said) {
    const std::string place = names.events + "/" + std::to_string(outcome.partition) + "@" +
                              std::to_string(outcome.offset);
    if (outcome.taken) {
      std::printf("in force from %s on, instead of %s; told anew: %llu incidents\n", place.c_str(),
                  outcome.version_before.empty() ? "no rules" : outcome.version_before.c_str(),
                  static_cast<unsigned long long>(outcome.told));
    } else {
      ++refused;
      std::printf("refused at %s: %s\n", place.c_str(), outcome.refused.c_str());
    }
  }
  if (refused > 0) {
    return kFailed;
  }
  if (said->size() < places->size()) {
    std::fprintf(stderr,
                 "fusiond: the log has it, %zu of %zu partitions have not said yet that it holds\n",
                 places->size() - said->size(), places->size());
    return kPartly;
  }
  return 0;
}

int RulesSwitchCommand::history() const {
  const auto log = open_log(bus_of(nullptr));
  if (!log) {
    return report(log.error());
  }
  std::printf("%s%s",
              (json_ ? history_json((*log)->outcomes) : history_text((*log)->outcomes)).c_str(),
              json_ ? "\n" : "");
  return 0;
}

int RulesSwitchCommand::roll_back() const {
  const auto log = open_log(bus_of(nullptr));
  if (!log) {
    return report(log.error());
  }
  auto target = to_roll_back_to((*log)->outcomes, version_);
  if (!target) {
    return report(target.error());
  }
  const auto activation =
      make_activation(std::move(target->activation.files), target->activation.version, author_,
                      reason_, SystemClock{}.now());
  return activation ? put(*(*log)->bus, (*log)->prefix, *activation) : report(activation.error());
}

// A folder, or a version of the history.
Result<RuleFiles> RulesSwitchCommand::files_of(const std::string& what) const {
  if (std::filesystem::is_directory(what) || (config_.empty() && bootstrap_.empty())) {
    return read_rule_files(what);
  }
  const auto log = open_log(bus_of(nullptr));
  if (!log) {
    return fail(log.error());
  }
  const auto found = to_roll_back_to((*log)->outcomes, what);
  if (!found) {
    return fail(found.error());
  }
  return found->activation.files;
}

int RulesSwitchCommand::diff() const {
  const auto before = files_of(old_);
  if (!before) {
    return report(before.error());
  }
  const auto after = files_of(new_);
  if (!after) {
    return report(after.error());
  }
  config::Faults faults;
  const auto sentences = config::rule_changes(*before, *after, faults);
  print_with_lines(faults);
  if (!faults.empty()) {
    return kWrong;
  }
  for (const std::string& sentence : sentences) {
    std::printf("%s\n", sentence.c_str());
  }
  if (sentences.empty()) {
    std::printf("the same rules\n");
  }
  return 0;
}

}  // namespace fusiond::app
