#include "daemon/fit/association_text.h"

#include <fstream>

#include "daemon/config/load.h"
#include "daemon/config/shipped.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/fit/fitted_city.h"

namespace fusiond::fit {
namespace {

fusion::AssociationConfig shipped() {
  config::Faults faults;
  auto config = config::load_association("", faults);
  REQUIRE(faults.empty());
  return config;
}

fusion::AssociationConfig loaded(const std::string& text) {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/association.yaml";
  std::ofstream(path) << text;
  config::Faults faults;
  auto config = config::load_association(path, faults);
  for (const auto& fault : faults) {
    FAIL(fault.text());
  }
  return config;
}

struct Written {
  History history;
  Estimates estimates;
  fusion::AssociationConfig constants;
  std::string text;
};

Written written(std::uint64_t seed, int days) {
  auto so = shipped();
  so.delay_mean[SourceKind::cad] = std::chrono::seconds{300};
  const auto city = support::past_city(so, {.seed = seed, .days = days});
  Written result;
  const auto given = shipped();
  result.history = read_history(city.events, {}, given);
  result.estimates = estimate(result.history, given, {});
  result.constants = constants_of(given, result.history, result.estimates);
  result.text = association_text({config::shipped_association(), given}, result.history,
                                 result.estimates, result.constants);
  return result;
}

TEST_CASE("what is written loads as the constants that were fitted", "[fit][text]") {
  const auto result = written(31, 12);
  const auto config = loaded(result.text);
  CHECK(config.version == version_of(result.text));
  CHECK(config.version.starts_with("fit-2026-07-01_2026-07-1"));
  CHECK(config.delay_mean == result.constants.delay_mean);
  CHECK(config.delay_mean.at(SourceKind::cad) > std::chrono::seconds{250});
  CHECK(config.stand_off_m == result.constants.stand_off_m);
  CHECK(config.caller_stand_off_m == result.constants.caller_stand_off_m);
  CHECK(config.kinds == result.constants.kinds);
  CHECK(config.family_prior_ppm == result.constants.family_prior_ppm);
  CHECK(config.background_ln_mn == result.constants.background_ln_mn);
  CHECK(config.theta_mn == shipped().theta_mn);
}

TEST_CASE("what was not estimated stays as it was written, comments too", "[fit][text]") {
  const auto result = written(32, 1);
  const std::string& before = config::shipped_association();
  for (const char* words :
       {"# Acoustic sensors.", "\nreach_m:", "\nkeys:\n", "active_shooter:", "floor_m:"}) {
    const auto at = before.find(words);
    REQUIRE(at != std::string::npos);
    const auto from = before.find_first_not_of('\n', at);
    const std::string line = before.substr(from, before.find('\n', from) - from);
    INFO(line);
    CHECK(result.text.find(line) != std::string::npos);
  }
}

TEST_CASE("the same events give the same bytes, in whatever order they came", "[fit][text]") {
  const auto given = support::small_association();
  auto city = support::past_city(truth(), {.seed = 33, .days = 3});
  const auto run = [&] {
    const auto history = read_history(city.events, {}, given);
    const auto estimates = estimate(history, given, {});
    return association_text({config::shipped_association(), shipped()}, history, estimates,
                            constants_of(given, history, estimates));
  };
  const std::string first = run();
  CHECK(run() == first);
  std::reverse(city.events.begin(), city.events.end());
  CHECK(run() == first);
}

TEST_CASE("kinds of a table of types are written too, with rows that add up", "[fit][text]") {
  auto given = shipped();
  given.kinds["their_word"] = {100010, 100000, 100000, 100000, 100000,
                               100000, 100000, 100000, 100000, 100000};
  given.kinds["crash"] = {10000, 899990, 10000, 10000, 10000, 10000, 10000, 10000, 10000, 20000};
  const auto city = support::past_city(shipped(), {.seed = 34, .days = 1});
  const auto history = read_history(city.events, {}, given);
  const auto estimates = estimate(history, given, {});
  const auto constants = constants_of(given, history, estimates);
  const auto config = loaded(
      association_text({config::shipped_association(), shipped()}, history, estimates, constants));
  CHECK(config.kinds.contains("their_word"));
  CHECK(config.kinds == constants.kinds);
}

}  // namespace
}  // namespace fusiond::fit
