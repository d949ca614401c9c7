// A test that stands in a rule file: what comes in, with its own clock, and what must be so then.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/model/event.h"
#include "daemon/model/finding.h"

namespace fusiond::rules {

struct TestOutage {
  std::string feed;
  WallTime from;
  WallTime to = WallTime::max();
};

// What must be so at a moment. What is not said is not looked at.
struct Expectation {
  int line = 0;  // in the file
  int column = 0;
  std::optional<Micros> by;  // after start; else at the end
  std::optional<FindingState> state;
  bool nothing = false;  // unmet, or no finding
  std::optional<std::uint8_t> priority;
  std::optional<std::uint16_t> probability_permille;
  std::optional<std::vector<std::string>> because;
  std::optional<std::vector<std::string>> opposed_by;
  std::vector<std::string> missed;
  std::optional<Limit> limit;
  std::optional<std::vector<std::string>> suppressed_by;
  std::optional<std::vector<std::string>> verify_before;
  std::optional<std::vector<std::string>> cameras;  // devices, the nearest first
  std::optional<std::vector<std::string>> pins;     // devices
  std::optional<std::string> route;
  std::optional<std::string> type;
  std::optional<std::uint32_t> incidents;
};

struct RuleTest {
  std::string rule;
  std::string name;
  int line = 0;
  WallTime start;
  bool known_gap = false;
  std::vector<Event> feed;               // in the order in which they come in (`received`)
  std::map<EventId, std::string> names;  // as the test calls its reports
  std::vector<TestOutage> outages;
  std::vector<Expectation> expectations;
};

}  // namespace fusiond::rules
