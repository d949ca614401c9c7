#include "daemon/app/rules.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "daemon/base/clock.h"
#include "daemon/config/load.h"
#include "daemon/config/rule_cost.h"
#include "daemon/fuse/rule_coverage.h"
#include "daemon/fuse/rule_run.h"

namespace fusiond::app {
namespace {

std::string after(Micros time) {
  const std::int64_t ms = time.count() / 1000;
  std::string text = std::to_string(ms / 1000);
  if (ms % 1000 != 0) {
    std::string rest = std::to_string(ms % 1000);
    rest.insert(0, 3 - rest.size(), '0');
    text += "." + rest;
  }
  return text + " s";
}

class Testing {
 public:
  Testing(const RulesOptions& options, const config::LoadedBundle& loaded,
          fusion::EngineConfig engine)
      : options_(options), loaded_(loaded), engine_(std::move(engine)) {}

  TestedRules run() {
    for (const rules::Rule& rule : loaded_.bundle.rules) {
      if (options_.only.empty() || options_.only == rule.name) {
        test(rule);
      }
    }
    return std::move(tested_);
  }

 private:
  // The tests of one rule, with `rule` in its place; true when all hold.
  bool holds(const rules::Rule& rule) const {
    fusion::EngineConfig config = engine_;
    for (rules::Rule& one : config.bundle.rules) {
      if (one.name == rule.name) {
        one = rule;
      }
    }
    return std::all_of(loaded_.tests.begin(), loaded_.tests.end(),
                       [&](const rules::RuleTest& test) {
                         return test.rule != rule.name || test.known_gap ||
                                fuse::run_rule_test(test, config).unmet.empty();
                       });
  }

  void test(const rules::Rule& rule) {
    std::vector<Finding> findings;
    std::string lines;
    std::size_t tests = 0;
    std::size_t failed = 0;
    for (const rules::RuleTest& test : loaded_.tests) {
      if (test.rule != rule.name) {
        continue;
      }
      ++tests;
      fuse::RuleRun run = fuse::run_rule_test(test, engine_);
      std::move(run.findings.begin(), run.findings.end(), std::back_inserter(findings));
      if (run.unmet.empty() == test.known_gap) {
        ++failed;
        lines += failure(test, run);
      }
      tested_.gaps += test.known_gap && !run.unmet.empty() ? 1 : 0;
    }
    tested_.passed += tests - failed;
    tested_.failed += failed;
    const fuse::Coverage coverage = fuse::coverage_of(rule, findings);
    tested_.report += rule.name + ": " + std::to_string(tests - failed) + " of " +
                      std::to_string(tests) + " tests hold; " +
                      std::to_string(coverage.total - coverage.one_sided.size()) + " of " +
                      std::to_string(coverage.total) + " limits met from both sides\n" + lines;
    tested_.failures += lines;
    gaps(rule, false, coverage.one_sided);
    if (options_.mutate && failed == 0) {
      mutate(rule);
    }
  }

  void mutate(const rules::Rule& rule) {
    const auto mutants = fuse::mutants_of(rule);
    std::vector<std::string> survivors;
    for (const fuse::Mutant& mutant : mutants) {
      if (holds(mutant.rule)) {
        survivors.push_back(mutant.what);
      }
    }
    tested_.report += "  " + std::to_string(mutants.size() - survivors.size()) + " of " +
                      std::to_string(mutants.size()) + " nudges are noticed by a test\n";
    gaps(rule, true, survivors);
  }

  // What no test notices, each with the reason that the rule gives for it. A reason for what a test
  // does notice is a failure: it hides the next gap.
  void gaps(const rules::Rule& rule, bool nudge, const std::vector<std::string>& found) {
    std::vector<std::string> open = found;
    for (const config::AcceptedGap& gap : loaded_.accepted) {
      if (gap.rule != rule.name || gap.nudge != nudge) {
        continue;
      }
      if (std::erase(open, gap.what) > 0) {
        tested_.report += "  accepted: " + gap.what + " (" + gap.because + ")\n";
        continue;
      }
      const std::string line = "  " + gap.rule + ".yaml:" + std::to_string(gap.line) +
                               ": accepted, but a test notices it; take it out: " + gap.what + "\n";
      tested_.report += line;
      tested_.failures += line;
      ++tested_.failed;
    }
    for (const std::string& one : open) {
      tested_.report += (nudge ? "  survives: " : "  not covered: ") + one + "\n";
    }
  }

  static std::string failure(const rules::RuleTest& test, const fuse::RuleRun& run) {
    const std::string where = test.rule + ".yaml:" + std::to_string(test.line) + ": ";
    if (test.known_gap) {
      return "  " + where + test.name + ": the known gap is closed; take `known_gap` out\n";
    }
    std::string text = "  " + where + test.name + "\n";
    for (const fuse::Unmet& unmet : run.unmet) {
      text += "    line " + std::to_string(unmet.line) + ": " + unmet.what + "\n";
    }
    text += "    what happened:\n";
    for (const fuse::Moment& moment : run.timeline) {
      text += "      " + after(moment.after) + "  " + moment.what + "\n";
    }
    return text;
  }

