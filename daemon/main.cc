// Flags → config → App → exit code; nothing else may exit. 0 = done, 1 = failed, 2 = wrong flags or
// config, 3 = done, but some of the input could not be used.
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "daemon/app/app.h"
#include "daemon/app/calibrate.h"
#include "daemon/app/check.h"
#include "daemon/app/command_end.h"
#include "daemon/app/explain.h"
#include "daemon/app/fit.h"
#include "daemon/app/fuse.h"
#include "daemon/app/rules_command.h"
#include "daemon/app/state_command.h"
#include "daemon/app/tail.h"
#include "daemon/app/word.h"

namespace {

using namespace fusiond;

using app::kFailed;
using app::kPartly;
using app::kWrong;
using app::report;

void print(const config::Faults& faults) {
  for (const auto& fault : faults) {
    std::fprintf(stderr, "%s\n", fault.text().c_str());
  }
}

// Prints every fault, one a line. True when there are none.
bool without_faults(const std::string& path, const app::Checked& checked) {
  print(checked.faults);
  if (!checked.faults.empty()) {
    std::fprintf(stderr, "fusiond: %zu %s in %s\n", checked.faults.size(),
                 checked.faults.size() == 1 ? "fault" : "faults", path.c_str());
  }
  return checked.faults.empty();
}

int run(const std::string& path, const std::vector<std::string>& roles) {
  const auto checked = app::check(path);
  if (!without_faults(path, checked)) {
    return kWrong;
  }
  auto config = checked.loaded->config();
  if (!roles.empty()) {
    const auto wanted = config::roles_of(roles);
    if (!wanted) {
      return report(wanted.error().within("--roles"));
    }
    config.roles = *wanted;
  }
  const auto done = app::run(config);
  return done ? 0 : report(done.error());
}

int topics(const std::string& path) {
  const auto checked = app::check(path);
  if (!without_faults(path, checked)) {
    return kWrong;
  }
  const auto count = app::make_topics(checked.loaded->config());
  if (!count) {
    return report(count.error());
  }
  std::printf("%zu topics are there\n", *count);
  return 0;
}

int check(const std::string& path) {
  const auto checked = app::check(path, app::Dates::judged);
  if (!without_faults(path, checked)) {
    return kWrong;
  }
  std::printf("%s: no faults; %zu sources, association %s, rules %s\n", path.c_str(),
              checked.loaded->config().ingest.sources.size(),
              checked.loaded->config().association.version.c_str(),
              checked.loaded->config().rules.version.c_str());
  return 0;
}

int fuse(const app::FuseOptions& options) {
  config::Faults faults;
  const auto done = app::fuse(options, faults);
  print(faults);
  if (!done) {
    return report(done.error());
  }
  return done->rejected == 0 ? 0 : kPartly;
}

CLI::App* add_fuse(CLI::App& cli, app::FuseOptions& options) {
  auto* command = cli.add_subcommand(
      "fuse",
      "Fuse a file of events, in its order, without a daemon: the same routing and fusion, nothing "
      "looks ahead; ticks follow the ingest times, at the end of the file everything closes. A "
      "line "
      "is an event as protobuf's JSON or a flat line (daemon/fuse/README.md). A line that cannot "
      "be "
      "used is told, counted and kept aside, and the exit code is 3");
  command->add_option("--events", options.events, "the file, one event a line; - = standard input")
      ->required();
  command->add_option("--types", options.types,
                      "a table of types (JSON): its rows, delays and stand-offs override those of "
                      "the association");
  command->add_option("--association", options.association, "instead of the shipped association");
  command->add_option("--rules", options.rules, "instead of the shipped rules");
  command->add_option("--pred", options.grouping,
                      "write the final grouping: event_id, incident_id; - = standard output");
  command->add_option("--log", options.log, "write one line per revision of an incident");
  command->add_flag("--log-content", options.content,
                    "with the whole record in each line, for explain and timeline");
  command->add_option("--rejects", options.rejects, "write the lines that could not be used");
  command
      ->add_option("--lateness", options.lateness_s,
                   "seconds; the allowance of lines that do not say theirs (3600)")
      ->check(CLI::Range(0, 366 * 86'400));
  command->add_option("--tick-every", options.tick_every_s, "seconds of ingest time (10)")
      ->check(CLI::Range(1, 86'400));
  command->add_flag("--stats", options.stats, "figures on standard error, one line of JSON");
  return command;
}

// What `explain` and `timeline` share.
struct WhyFlags {
  std::string config;
  std::string bootstrap;
  std::string prefix = "rtcc";
  std::string association;
  std::string types;
  app::ExplainOptions options;
};

int why(WhyFlags flags, Result<std::string> (*write)(const app::ExplainOptions&)) {
  auto& source = flags.options.source;
  if (!flags.config.empty()) {
    const auto checked = app::check(flags.config);
    if (!without_faults(flags.config, checked)) {
      return kWrong;
    }
    source.bus = checked.loaded->config().bus;
    flags.options.association = checked.loaded->config().association;
  } else {
    source.bus.kind = bus::BusKind::kafka;
    source.bus.kafka.bootstrap_servers = flags.bootstrap;
    source.bus.prefix = flags.prefix;
    config::Faults faults;
    auto association = app::association_of(flags.association, flags.types, faults);
    print(faults);
    if (!association) {
      return report(association.error());
    }
    flags.options.association = std::move(*association);
  }
  const auto text = write(flags.options);
  if (!text) {
    return report(text.error());
  }
  std::fputs(text->c_str(), stdout);
  return 0;
}

CLI::App* add_why(CLI::App& cli, WhyFlags& flags, const char* name, const char* what,
                  const char* about) {
  auto* command = cli.add_subcommand(name, about);
  command->add_option("id", flags.options.what, what)->required();
  auto* source = command->add_option_group("source", "where from");
  source->add_option("--config", flags.config, "the log that this config names");
  source->add_option("--bootstrap", flags.bootstrap, "a Kafka broker, host:port");
  source->add_option("--console", flags.options.source.console,
                     "a running fusiond, http://host:port");
  source->add_option("--log", flags.options.source.log, "a log written by fuse with --log-content");
  source->require_option(1);
  command->add_option("--prefix", flags.prefix, "of the topics, with --bootstrap (rtcc)");
  command->add_option("--association", flags.association,
                      "the constants that the incidents were made with, if not the shipped ones");
  command->add_option("--types", flags.types, "the table of types that lay over them");
  command->add_flag("--json", flags.options.json, "the same as one JSON object");
  return command;
}

// What was estimated from lines of events or outcomes, and how many of them were of no use.
template <class Outcome>
int report_estimate(const Outcome& outcome) {
  std::printf("%s%s\n", outcome.words.c_str(), outcome.version.c_str());
  if (outcome.rejected > 0) {
    std::fprintf(stderr, "fusiond: %llu of %llu lines could not be used\n",
                 static_cast<unsigned long long>(outcome.rejected),
                 static_cast<unsigned long long>(outcome.lines));
    return kPartly;
  }
  return 0;
}

int fit(const app::FitOptions& options) {
  config::Faults faults;
  const auto done = app::fit(options, faults);
  print(faults);
  if (!done) {
    return report(done.error());
  }
  return report_estimate(*done);
}

CLI::App* add_fit(CLI::App& cli, app::FitOptions& options) {
  auto* command = cli.add_subcommand(
      "fit",
      "Estimate delays, stand-offs, the type table and the background from a city's history; what "
      "the data cannot tell is kept (daemon/fit/README.md)");
  command->add_option("--events", options.events, "lines as for fuse; - = standard input")
      ->required();
  command->add_option("--types", options.types, "a table of types laid over the association");
  command->add_option("--links", options.links,
                      "groups of events that people linked (daemon/fuse/README.md)");
  command->add_option("--association", options.association,
                      "what to start from and to be drawn to (the shipped one)");
  command->add_option("--out", options.out, "write the fitted association")->required();
  command->add_option("--page", options.page, "write the page that shows the fit")->required();
  command->add_option("--json", options.json, "write the same for programs");
  command
      ->add_option("--prior-pairs", options.prior_pairs,
                   "how many pairs the given constants count for (20)")
      ->check(CLI::Range(0, 1'000'000));
  return command;
}

struct CalibrateFlags {
  std::string config;
  std::string bootstrap;
  std::string prefix = "rtcc";
  app::CalibrateOptions options;
};

int calibrate(CalibrateFlags flags) {
  auto& bus = flags.options.source.bus;
  if (!flags.config.empty()) {
    const auto checked = app::check(flags.config);
    if (!without_faults(flags.config, checked)) {
      return kWrong;
    }
    bus = checked.loaded->config().bus;
  } else {
    bus.kind = bus::BusKind::kafka;
    bus.kafka.bootstrap_servers = flags.bootstrap;
    bus.prefix = flags.prefix;
  }
  config::Faults faults;
  const auto done = app::calibrate(flags.options, faults);
  print(faults);
  if (!done) {
    return report(done.error());
  }
  return report_estimate(*done);
}

CLI::App* add_calibrate(CLI::App& cli, CalibrateFlags& flags) {
  auto& options = flags.options;
  auto* command = cli.add_subcommand(
      "calibrate",
      "Turn what officers found into factors of confidence, and show on later incidents how right "
      "they are (daemon/calibrate/README.md)");
  auto* source = command->add_option_group("source", "the incidents");
  source->add_option("--events", options.events,
                     "fused here, lines as for fuse; - = standard input");
  source->add_option("--log", options.source.log, "a log written by fuse with --log-content");
  source->add_option("--config", flags.config, "the log that this config names");
  source->add_option("--bootstrap", flags.bootstrap, "a Kafka broker, host:port");
  source->require_option(1);
  command->add_option("--outcomes", options.outcomes,
                      "CSV with a head, or JSON lines: id, outcome, time, by; beside the "
                      "dispositions that events carry");
  command->add_option("--codes", options.codes, "CSV: code,outcome; a city's disposition codes");
  command->add_option("--types", options.types, "a table of types laid over the association");
  command->add_option("--association", options.association,
                      "what to start from and to be drawn to (the shipped one)");
  command->add_option("--out", options.out, "write the calibrated association")->required();
  command->add_option("--page", options.page, "write the page that shows it")->required();
  command->add_option("--json", options.json, "write the same for programs");
  command
      ->add_option("--least-outcomes", options.least_outcomes,
                   "a factor with fewer is left alone (30)")
      ->check(CLI::Range(5, 1'000'000));
  command
      ->add_option("--lateness", options.lateness_s,
                   "seconds; the allowance of events that do not say theirs (3600)")
      ->check(CLI::Range(0, 366 * 86'400));
  command->add_option("--prefix", flags.prefix, "of the topics, with --bootstrap (rtcc)");
  return command;
}

struct TailFlags {
  std::string config;
  std::string bootstrap;
  std::string prefix = "rtcc";
  app::TailOptions options;
};

int tail(TailFlags flags) {
  if (!flags.config.empty()) {
    const auto checked = app::check(flags.config);
    if (!without_faults(flags.config, checked)) {
      return kWrong;
    }
    flags.options.bus = checked.loaded->config().bus;
  } else {
    flags.options.bus.kind = bus::BusKind::kafka;
    flags.options.bus.kafka.bootstrap_servers = flags.bootstrap;
    flags.options.bus.prefix = flags.prefix;
  }
  const auto done = app::tail(flags.options);
  return done ? 0 : report(done.error());
}

CLI::App* add_tail(CLI::App& cli, TailFlags& flags) {
  auto* command = cli.add_subcommand("tail", "Follow the incidents by the consumer's rule");
  auto* source = command->add_option_group("source", "where from");
  source->add_option("--config", flags.config, "the log that this config names");
  source->add_option("--bootstrap", flags.bootstrap, "a Kafka broker, host:port");
  source->add_option("--console", flags.options.console, "a running fusiond, http://host:port");
  source->require_option(1);
  command->add_option("--prefix", flags.prefix, "of the topics, with --bootstrap (rtcc)");
  command->add_flag("--json", flags.options.json, "one JSON object a line");
  command->add_flag("--until-end", flags.options.until_end, "stop at what the log holds now");
  command->add_flag("--state", flags.options.state,
                    "at the end only: id, epoch, revision and value (hex) of each incident");
  command->add_flag("--records", flags.options.records,
                    "every record as it stands, repeats too, in the form of --state");
  command->add_flag("--canonical", flags.options.canonical,
                    "at the end only: what does not depend on the order of arrival, as JSON");
  return command;
}

struct WordFlags {
  std::string config;
  std::string bootstrap;
  std::string prefix = "rtcc";
  app::WordOptions options;
};

int word(WordFlags flags) {
  if (!flags.config.empty()) {
    const auto checked = app::check(flags.config);
    if (!without_faults(flags.config, checked)) {
      return kWrong;
    }
    flags.options.bus = checked.loaded->config().bus;
  } else {
    flags.options.bus.kind = bus::BusKind::kafka;
    flags.options.bus.kafka.bootstrap_servers = flags.bootstrap;
    flags.options.bus.prefix = flags.prefix;
  }
  const auto said = app::say_word(flags.options);
  if (!said) {
    return report(said.error());
  }
  std::printf("%s\n", said->word.id.str().c_str());
  std::fprintf(stderr, "fusiond: said, %s\n", said->place.c_str());
  return 0;
}

CLI::App* add_word(CLI::App& cli, WordFlags& flags) {
  auto* command = cli.add_subcommand(
      "word",
      "Say which events belong together, as a record in the log; prints the word's id once the log "
      "has it. An event or an incident (for its first event) goes by its id or the first 8 "
      "letters");
  command->require_subcommand(1);
  const auto add = [&](const char* name, WordKind kind, const char* what, bool pair) {
    auto* one = command->add_subcommand(name, what);
    one->callback([&flags, kind] { flags.options.kind = kind; });
    one->add_option(kind == WordKind::unspecified ? "word" : "a", flags.options.one)->required();
    if (pair) {
      one->add_option("b", flags.options.other)->required();
    }
    one->add_option("--author", flags.options.author, "who says so")->required();
    one->add_option("--reason", flags.options.reason, "why")->required();
    auto* log = one->add_option_group("log", "where to");
    log->add_option("--config", flags.config, "the log that this config names");
    log->add_option("--bootstrap", flags.bootstrap, "a Kafka broker, host:port");
    log->require_option(1);
    one->add_option("--prefix", flags.prefix, "of the topics, with --bootstrap (rtcc)");
    one->add_flag("--unseen", flags.options.unseen,
                  "say it though no incident shows what it speaks of: it waits");
  };
  add("same", WordKind::same, "both are of one matter: their incidents become one", true);
  add("apart", WordKind::apart, "they are not: they end in different incidents", true);
  add("eject", WordKind::eject, "it stands alone", false);
  add("retract", WordKind::unspecified, "take a word back: what would have been is again", false);
  return command;
}

// Prints what was found; 1 when something is wrong.
int look_at_state(const app::StateOptions& options,
                  Result<app::StateAnswer> (*act)(const app::StateOptions&)) {
  const auto answer = act(options);
  if (!answer) {
    return report(answer.error());
  }
  std::fputs(answer->text.c_str(), stdout);
  return answer->good ? 0 : kFailed;
}

struct StateFlags {
  app::StateOptions options;
  Result<app::StateAnswer> (*act)(const app::StateOptions&) = nullptr;
};

CLI::App* add_state(CLI::App& cli, StateFlags& flags) {
  auto* command = cli.add_subcommand("state", "Look at a state on disk, copy it, put a copy back");
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, auto act) {
    auto* one = command->add_subcommand(name, what);
    one->callback([&flags, act] { flags.act = act; });
    one->add_option("--state", flags.options.state,
                    "the state folder of the config, or a shard's in it")
        ->required();
    one->add_flag("--json", flags.options.json, "one JSON object a shard");
    return one;
  };
  add("verify",
      "Check every checksum and every row of a state, or of a snapshot, and say what is wrong "
      "where; "
      "changes nothing",
      app::state_verify);
  add("snapshot",
      "Make a checked copy with a list of hashes, whether fusiond runs on the state or not",
      app::state_snapshot)
      ->add_option("--out", flags.options.snapshot, "the folder to make")
      ->required();
  add("restore",
      "Put a snapshot onto a folder that is empty or not there; checked before and after",
      app::state_restore)
      ->add_option("--from", flags.options.snapshot, "the snapshot")
      ->required();
  return command;
}

CLI::App* add_explain(CLI::App& cli, WhyFlags& flags) {
  auto* command =
      add_why(cli, flags, "explain",
              "an incident (the beginning of its id will do) or an event (its id, or its source's)",
              "Say in words why an incident is what it is, or why an event is where it is");
  auto* rule = command->add_option("--rule", flags.options.rule,
                                   "what this rule says of it, part by part, and why not more");
  command
      ->add_option("--rules", flags.options.folder,
                   "with --rule: ask the rule as this folder has it, instead of the record")
      ->needs(rule);
  return command;
}

CLI::App* add_topics(CLI::App& cli, std::string& path) {
  auto* command = cli.add_subcommand(
      "topics", "Make the topics that are missing, compare the others with the config, and stop");
  command->add_option("--config", path, "the config file")->required();
  return command;
}

CLI::App* add_run(CLI::App& cli, std::string& path, std::vector<std::string>& roles) {
  auto* command = cli.add_subcommand("run", "Take feeds in, fuse them, publish incidents");
  command->add_option("--config", path, "the config file")->required();
  command
      ->add_option("--roles", roles,
                   "intake, correlate, serve: what this process does, instead of what the config "
                   "says")
      ->delimiter(',');
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"fusiond: real-time crime center event fusion"};
  cli.require_subcommand(1);
  cli.set_version_flag("--version", app::kVersion);
  std::string path;
  std::vector<std::string> roles;
  const auto* run_command = add_run(cli, path, roles);
  auto* topics_command = add_topics(cli, path);
  app::RulesCommand rules(cli, path);
  app::FuseOptions fuse_options;
  const auto* fuse_command = add_fuse(cli, fuse_options);
  WhyFlags explain_flags;
  const auto* explain_command = add_explain(cli, explain_flags);
  WhyFlags timeline_flags;
  const auto* timeline_command =
      add_why(cli, timeline_flags, "timeline", "an incident, or an event in it",
              "Say what happened to an incident, revision by revision, and why");
  app::FitOptions fit_options;
  const auto* fit_command = add_fit(cli, fit_options);
  CalibrateFlags calibrate_flags;
  const auto* calibrate_command = add_calibrate(cli, calibrate_flags);
  TailFlags flags;
  const auto* tail_command = add_tail(cli, flags);
  WordFlags word_flags;
  const auto* word_command = add_word(cli, word_flags);
  StateFlags state_flags;
  const auto* state_command = add_state(cli, state_flags);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return cli.exit(e) == 0 ? 0 : kWrong;
  }
  if (run_command->parsed()) {
    return run(path, roles);
  }
  if (topics_command->parsed()) {
    return topics(path);
  }
  if (rules.is_check()) {
    return path.empty() ? rules.check() : check(path);
  }
  if (rules.is_other()) {
    return rules.run();
  }
  if (word_command->parsed()) {
    return word(word_flags);
  }
  if (state_command->parsed()) {
    return look_at_state(state_flags.options, state_flags.act);
  }
  if (fuse_command->parsed()) {
    return fuse(fuse_options);
  }
  if (explain_command->parsed()) {
    return why(explain_flags, app::explain);
  }
  if (timeline_command->parsed()) {
    return why(timeline_flags, app::timeline);
  }
  if (fit_command->parsed()) {
    return fit(fit_options);
  }
  if (calibrate_command->parsed()) {
    return calibrate(calibrate_flags);
  }
  return tail_command->parsed() ? tail(flags) : kWrong;
}
