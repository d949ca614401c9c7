#include "daemon/app/backtest_command.h"

#include <csignal>
#include <cstdio>
#include <ctime>

#include "daemon/app/check.h"
#include "daemon/app/command_end.h"

namespace fusiond::app {
namespace {

Result<std::optional<WallTime>> moment_of(const std::string& flag, const std::string& text) {
  if (text.empty()) {
    return std::optional<WallTime>{};
  }
  const auto time = parse_rfc3339(text);
  if (!time) {
    return fail(Fault::bad_config, flag + " is no moment such as 2026-12-04T22:00:00Z: " + text);
  }
  return std::optional<WallTime>(*time);
}

}  // namespace

void BacktestCommand::add_log(CLI::App* command, bool or_file) {
  auto* source = command->add_option_group("source", "the reports");
  if (or_file) {
    source->add_option("--events", options_.events, "a file, lines as for fuse");
  }
  source->add_option("--config", config_, "the log that this config names");
  source->add_option("--bootstrap", bootstrap_, "a Kafka broker, host:port");
  source->require_option(1);
  command->add_option("--prefix", prefix_, "of the topics, with --bootstrap (rtcc)");
}

void BacktestCommand::add_output(CLI::App* command) {
  command->add_option("--page", options_.page, "write one page (HTML) with the plots");
  command->add_option("--json", options_.json, "write the same for programs");
  command->add_option("--operators", options_.operators, "who share the alarms (1)")
      ->check(CLI::Range(1, 1000));
  command->add_option("--examples", options_.examples, "of each kind of difference (5)")
      ->check(CLI::Range(0, 1'000'000));
  command->add_option("--association", options_.association,
                      "instead of the shipped one, or the config's");
  command->add_option("--types", options_.types, "a table of types laid over the association");
  command->add_option("--outcomes", options_.outcomes,
                      "what officers found, as for calibrate, beside the dispositions that events "
                      "carry");
  command->add_option("--codes", options_.codes, "CSV: code,outcome; a city's disposition codes");
}

BacktestCommand::BacktestCommand(CLI::App& cli) {
  backtest_ = cli.add_subcommand(
      "backtest",
      "Two bundles of rules over the same reports: which incidents are gained, lost, changed; how "
      "soon; how many alarms operators would have to take, against ISA-18.2; how right, where "
      "officers said (daemon/backtest/README.md)");
  backtest_->add_option("old", options_.before, "a folder of rules; none; log: as the log has it")
      ->required();
  backtest_->add_option("new", options_.after, "a folder of rules; none")->required();
  add_log(backtest_, true);
  add_output(backtest_);
  backtest_->add_option("--from", from_, "count what was heard first from this moment on");
  backtest_->add_option("--to", to_, "and up to this one");
  backtest_->add_option(
      "--pairs", options_.pairs,
      "CSV: event_a, event_b, p_genuine; judge what each rule puts together by it");
  backtest_
      ->add_option("--lateness", options_.lateness_s,
                   "seconds; the allowance of lines that do not say theirs (3600)")
      ->check(CLI::Range(0, 366 * 86'400));
  shadow_ = cli.add_subcommand(
      "shadow",
      "The same, live: reads the log as it grows, next to the rules that hold, and never publishes "
      "anything; ends with Ctrl-C");
  shadow_->add_option("new", options_.after, "a folder of rules")->required();
  add_log(shadow_, false);
  add_output(shadow_);
  shadow_->add_option("--every", every_s_, "seconds between two reports (60)")
      ->check(CLI::Range(1, 86'400));
}

// What goes by a config, and moments.
Result<void> BacktestCommand::complete() {
  if (!config_.empty()) {
    const auto checked = check(config_);
    for (const auto& fault : checked.faults) {
      std::fprintf(stderr, "%s\n", fault.text().c_str());
    }
    if (!checked.faults.empty()) {
      return fail(Fault::bad_config, "the config has faults: " + config_);
    }
    options_.bus = checked.loaded->config().bus;
    if (options_.association.empty() && options_.types.empty()) {
      options_.base = rule_base(checked.loaded->config());
    }
  } else {
    options_.bus.kind = bus::BusKind::kafka;
    options_.bus.kafka.bootstrap_servers = bootstrap_;
    options_.bus.prefix = prefix_;
  }
  const auto from = moment_of("--from", from_);
  const auto to = moment_of("--to", to_);
  if (!from || !to) {
    return fail(from ? to.error() : from.error());
  }
  options_.from = *from;
  options_.to = *to;
  return {};
}

int BacktestCommand::run() {
  if (auto good = complete(); !good) {
    return report(good.error());
  }
  if (shadow_->parsed()) {
    return run_shadow();
  }
  config::Faults faults;
  const auto done = backtest(options_, faults);
  print_with_lines(faults);
  if (!done) {
    return report(done.error());
  }
  std::fputs(done->text.c_str(), stdout);
  return done->rejected == 0 ? 0 : kPartly;
}

int BacktestCommand::run_shadow() {
  options_.before = kLogRules;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  const auto stopped = [&set](std::chrono::seconds wait) {
    const timespec time{static_cast<time_t>(wait.count()), 0};
    return sigtimedwait(&set, nullptr, &time) > 0;
  };
  const auto say = [](const std::string& text) {
    std::fputs((text + "\n").c_str(), stdout);
    std::fflush(stdout);
  };
  config::Faults faults;
  const auto done = shadow(options_, every_s_, stopped, say, faults);
  print_with_lines(faults);
  return done ? 0 : report(done.error());
}

}  // namespace fusiond::app