  const RulesOptions& options_;
  const config::LoadedBundle& loaded_;
  fusion::EngineConfig engine_;
  TestedRules tested_;
};

}  // namespace

std::vector<std::string> kinds_of(const fusion::AssociationConfig& association) {
  std::vector<std::string> kinds;
  for (const auto& [kind, row] : association.kinds) {
    kinds.push_back(kind);
  }
  return kinds;
}

RuleBase rule_base(const config::Config& config) {
  RuleBase base{config.association, config.rules, std::vector<std::string>{}};
  for (const auto& source : config.ingest.sources) {
    base.feeds->push_back(source.name);
  }
  return base;
}

Result<RuleFiles> read_rule_files(const std::string& folder) {
  std::error_code ec;
  if (!std::filesystem::is_directory(folder, ec)) {
    return fail(Fault::bad_config, "there is no such folder of rules: " + folder);
  }
  RuleFiles files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ec)) {
    const auto ending = entry.path().extension();
    const bool read =
        ending == ".yaml" || ending == ".yml" || ending == ".geojson" || ending == ".ics";
    if (!read || !entry.is_regular_file()) {
      continue;
    }
    std::ifstream in(entry.path(), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in.is_open() || in.bad()) {
      return fail(Fault::unavailable, "cannot be read: " + entry.path().string());
    }
    files.emplace(entry.path().filename().string(), std::move(text));
  }
  return files;
}

Result<ReadyRules> make_ready(const std::string& folder, const RuleFiles& files,
                              const RuleBase& base, WallTime today, config::Faults& faults) {
  config::RuleWorld world{kinds_of(base.association), base.feeds, today};
  const config::LoadedBundle loaded = config::load_bundle(folder, files, world, faults);
  config::check_cost(folder, loaded.bundle, faults);
  if (!faults.empty()) {
    return fail(Fault::bad_config, "the rules have " + std::to_string(faults.size()) +
                                       (faults.size() == 1 ? " fault" : " faults"));
  }
  fusion::EngineConfig engine;
  engine.association = base.association;
  engine.priorities = base.priorities;
  engine.bundle = loaded.bundle;
  const RulesOptions all{folder, "", "", false};
  ReadyRules ready{loaded.bundle.version, loaded.bundle.rules.size(),
                   Testing(all, loaded, std::move(engine)).run()};
  if (ready.tested.failed > 0) {
    return fail(Fault::bad_config, std::to_string(ready.tested.failed) +
                                       " tests of the rules fail:\n" + ready.tested.failures);
  }
  return ready;
}

pipeline::CompileRules rules_compiler(const fusion::AssociationConfig& association) {
  return
      [kinds = kinds_of(association)](const RulesActivation& activation) -> Result<rules::Bundle> {
        config::Faults faults;
        config::LoadedBundle loaded =
            config::load_bundle("", activation.files, {kinds, std::nullopt, WallTime{}}, faults);
        if (!faults.empty()) {
          std::string all;
          for (const config::FaultLine& fault : faults) {
            all += (all.empty() ? "" : "; ") + fault.text();
          }
          return fail(Fault::bad_input, all);
        }
        loaded.bundle.version = activation.version;
        return std::move(loaded.bundle);
      };
}

config::LoadedBundle check_rules(const RulesOptions& options, config::Faults& faults, Dates dates) {
  const auto association = config::load_association(options.association, faults);
  config::RuleWorld world;
  world.kinds = kinds_of(association);
  if (dates == Dates::judged) {
    world.today = SystemClock().now();
  }
  config::LoadedBundle loaded = config::load_bundle(options.folder, world, faults);
  config::check_cost(options.folder, loaded.bundle, faults);
  return loaded;
}

Result<TestedRules> test_rules(const RulesOptions& options, config::Faults& faults) {
  fusion::EngineConfig engine;
  engine.association = config::load_association(options.association, faults);
  engine.priorities = config::load_rules("", faults);
  const config::LoadedBundle loaded = check_rules(options, faults, Dates::ignored);
  const bool known =
      options.only.empty() ||
      std::any_of(loaded.bundle.rules.begin(), loaded.bundle.rules.end(),
                  [&](const rules::Rule& rule) { return rule.name == options.only; });
  if (!known) {
    faults.push_back({options.folder, 0, 0, "there is no rule " + options.only});
  }
  if (!faults.empty()) {
    return fail(Fault::bad_config, "the rules have faults");
  }
  engine.bundle = loaded.bundle;
  return Testing(options, loaded, std::move(engine)).run();
}

}  // namespace fusiond::app
