#include "daemon/fusion/closing_clock.h"

#include <catch2/catch.hpp>

#include "tests/support/event_builder.h"

namespace fusiond::fusion {
namespace {

using support::EventBuilder;
using namespace std::chrono_literals;

SourceClock told(const std::string& source, bool up, Micros at, Micros lateness) {
  return {SourceId{source}, up, wall_time(support::kStartUs + at.count()), lateness};
}

std::int64_t at(Micros since_start) {
  return support::kStartUs + since_start.count();
}

}  // namespace

TEST_CASE("the slowest source that is up holds the closing clock", "[fusion][closing_clock]") {
  ClosingClock clock{30s};
  CHECK(clock.value() == ClosingClock::kNever);
  clock.see(told("cad", true, 60min, 15min));
  CHECK(clock.value() == at(45min - 30s));
  clock.see(told("posts", true, 50min, 40min));
  CHECK(clock.value() == at(10min - 30s));
  clock.see(told("posts", false, 50min, 40min));
  CHECK(clock.value() == at(45min - 30s));
  clock.see(told("cad", false, 60min, 15min));
  CHECK(clock.value() == ClosingClock::kNever);
}

TEST_CASE("a source is heard of through its events, in any order", "[fusion][closing_clock]") {
  ClosingClock clock{0s};
  clock.see(EventBuilder("a").at(20min).build());
  clock.see(EventBuilder("b").at(10min).lateness(1h).build());
  CHECK(clock.value() == at(20min + 1s - 15min));
  CHECK(clock.sources().size() == 1);
  CHECK(clock.sources()[0].up);
}

TEST_CASE("a tick never takes a source's ingest time back", "[fusion][closing_clock]") {
  ClosingClock clock{0s};
  clock.see(told("cad", true, 60min, 15min));
  clock.see(told("cad", true, 50min, 15min));
  CHECK(clock.value() == at(45min));
}

}  // namespace fusiond::fusion
