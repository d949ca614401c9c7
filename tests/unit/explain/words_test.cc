#include "daemon/explain/words.h"

#include <catch2/catch.hpp>

using namespace fusiond;
using namespace std::chrono_literals;

TEST_CASE("distances, times and shares read as people say them", "[explain]") {
  CHECK(explain::metres(62) == "62 m");
  CHECK(explain::metres(1240) == "1.2 km");
  CHECK(explain::metres(12'400) == "12 km");
  CHECK(explain::span(30s) == "30 s");
  CHECK(explain::span(1500ms) == "1.5 s");
  CHECK(explain::span(250s) == "4 min 10 s");
  CHECK(explain::span(2h + 3min) == "2 h 3 min");
  CHECK(explain::span(72h) == "3 days");
  CHECK(explain::span(-30s) == "-30 s");
  CHECK(explain::percent(460) == "46 %");
  CHECK(explain::percent(459) == "45.9 %");
  CHECK(explain::nats(-12'940) == "-12.94");
}

TEST_CASE("evidence reads as a factor", "[explain]") {
  CHECK(explain::times(20'000) == "more than a million times");
  CHECK(explain::times(8'000) == "2,000 times");
  CHECK(explain::times(3'000) == "20 times");
  CHECK(explain::times(0) == "1.0 times");
  CHECK(explain::times(-1'000) == "0.4 times");
  CHECK(explain::times(-3'000) == "1/20");
  CHECK(explain::times_of(-3'000) == "1/20 of");
  CHECK(explain::times(-20'000) == "less than a millionth");
}

TEST_CASE("one and many of a thing", "[explain]") {
  CHECK(explain::count(1, "report") == "1 report");
  CHECK(explain::count(3, "report") == "3 reports");
  CHECK(explain::count(2, "independent witness") == "2 independent witnesses");
  CHECK(explain::count(2, "copy") == "2 copies");
}

TEST_CASE("every enumerator has a word", "[explain]") {
  for (int i = 1; i <= 10; ++i) {
    CHECK(explain::word_of(static_cast<SourceKind>(i)) != "report");
  }
  for (int i = 1; i <= 5; ++i) {
    CHECK(explain::word_of(static_cast<IncidentState>(i)) != "in no known state");
    CHECK(explain::meaning_of(static_cast<IncidentState>(i)) != "Its state is not known.");
  }
  for (int i = 1; i <= 7; ++i) {
    CHECK(explain::word_of(static_cast<IncidentChange>(i)) != "changed");
  }
  for (int i = 1; i <= 9; ++i) {
    CHECK(explain::fix_word_of(static_cast<LocationMethod>(i)) != "a place");
  }
  CHECK(explain::key_of_both("iris") == "share their iris");
}
