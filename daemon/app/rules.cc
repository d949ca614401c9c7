#include "daemon/app/rules.h"

#include <algorithm>
#include <map>
#include <utility>

#include "daemon/base/clock.h"
#include "daemon/config/load.h"
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
    for (const std::string& one : coverage.one_sided) {
      tested_.report += "  not covered: " + one + "\n";
    }
    if (options_.mutate && failed == 0) {
      mutate(rule);
    }
  }

  void mutate(const rules::Rule& rule) {
    const auto mutants = fuse::mutants_of(rule);
    std::size_t noticed = 0;
    std::string survivors;
    for (const fuse::Mutant& mutant : mutants) {
      if (holds(mutant.rule)) {
        survivors += "  survives: " + mutant.what + "\n";
      } else {
        ++noticed;
      }
    }
    tested_.report += "  " + std::to_string(noticed) + " of " + std::to_string(mutants.size()) +
                      " nudges are noticed by a test\n" + survivors;
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

config::LoadedBundle check_rules(const RulesOptions& options, config::Faults& faults, Dates dates) {
  const auto association = config::load_association(options.association, faults);
  config::RuleWorld world;
  for (const auto& [kind, row] : association.kinds) {
    world.kinds.push_back(kind);
  }
  if (dates == Dates::judged) {
    world.today = SystemClock().now();
  }
  return config::load_bundle(options.folder, world, faults);
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
