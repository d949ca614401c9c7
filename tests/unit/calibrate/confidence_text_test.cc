#include "daemon/calibrate/confidence_text.h"

#include <fstream>

#include "daemon/fit/association_text.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/calibrate/calibrated.h"

namespace fusiond::calibrate {
namespace {

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

void check_same(const fusion::ConfidenceConfig& a, const fusion::ConfidenceConfig& b) {
  CHECK(a.witnesses == b.witnesses);
  CHECK(a.kinds_mn == b.kinds_mn);
  CHECK(a.share_permille == b.share_permille);
  CHECK(a.fits_most_mn == b.fits_most_mn);
  CHECK(a.alone_after == b.alone_after);
  CHECK(a.alone_mn == b.alone_mn);
  CHECK(a.retracted_mn == b.retracted_mn);
  CHECK(a.cancelled_mn == b.cancelled_mn);
  CHECK(a.limit_mn == b.limit_mn);
}

TEST_CASE("what is written loads as the factors that were estimated", "[calibrate]") {
  const auto result = calibrated(truth(), {.seed = 21});
  REQUIRE(result.calibration);
  const std::string text = association_text(config::shipped_association(), *result.calibration);
  const auto config = loaded(text);
  CHECK(config.version == fit::version_of(text));
  CHECK(config.version.starts_with("calibrated-2026-07-01_2026-07-1"));
  check_same(config.confidence, result.calibration->estimates.config);
  const auto before = shipped();
  CHECK(config.kinds == before.kinds);
  CHECK(config.theta_mn == before.theta_mn);
  CHECK(config.maybe.calls_permille == before.maybe.calls_permille);
}

TEST_CASE("everything but the section and the version stays as it was written", "[calibrate]") {
  const auto result = calibrated(truth(), {.seed = 22});
  REQUIRE(result.calibration);
  const std::string& before = config::shipped_association();
  const std::string text = association_text(before, *result.calibration);
  const auto rest = [](const std::string& all) {
    const auto from = all.find("\n# What may lie behind a report");
    const auto section = all.find("\nconfidence:\n");
    const auto after = all.find("\n# maybe_same_as:");
    REQUIRE(from != std::string::npos);
    REQUIRE(section < after);
    return all.substr(from, section - from) + all.substr(after);
  };
  CHECK(rest(text) == rest(before));
}

TEST_CASE("an association without the section gets one", "[calibrate]") {
  const auto result = calibrated(truth(), {.seed = 23});
  REQUIRE(result.calibration);
  std::string without = config::shipped_association();
  const auto section = without.find("\nconfidence:\n");
  without.erase(section + 1, without.find("\n# maybe_same_as:") - section);
  const auto config = loaded(association_text(without, *result.calibration));
  check_same(config.confidence, result.calibration->estimates.config);
}

TEST_CASE("the same outcomes give the same bytes, in whatever order they came", "[calibrate]") {
  auto city = support::told_city(truth(), {.seed = 24});
  const auto written = [&] {
    const auto samples = samples_of(city.past, city.outcomes);
    const auto calibration = calibrate(samples, city.past, shipped(), "abc", {});
    REQUIRE(calibration);
    return association_text(config::shipped_association(), *calibration);
  };
  const std::string first = written();
  CHECK(written() == first);
  std::reverse(city.outcomes.begin(), city.outcomes.end());
  CHECK(written() == first);
}

TEST_CASE("what was estimated says from how much, and what was not says why", "[calibrate]") {
  const auto result = calibrated(truth(), {.seed = 25, .incidents = 1200});
  REQUIRE(result.calibration);
  const std::string text = association_text(config::shipped_association(), *result.calibration);
  CHECK(text.find("# prior: from ") != std::string::npos);
  CHECK(text.find("; 95 %: ") != std::string::npos);
  CHECK(text.find("kept: too few, ") != std::string::npos);
  CHECK(text.find("kept: no outcomes") != std::string::npos);
  CHECK(text.find("starting from " + shipped().version + " (input abc)") != std::string::npos);
  CHECK(text.find("# The fitted factors are better: Brier score ") != std::string::npos);
}

}  // namespace
}  // namespace fusiond::calibrate
