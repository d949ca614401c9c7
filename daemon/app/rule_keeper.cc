#include "daemon/app/rule_keeper.h"

#include <utility>

#include "daemon/app/rules_switch.h"
#include "daemon/base/log.h"
#include "daemon/wire/rules_wire.h"

namespace fusiond::app {

RuleKeeper::RuleKeeper(RuleKeeperConfig config, ports::Bus& bus, const Clock& clock)
    : config_(std::move(config)), bus_(bus), clock_(clock) {}

void RuleKeeper::say(std::optional<std::string> trouble) {
  const MutexLock lock(mutex_);
  if (trouble && trouble != trouble_) {
    log_warn("the folder of rules is not in force", {{"why", *trouble}});
  }
  trouble_ = std::move(trouble);
}

std::optional<std::string> RuleKeeper::trouble() const {
  const MutexLock lock(mutex_);
  return trouble_;
}

std::optional<RuleFiles> RuleKeeper::read() {
  auto files = read_rule_files(config_.folder);
  if (!files) {
    say(files.error().message);
    return std::nullopt;
  }
  return std::move(*files);
}

// False while the log cannot say.
bool RuleKeeper::find_known() {
  const auto outcomes = rule_outcomes(bus_, config_.rules_topic);
  if (!outcomes) {
    say("what was in force is not known yet: " + outcomes.error().message);
    return false;
  }
  for (const RulesOutcome& outcome : *outcomes) {
    known_.insert(outcome.activation.digest);
  }
  started_ = true;
  return true;
}

void RuleKeeper::start() {
  if (config_.folder.empty() || !find_known()) {
    return;
  }
  const auto files = read();
  if (!files) {
    return;
  }
  const std::string digest = wire::digest_of_files(*files);
  seen_ = digest;
  if (known_.contains(digest)) {
    judged_ = digest;
    say(std::nullopt);
    return;
  }
  put(*files, digest, "at the start of the daemon");
}

void RuleKeeper::look() {
  if (config_.folder.empty()) {
    return;
  }
  if (!started_) {
    start();
    return;
  }
  const auto files = read();
  if (!files) {
    return;
  }
  const std::string digest = wire::digest_of_files(*files);
  const bool still = digest == std::exchange(seen_, digest);
  if (still && digest != judged_) {
    put(*files, digest, "the folder has changed");
  }
}

void RuleKeeper::reload() {
  if (config_.folder.empty()) {
    log_warn("SIGHUP: no folder of rules is configured (fusion.rule_folder)");
    return;
  }
  if (const auto files = read()) {
    seen_ = wire::digest_of_files(*files);
    put(*files, seen_, "SIGHUP");
  }
}

// What is refused is not judged again until it changes; a log that is away is asked again.
void RuleKeeper::put(const RuleFiles& files, const std::string& digest, const std::string& reason) {
  config::Faults faults;
  const auto ready = make_ready(config_.folder, files, config_.base, clock_.now(), faults);
  if (!ready) {
    judged_ = digest;
    say(ready.error().message + (faults.empty() ? "" : "; the first: " + faults.front().text()));
    for (const config::FaultLine& fault : faults) {
      log_warn("a fault in the rules; what held holds on", {{"fault", fault.text()}});
    }
    return;
  }
  auto activation = make_activation(files, ready->version, "fusiond", reason, clock_.now());
  if (!activation) {
    judged_ = digest;
    say(activation.error().message);
    return;
  }
  const auto places = put_into_log(bus_, config_.events_topic, *activation);
  if (!places) {
    if (places.error().fault == Fault::bad_input) {
      judged_ = digest;
    }
    say("the log did not take the rules: " + places.error().message);
    return;
  }
  judged_ = digest;
  known_.insert(digest);
  say(std::nullopt);
  log_info("rules are put into force", {{"version", ready->version},
                                        {"because", reason},
                                        {"rules", std::to_string(ready->rules)},
                                        {"tests", std::to_string(ready->tested.passed)},
                                        {"partitions", std::to_string(places->size())}});
}

}  // namespace fusiond::app
