#include "daemon/fit/page.h"

#include "daemon/fit/chart.h"
#include "tests/unit/fit/fitted_city.h"

namespace fusiond::fit {
namespace {

std::size_t count(const std::string& text, const std::string& words) {
  std::size_t found = 0;
  for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
    ++found;
  }
  return found;
}

TEST_CASE("the page holds everything it needs and shows each estimate", "[fit][page]") {
  const auto city = fitted({.seed = 41, .days = 12}, Linked::no);
  const std::string page = page_of(city.history, city.estimates, {"small-1", "fit-x"});
  for (const char* outside : {"<script", "http:", "https:", "src=", "@import", "url("}) {
    CHECK(page.find(outside) == std::string::npos);
  }
  CHECK(page.find("callers, crash") != std::string::npos);
  CHECK(page.find("The fitted constants are better") != std::string::npos);
  CHECK(count(page, "<svg") >= 8);
  CHECK(count(page, "<svg") == count(page, "</svg>"));
  CHECK(count(page, "<section") == count(page, "</section>"));
  CHECK(count(page, "<table") == count(page, "</table>"));
  CHECK(page.find("nan") == std::string::npos);
}

TEST_CASE("a page of too little data says what was kept", "[fit][page]") {
  const auto city = fitted({.seed = 42, .days = 1, .incidents_a_day = 30}, Linked::no);
  const std::string page = page_of(city.history, city.estimates, {"small-1", "fit-x"});
  CHECK(page.find("kept: too few") != std::string::npos);
  CHECK(page.find("nan") == std::string::npos);
  const std::string summary = summary_of(city.history, city.estimates, {"small-1", "fit-x"});
  CHECK(summary.find("\"verdict\":\"too_few\"") != std::string::npos);
  CHECK(summary.find("nan") == std::string::npos);
}

TEST_CASE("words from outside cannot become markup", "[fit][page]") {
  CHECK(escaped("a<b & \"c\">") == "a&lt;b &amp; &quot;c&quot;&gt;");
}

}  // namespace
}  // namespace fusiond::fit
