#include "daemon/calibrate/page.h"

#include "tests/unit/calibrate/calibrated.h"

namespace fusiond::calibrate {
namespace {

std::size_t count(const std::string& text, const std::string& words) {
  std::size_t found = 0;
  for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
    ++found;
  }
  return found;
}

TEST_CASE("the page holds everything it needs and shows the diagram", "[calibrate]") {
  const auto result = calibrated(truth(), {.seed = 31});
  REQUIRE(result.calibration);
  const std::string page = page_of(*result.calibration, result.samples, "calibrated-x");
  for (const char* outside : {"<script", "http:", "https:", "src=", "@import", "url("}) {
    CHECK(page.find(outside) == std::string::npos);
  }
  CHECK(page.find("The fitted factors are better: Brier score") != std::string::npos);
  CHECK(count(page, "<svg") == 3);
  for (const char* tag : {"svg", "section", "table", "figure"}) {
    CHECK(count(page, std::string("<") + tag) == count(page, std::string("</") + tag + ">"));
  }
  CHECK(page.find("nan") == std::string::npos);
  CHECK(page.find("Left alone, with their outcomes: ") != std::string::npos);
}

TEST_CASE(
    "confirmed, unfounded, unconfirmed and no outcome stay four numbers with two denominators",
    "[calibrate]") {
  auto result = calibrated(truth(), {.seed = 32});
  REQUIRE(result.calibration);
  // As Chicago's inspector general counted them: 50,176 alerts, 41,830 with an outcome, 4,556 of
  // these with evidence of a gun.
  result.samples.by_family = {{"shots", {4556, 0, 41830 - 4556, 50176 - 41830}}};
  result.samples.by_teller.clear();
  const std::string page = page_of(*result.calibration, result.samples, "x");
  for (const char* share : {"<td>9.1</td>", "<td>10.9</td>", "<td>16.6</td>"}) {
    CHECK(page.find(share) != std::string::npos);
  }
  const std::string summary = summary_of(*result.calibration, result.samples, "x");
  CHECK(summary.find("\"founded_of_all\":0.0908") != std::string::npos);
  CHECK(summary.find("\"founded_of_those_with_an_outcome\":0.1089") != std::string::npos);
}

TEST_CASE("the summary is the page for programs", "[calibrate]") {
  const auto result = calibrated(truth(), {.seed = 33, .incidents = 800});
  REQUIRE(result.calibration);
  const std::string summary = summary_of(*result.calibration, result.samples, "x");
  for (const char* key :
       {"\"given_version\":", "\"input_sha256\":\"abc\"", "\"before_the_outcome\":", "\"brier\":",
        "\"weight_of_outcomes\":", "\"verdict\":\"too_few\"", "\"judged\":{\"from\":\"2026-07-"}) {
    INFO(key);
    CHECK(summary.find(key) != std::string::npos);
  }
  CHECK(summary.find("nan") == std::string::npos);
}

}  // namespace
}  // namespace fusiond::calibrate
